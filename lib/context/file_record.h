// What the index knows of one file: all that follows from its contents and language alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/control.h"
#include "base/status.h"
#include "context/identifiers.h"
#include "context/language.h"

namespace sw {

// XXH3-128 of a text.
using ContentHash = std::array<uint8_t, 16>;
ContentHash hash_of(std::string_view text);

// Holds no text of the file but its skeleton: a million lines stay below 100 MB. Ranges are bytes of the file. Immutable once made.
struct FileRecord {
  struct Chunk {
    uint32_t begin, end, first_line;
    uint32_t first_term, n_terms;  // of `terms`
    uint32_t n_words;              // how many words those terms counted
  };
  struct Definition {
    Term name;
    uint32_t begin, end;  // from its documentation to the end of its signature
    uint32_t body_end;
    uint32_t first_line;
  };

  uint32_t n_bytes = 0, n_lines = 0;
  std::vector<Chunk> chunks;    // cover the file
  std::vector<Term> terms;      // of all chunks; of one: ascending, each once
  std::vector<uint8_t> counts;  // how often each stands in its chunk, at most 255
  std::vector<Definition> definitions;
  std::vector<std::string> imports;  // as written
  std::string skeleton;

  size_t memory_bytes() const;
};

// Parses with `control`'s cancel and deadline; when parsing alone takes longer than a second, the record is that of a file in no known
// language. `language` may be null. `text` is below 4 GiB. Errors: cancelled, deadline, no_memory.
Result<std::shared_ptr<const FileRecord>> make_record(std::string_view text, const Language* language, const Control& control);

// Bytes for the disk, and back: nothing when they are not what write_record() wrote. Whatever the bytes, what comes back is in order:
// chunks follow each other and cover the file, ranges lie inside it.
std::string write_record(const FileRecord& record);
std::shared_ptr<const FileRecord> read_record(std::string_view bytes);

}  // namespace sw
