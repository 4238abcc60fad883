// What stands before each document of another file in a prompt.
#pragma once

#include <string>
#include <string_view>

namespace sw {

// `header` with each {path} filled in, on one line.
std::string document_header(const std::string& header, std::string_view path);

}  // namespace sw
