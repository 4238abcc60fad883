// What a command reads: whole texts and lists of token ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

// No text that is completed or tokenised may be longer: a stream that never ends must not fill the memory.
constexpr size_t kTextBytesMax = size_t{512} << 20;

// The whole of a file, "-" for standard input.
Outcome read_text(const std::string& path, std::string& out);

// A JSON list of whole numbers, or an object with such a list as "ids"; "-" for standard input.
Outcome read_ids(const std::string& path, std::vector<int32_t>& out);
Outcome parse_ids(const std::string& text, const std::string& name, std::vector<int32_t>& out);

// Names the first id that is not one of a vocabulary of `vocab_size`.
Outcome check_ids(const std::vector<int32_t>& ids, int32_t vocab_size, const std::string& name);

std::string display_name(const std::string& path);  // "standard input" for "-"

}  // namespace sw::tool
