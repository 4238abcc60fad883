// Status and Result: how every fallible call inside the library reports. The codes are those of sw_status.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sw {

// Same numbers as SW_OK, SW_E_* in sidewinder.h (lib/api asserts it).
enum class Code : int32_t {
  ok = 0,
  argument = 1,     // the caller passed something impossible
  not_found = 2,    // no such file, model, token or mode
  io = 3,           // the operating system refused: errno is in the text
  format = 4,       // a file is not what it claims to be
  unsupported = 5,  // understood, but not implemented
  no_memory = 6,    // allocation failed or a budget is spent
  cancelled = 7,    // the caller asked to stop
  deadline = 8,     // the caller's time is over
  state = 9,        // the object cannot do that now
  mismatch = 10,    // two things that must belong together do not
  internal = 11,    // a bug in the library
};

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // Puts `where` and ": " in front of the message: errors read from the outside in.
  Status in(const std::string& where) && {
    if (!ok()) message_.insert(0, where + ": ");
    return std::move(*this);
  }

 private:
  Code code_ = Code::ok;
  std::string message_;
};

// printf into a Status. Messages say what, where, and what to do.
Status error(Code code, const char* format, ...) __attribute__((format(printf, 2, 3)));
// printf into a std::string.
std::string format(const char* format, ...) __attribute__((format(printf, 1, 2)));

// A value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {}        // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status&& status() && { return std::move(status_); }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T value() && { return std::move(*value_); }  // by value: a reference into a temporary would dangle

 private:
  std::optional<T> value_;
  Status status_;
};

#define SW_CONCAT_(a, b) a##b
#define SW_CONCAT(a, b) SW_CONCAT_(a, b)

// Returns from the enclosing function when `expr` (a Status) is not ok.
#define SW_TRY(expr)                                      \
  do {                                                    \
    if (::sw::Status sw_try_ = (expr); !sw_try_.ok()) return sw_try_; \
  } while (0)

// SW_ASSIGN(auto x, f()): x is f()'s value, or the enclosing function returns f()'s status.
#define SW_ASSIGN(declaration, expr) SW_ASSIGN_(SW_CONCAT(sw_result_, __LINE__), declaration, expr)
#define SW_ASSIGN_(name, declaration, expr)    \
  auto name = (expr);                          \
  if (!name.ok()) return std::move(name).status(); \
  declaration = std::move(name).value()

}  // namespace sw
