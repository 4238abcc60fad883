// Which states of a text are worth their bytes.
//
// An edit at position q re-runs q - p tokens, p being the nearest place before it whose state can be had. So a kept state is worth
// the gap behind it times the chance that the next edit falls between it and the next one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "state/edit_habits.h"

namespace sw {

// How states are kept. All but `standard` are there to be measured against.
struct Policy {
  enum class Kind {
    standard,   // by expected savings, with an input log
    none,       // nothing: every prompt is run from its start
    running,    // one state at the last cursor, of use while the text before it is only appended to
    grid,       // every n-th token's state, for as long as the text stays, and no running state
    geometric,  // n states whose distances from the last token grow geometrically
  };
  Kind kind = Kind::standard;
  size_t n = 0;

  // "default", "none", "running", "grid:528", "geometric:12".
  static Result<Policy> parse(std::string_view text);
  std::string name() const;
  bool resumes_running() const { return kind != Kind::none && kind != Kind::grid; }
  bool keeps() const { return kind != Kind::none; }
};

// Positions whose states an input log gives without a forward pass, if a state is kept at or after `begin` to replay from.
struct Logged {
  size_t begin = 0;
  size_t end = 0;  // the last position reached; begin == end: none
};

// Replaying a logged token costs this much of running it: no matrix product, and the state stays in the cache.
constexpr double kReplayCost = 0.06;

// A state that is expected to spare less than this many tokens an edit is not worth the copy.
constexpr double kSavingMin = 0.01;

// A state inside the log's range only shortens replays, and not for long: it has to spare this many for the copy to be worth it.
constexpr double kReplaySavingMin = 0.8;

// The distance between places worth looking at for a state, `distance` tokens from the cursor.
size_t spacing_at(size_t distance);

// Tokens that each point spares at the next edit, as long as the others stay. `points` ascend; `savings` is as long.
void expected_savings(const EditHabits& habits, const EditPlace& place, Logged logged, std::span<const size_t> points,
                      std::span<double> savings);

// Tokens re-run at the next edit.
double expected_cost(const EditHabits& habits, const EditPlace& place, Logged logged, std::span<const size_t> points);

// The places for at most n_states states outside the log's range that make the expected cost least. `existing` points, ascending,
// are preferred to others close by. Ascending.
std::vector<size_t> best_points(const EditHabits& habits, const EditPlace& place, Logged logged, size_t n_states,
                                std::span<const size_t> existing);

}  // namespace sw
