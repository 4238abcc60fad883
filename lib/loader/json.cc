#include "loader/json.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/mapped_file.h"
#include "loader/printable.h"

namespace sw {
namespace {

// An input iterator that tells the handler how far the parser has read: nlohmann's events carry no position.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor old = *this;
    ++*this;
    return old;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// The text as the parser sees it, and how to get back to bytes of the file.
class Source {
 public:
  Source(std::string_view text, uint64_t base_offset, bool nonfinite) : text_(text), base_offset_(base_offset) {
    if (nonfinite) spell_out_nonfinite();
  }

  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  std::string_view text() const { return text_; }

  uint64_t file_offset(size_t at) const {
    const auto next = std::upper_bound(growths_.begin(), growths_.end(), at,
                                       [](size_t value, const Growth& growth) { return value < growth.end; });
    return base_offset_ + at - (next == growths_.begin() ? 0 : std::prev(next)->added);
  }

 private:
  struct Growth {
    size_t end;    // in the new text, behind the longer spelling
    size_t added;  // bytes added up to here
  };

  // Bare Infinity, -Infinity and NaN become {"__float__": ...}: one meaning, two spellings. Where such a word is out
  // of place the object is out of place too, so nothing wrong becomes right.
  void spell_out_nonfinite() {
    if (text_.find("Infinity") == text_.npos && text_.find("NaN") == text_.npos) return;
    bool in_string = false;
    for (size_t i = 0; i < text_.size();) {
      const std::string_view word = in_string ? std::string_view() : word_at(i);
      if (!word.empty()) {
        rewritten_.append("{\"__float__\":\"").append(word).append("\"}");
        i += word.size();
        growths_.push_back({rewritten_.size(), rewritten_.size() - i});
        continue;
      }
      const size_t n = in_string && text_[i] == '\\' && i + 1 < text_.size() ? 2 : 1;
      if (text_[i] == '"') in_string = !in_string;
      rewritten_.append(text_, i, n);
      i += n;
    }
    text_ = rewritten_;
  }

  std::string_view word_at(size_t i) const {
    for (const std::string_view word : {"Infinity", "-Infinity", "NaN"}) {
      if (text_.substr(i, word.size()) == word) return word;
    }
    return {};
  }

  std::string_view text_;
  std::string rewritten_;
  std::vector<Growth> growths_;
  uint64_t base_offset_;
};

// Builds the tree from nlohmann's events.
class Builder {
 public:
  Builder(const Source& source, const std::string& path, const JsonRules& rules)
      : source_(source), path_(path), rules_(rules), seen_(source.text().data()) {}

  Result<Json> parse() {
    const char* begin = source_.text().data();
    const Cursor first(begin, &seen_);
    const Cursor last(begin + source_.text().size(), &seen_);
    const bool ok = nlohmann::json::sax_parse(first, last, this);
    if (ok && status_.ok()) return std::move(root_);
    return status_.ok() ? fail(position(), "not JSON") : status_;
  }

  bool null() { return add({}); }
  bool boolean(bool value) { return add({value}); }
  bool number_integer(int64_t value) { return add({value}); }
  bool number_unsigned(uint64_t value) { return add({value}); }
  bool number_float(double value, const std::string&) { return add({value}); }
  bool string(std::string& value) { return add({std::move(value)}); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // JSON text has none
  bool start_object(size_t) { return open(true); }
  bool start_array(size_t) { return open(false); }
  bool key(std::string& name) {
    frames_.back().members.push_back({std::move(name), key_begin(), {}});
    return true;
  }
  bool end_array() {
    Json value{std::move(frames_.back().items)};
    frames_.pop_back();
    return add(std::move(value));
  }
  bool end_object() {
    Json::Object members = std::move(frames_.back().members);
    frames_.pop_back();
    if (!keys_are_unique(members)) return false;
    double number;
    if (rules_.nonfinite && is_nonfinite(members, &number)) return add({number});
    return add({std::move(members)});
  }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception& e) {
    // nlohmann says "[json.exception...] parse error at line 1, column 2: what is wrong"; we give bytes instead.
    std::string_view why = e.what();
    if (const size_t colon = why.find(": "); colon != why.npos) why.remove_prefix(colon + 2);
    status_ = fail(at > 0 ? at - 1 : 0, printable(why));
    return false;
  }

 private:
  struct Frame {
    bool is_object;
    Json::Array items;
    Json::Object members;
  };

  size_t position() const { return static_cast<size_t>(seen_ - source_.text().data()); }

  Status fail(size_t at, const std::string& why) const {
    return error(Code::format, "%s: JSON at byte %llu: %s", path_.c_str(),
                 static_cast<unsigned long long>(source_.file_offset(at)), why.c_str());
  }
  bool refuse(const std::string& why) {
    status_ = fail(position(), why);
    return false;
  }

  // The parser stands behind a key's closing quote. Quotes inside a key are escaped; backwards, the first one that is
  // not opens the key.
  uint64_t key_begin() const {
    const std::string_view text = source_.text();
    size_t at = position() - 1;
    while (at > 0) {
      --at;
      if (text[at] != '"') continue;
      size_t n_backslashes = 0;
      while (n_backslashes < at && text[at - 1 - n_backslashes] == '\\') ++n_backslashes;
      if (n_backslashes % 2 == 0) break;
    }
    return source_.file_offset(at);
  }

  bool open(bool is_object) {
    if (static_cast<int>(frames_.size()) >= rules_.depth_max) {
      return refuse(format("nested deeper than %d levels", rules_.depth_max));
    }
    frames_.push_back({is_object, {}, {}});
    return true;
  }

  bool add(Json value) {
    if (++n_values_ > rules_.values_max) return refuse(format("more than %zu values", rules_.values_max));
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (frames_.back().is_object) {
      frames_.back().members.back().value = std::move(value);
    } else {
      frames_.back().items.push_back(std::move(value));
    }
    return true;
  }

  bool keys_are_unique(const Json::Object& members) {
    std::vector<const Json::Member*> sorted;
    sorted.reserve(members.size());
    for (const Json::Member& member : members) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return std::tie(a->key, a->offset) < std::tie(b->key, b->offset); });
    const auto twin =
        std::adjacent_find(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->key == b->key; });
    if (twin == sorted.end()) return true;
    status_ = error(Code::format, "%s: duplicate key '%s' at byte %llu", path_.c_str(), printable((*twin)->key).c_str(),
                    static_cast<unsigned long long>((*(twin + 1))->offset));
    return false;
  }

  static bool is_nonfinite(const Json::Object& members, double* number) {
    if (members.size() != 1 || members[0].key != "__float__") return false;
    const std::string* text = members[0].value.string();
    if (text == nullptr) return false;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    *number = *text == "Infinity" ? kInfinity : *text == "-Infinity" ? -kInfinity : std::nan("");
    return *text == "NaN" || !std::isnan(*number);
  }

  const Source& source_;
  const std::string& path_;
  const JsonRules& rules_;
  const char* seen_;
  std::vector<Frame> frames_;
  size_t n_values_ = 0;
  Json root_;
  Status status_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& path, uint64_t base_offset, const JsonRules& rules) {
  if (text.size() > rules.bytes_max) {
    return error(Code::format, "%s: %zu bytes of JSON at byte %llu, more than the %zu allowed", path.c_str(),
                 text.size(), static_cast<unsigned long long>(base_offset), rules.bytes_max);
  }
  // nlohmann takes a NUL for the end of its input and would not look behind it.
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    return error(Code::format, "%s: JSON at byte %llu: a NUL byte", path.c_str(),
                 static_cast<unsigned long long>(base_offset + nul));
  }
  const Source source(text, base_offset, rules.nonfinite);
  return Builder(source, path, rules).parse();
}

Result<Json> read_json_file(const std::string& path, const JsonRules& rules) {
  SW_ASSIGN(const auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path, 0, rules);
}

const Json::Member* find_member(const Json::Object& object, std::string_view key) {
  for (const Json::Member& member : object) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

}  // namespace sw
