// A file of JSON lines that a run writes as it goes and a later run goes on with: the settings first, then records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "json_output.h"

namespace sw::tool {

// What becomes of a record that was read; it may throw, which makes the line a bad one.
using TakeRecord = std::function<void(const Json& record)>;

// Reads a whole file: `take_settings` gets what stands in its first line, `take` each record after it. Names file, line and `writer`,
// "eval fim", where a line is bad. A last line without its newline was not finished: whole_bytes ends before it; 0: the file is empty.
Outcome read_record_file(const std::string& path, const std::string& writer, const TakeRecord& take_settings, const TakeRecord& take,
                         uint64_t& whole_bytes);

class RecordWriter {
 public:
  RecordWriter() = default;
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // Goes on behind what the file has, which goes to `take`; a new one begins with the settings. One with other settings is refused. The file is
  // locked against a second writer.
  Outcome open(const std::string& path, const std::string& writer, const Json& settings, const TakeRecord& take);
  // Nothing, before open().
  Outcome write(const Json& record);

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace sw::tool
