// What a terminal can show: colours, width, progress on stderr, and text that cannot take the terminal over.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "outcome.h"

namespace sw::tool {

bool is_terminal(int fd);
int terminal_width(int fd);  // 80 when unknown

// "always", "never", or "auto": a terminal that is not dumb, unless NO_COLOR is set and not empty.
bool colour_wanted(const std::string& choice, int fd);

// Control characters made visible instead of obeyed; tab and line feed stay. Text of others must not steer a terminal.
std::string visible(std::string_view text);

// Writes to stdout and says when that fails.
Outcome print(std::string_view text);
Outcome flush_output();
void print_note(std::string_view text);  // one line on stderr, after "sidewinder: "

std::string grouped(uint64_t number);          // 1,234,567
std::string readable_bytes(uint64_t n_bytes);  // 13.6 GiB

// One line on stderr that is redrawn a few times a second, when stderr is a terminal; nothing otherwise.
class Progress {
 public:
  enum class Unit { items, bytes };

  Progress(std::string label, Unit unit);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(uint64_t done, uint64_t total);
  void say(const std::string& text);  // a text in place of the bar
  void clear();

  // For sw_run_options: `user` is the Progress. Never stops the work; the cancel flag does that.
  static int32_t on_progress(void* user, uint64_t done, uint64_t total);

 private:
  bool due();
  void draw(const std::string& line);

  const std::string label_;
  const Unit unit_;
  const bool shown_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_draw_;
  bool drawn_ = false;
  std::mutex mutex_;  // callbacks come from the engine's threads
};

// Erases whatever progress line is on the screen, so that a message starts on a clean line.
void clear_progress_line();

// Run options with the interrupt flag and, when not NULL, a progress line.
sw_run_options run_options(Progress* progress);

}  // namespace sw::tool
