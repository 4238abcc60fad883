#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "interrupt.h"

namespace sw::tool {
namespace {

constexpr std::chrono::milliseconds kFirstDraw{300};  // short work shows nothing
constexpr std::chrono::milliseconds kRedraw{100};

std::atomic<bool> progress_line_drawn{false};

void append_hex(std::string& out, unsigned value) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\x";
  out += digits[(value >> 4) & 15];
  out += digits[value & 15];
}

std::string seconds_text(double seconds) {
  std::array<char, 32> text;
  if (seconds < 100) {
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f min", seconds / 60);
  }
  return text.data();
}

}  // namespace

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

int terminal_width(int fd) {
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

bool colour_wanted(const std::string& choice, int fd) {
  if (choice == "always") return true;
  if (choice == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return false;
  return is_terminal(fd);
}

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7f && c != 0xc2)) {
      out += text[i];
    } else if (c == 0xc2) {  // C1 controls are U+0080 to U+009F: C2 80 to C2 9F
      const bool has_next = i + 1 < text.size();
      const auto next = has_next ? static_cast<unsigned char>(text[i + 1]) : 0u;
      if (has_next && next >= 0x80 && next <= 0x9f) {
        append_hex(out, next);
        ++i;
      } else {
        out += text[i];
      }
    } else {
      append_hex(out, c);
    }
  }
  return out;
}

Outcome print(std::string_view text) {
  if (text.empty()) return success();
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return success();
  if (interrupted()) return interrupted_outcome();
  return from_errno(errno, kExitFailed, "standard output");
}

Outcome flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return success();
  if (interrupted()) return interrupted_outcome();
  return from_errno(errno, kExitFailed, "standard output");
}

void print_note(std::string_view text) {
  clear_progress_line();
  const std::string safe = is_terminal(STDERR_FILENO) ? visible(text) : std::string(text);
  std::fprintf(stderr, "sidewinder: %s\n", safe.c_str());
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string readable_bytes(uint64_t n_bytes) {
  constexpr std::array<const char*, 5> names = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(n_bytes);
  size_t i = 0;
  while (value >= 1024 && i + 1 < names.size()) {
    value /= 1024;
    ++i;
  }
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), i == 0 ? "%.0f %s" : "%.1f %s", value, names[i]);
  return text.data();
}

Progress::Progress(std::string label, Unit unit)
    : label_(std::move(label)),
      unit_(unit),
      shown_(is_terminal(STDERR_FILENO)),
      start_(std::chrono::steady_clock::now()),
      next_draw_(start_ + kFirstDraw) {}

bool Progress::due() {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now < next_draw_) return false;
  next_draw_ = now + kRedraw;
  return true;
}

void Progress::draw(const std::string& line) {
  const auto width = static_cast<size_t>(terminal_width(STDERR_FILENO) - 1);
  std::fprintf(stderr, "\r\033[K%s", line.substr(0, width).c_str());
  std::fflush(stderr);
  drawn_ = true;
  progress_line_drawn = true;
}

void Progress::update(uint64_t done, uint64_t total) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!due() || total == 0) return;
  constexpr size_t bar_width = 24;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(share * bar_width);
  const bool in_bytes = unit_ == Unit::bytes;
  std::string line = label_ + " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "] " +
                     std::to_string(static_cast<int>(share * 100)) + " %  " +
                     (in_bytes ? readable_bytes(done) : grouped(done)) + " of " +
                     (in_bytes ? readable_bytes(total) : grouped(total));
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (share > 0.01) line += ", " + seconds_text(passed / share * (1 - share)) + " left";
  draw(line);
}

void Progress::say(const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (due()) draw(label_ + " " + text);
}

void Progress::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!drawn_) return;
  clear_progress_line();
  drawn_ = false;
}

int32_t Progress::on_progress(void* user, uint64_t done, uint64_t total) {
  static_cast<Progress*>(user)->update(done, total);
  return 0;
}

void clear_progress_line() {
  if (!progress_line_drawn.exchange(false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

sw_run_options run_options(Progress* progress) {
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  options.cancel = interrupt_flag();
  if (progress != nullptr) {
    options.progress = &Progress::on_progress;
    options.progress_user = progress;
  }
  return options;
}

}  // namespace sw::tool
