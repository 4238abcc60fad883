#include "state/placement.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace sw {
namespace {

constexpr size_t kSpacingMin = 32;

double chance(const EditHabits& habits, const EditPlace& place, size_t begin, size_t end) {
  return begin < end ? habits.chance(place, double(begin), double(end)) : 0;
}

double distance(size_t begin, size_t end) { return end > begin ? double(end - begin) : 0; }

// The first point that the log can be replayed from, or past its end. The start of the text is one.
size_t log_base(Logged logged, std::span<const size_t> points) {
  if (logged.begin == 0 && logged.end > 0) return 0;
  const auto base = std::lower_bound(points.begin(), points.end(), logged.begin);
  return base != points.end() && *base <= logged.end && logged.begin < logged.end ? *base : logged.end + 1;
}

// The borders of the buckets of EditHabits around the cursor and around edited places. Ascending.
std::vector<size_t> chance_cuts(const EditPlace& place) {
  std::vector<size_t> cuts;
  const auto add_around = [&](double origin) {
    for (double d = 0; d <= place.end; d = 2 * d + 1) {
      if (origin + d <= place.end) cuts.push_back(static_cast<size_t>(origin + d));
      if (origin >= d) cuts.push_back(static_cast<size_t>(origin - d));
    }
  };
  add_around(place.cursor);
  for (const double site : place.sites) add_around(site);
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

}  // namespace

Result<Policy> Policy::parse(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const std::string_view number = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  size_t n = 0;
  const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), n);
  const bool counted = bad == std::errc() && end == number.data() + number.size() && n > 0;
  if (colon == std::string_view::npos) {
    if (word == "default") return Policy{};
    if (word == "none") return Policy{Kind::none, 0};
    if (word == "running") return Policy{Kind::running, 0};
  } else if (counted && n <= size_t{1} << 30) {
    if (word == "grid") return Policy{Kind::grid, n};
    if (word == "geometric") return Policy{Kind::geometric, n};
  }
  return error(Code::argument, "'%.*s' is not a policy: it is default, none, running, grid:N or geometric:N",
               static_cast<int>(text.size()), text.data());
}

std::string Policy::name() const {
  switch (kind) {
    case Kind::standard: break;
    case Kind::none: return "none";
    case Kind::running: return "running";
    case Kind::grid: return "grid:" + std::to_string(n);
    case Kind::geometric: return "geometric:" + std::to_string(n);
  }
  return "default";
}

size_t spacing_at(size_t distance) {
  size_t spacing = kSpacingMin;
  while (distance > 8 * spacing) spacing *= 2;
  return spacing;
}

void expected_savings(const EditHabits& habits, const EditPlace& place, Logged logged, std::span<const size_t> points,
                      std::span<double> savings) {
  const size_t base = log_base(logged, points);
  const bool has_log = base <= logged.end;
  const size_t text_end = static_cast<size_t>(place.end) + 1;
  for (size_t i = 0; i < points.size(); ++i) {
    const size_t p = points[i];
    const size_t next = i + 1 < points.size() ? points[i + 1] : std::max(text_end, p + 1);
    size_t before = i == 0 ? 0 : points[i - 1];
    if (has_log && logged.end < p) before = std::max(before, logged.end);
    const double gap = distance(before, p);
    if (!has_log || p < logged.begin || p > logged.end) {
      // Positions that the log reaches owe nothing to a point before it.
      const size_t reached_end = has_log && p < base ? std::min(base, next) : next;
      savings[i] = gap * chance(habits, place, p, reached_end);
    } else if (p == base) {
      // The log hangs on this point: without it, positions up to the next one are run from the point before.
      const size_t reached = std::min(logged.end + 1, next);
      const double inside = chance(habits, place, p, reached);
      const double beyond = chance(habits, place, reached, next);
      savings[i] = inside * (gap + (1 - kReplayCost) / 2 * distance(p, reached)) +
                   beyond * (gap + (1 - kReplayCost) * distance(p, reached));
    } else {
      savings[i] = kReplayCost * gap * chance(habits, place, p, next);
    }
  }
}

double expected_cost(const EditHabits& habits, const EditPlace& place, Logged logged, std::span<const size_t> points) {
  const size_t base = log_base(logged, points);
  const size_t text_end = static_cast<size_t>(place.end) + 1;
  double cost = 0;
  size_t from = 0;
  // Runs of positions that are reached from the same place, cut where the chance of an edit changes: it falls with the distance from
  // the cursor and from edited places.
  const std::vector<size_t> cuts = chance_cuts(place);
  const auto add = [&](size_t begin, size_t end) {
    for (auto cut = std::upper_bound(cuts.begin(), cuts.end(), begin); begin < end; ++cut) {
      const size_t next = cut == cuts.end() ? end : std::min(*cut, end);
      cost += chance(habits, place, begin, next) * (distance(from, begin) + (distance(begin, next) - 1) / 2);
      begin = next;
      if (cut == cuts.end()) break;
    }
  };
  std::vector<size_t> stops(points.begin(), points.end());
  if (base <= logged.end) {
    std::erase_if(stops, [&](size_t p) { return p > base && p <= logged.end; });
    stops.push_back(logged.end);
    std::sort(stops.begin(), stops.end());
  }
  for (size_t i = 0; i <= stops.size(); ++i) {
    const size_t begin = i == 0 ? 0 : stops[i - 1];
    const size_t end = i == stops.size() ? text_end : stops[i];
    from = begin;
    if (begin != base) add(begin, end);  // from the base to the log's end nothing is run
  }
  return cost;
}

namespace {

// Places worth a state: dense near the cursor and near edited places, sparse elsewhere; existing points instead of near ones.
std::vector<size_t> candidates(const EditPlace& place, Logged logged, std::span<const size_t> existing) {
  constexpr double kRatio = 1.15;
  constexpr double kEverywhere = 40;  // places spread over the whole text
  constexpr size_t kNear = 12;        // tokens; closer ones are the same place
  std::vector<double> wanted;
  for (double d = 16; d < place.end; d *= kRatio) {
    wanted.push_back(place.cursor - d);
    wanted.push_back(place.cursor + d);
  }
  for (const double site : place.sites) {
    for (const double before : {4.0, 32.0, 128.0}) wanted.push_back(site - before);
  }
  for (double i = 1; i < kEverywhere; ++i) wanted.push_back(place.end * i / kEverywhere);
  std::vector<size_t> found(existing.begin(), existing.end());
  for (const double w : wanted) {
    if (w < 1 || w > place.end) continue;
    const auto p = static_cast<size_t>(w);
    const auto at = std::lower_bound(existing.begin(), existing.end(), p);
    if (at != existing.end() && *at - p < kNear) continue;
    if (at != existing.begin() && p - *std::prev(at) < kNear) continue;
    found.push_back(p);
  }
  std::sort(found.begin(), found.end());
  std::erase_if(found, [&](size_t p) { return p >= logged.begin && p <= logged.end && logged.begin < logged.end; });
  found.erase(std::unique(found.begin(), found.end(), [](size_t a, size_t b) { return b - a < kNear / 2; }), found.end());
  return found;
}

}  // namespace

std::vector<size_t> best_points(const EditHabits& habits, const EditPlace& place, Logged logged, size_t n_states,
                                std::span<const size_t> existing) {
  // Cells [at[i], at[i + 1]); a state at the start of a cell serves it and the following ones. The start of the text and the end
  // of the log are states for nothing.
  const bool has_log = log_base(logged, existing) <= logged.end;
  std::vector<size_t> at = candidates(place, logged, existing);
  if (has_log && logged.end > 0) at.insert(std::lower_bound(at.begin(), at.end(), logged.end), logged.end);
  at.insert(at.begin(), 0);
  const size_t n = at.size();
  at.push_back(static_cast<size_t>(place.end) + 1);
  const auto is_free = [&](size_t i) { return i == 0 || (has_log && at[i] == logged.end); };

  std::vector<double> chances(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t logged_begin = has_log ? std::clamp(logged.begin, at[i], at[i + 1]) : at[i + 1];
    const size_t logged_end = has_log ? std::clamp(logged.end + 1, at[i], at[i + 1]) : at[i + 1];
    chances[i] = chance(habits, place, at[i], logged_begin) + chance(habits, place, logged_end, at[i + 1]);
  }
  // least[k][j]: the cost of the cells before j with k paid states, the last state being anywhere before j.
  n_states = std::min(n_states, n);
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> least(n_states + 1, std::vector<double>(n + 1, kNever));
  std::vector<std::vector<size_t>> last(n_states + 1, std::vector<size_t>(n + 1, 0));
  for (auto& row : least) row[0] = 0;
  for (size_t i = 0; i < n; ++i) {  // the state at cell i serves cells i .. j - 1
    double cost = 0;
    for (size_t j = i + 1; j <= n; ++j) {
      cost += chances[j - 1] * (double(at[j - 1] + at[j]) / 2 - double(at[i]));
      for (size_t k = is_free(i) ? 0 : 1; k <= n_states; ++k) {
        const double before = least[is_free(i) ? k : k - 1][i];
        if (before + cost < least[k][j]) {
          least[k][j] = before + cost;
          last[k][j] = i;
        }
      }
    }
  }
  std::vector<size_t> points;
  for (size_t j = n, k = n_states; j > 0;) {
    const size_t i = last[k][j];
    if (!is_free(i)) {
      points.push_back(at[i]);
      --k;
    }
    j = i;
  }
  std::reverse(points.begin(), points.end());
  return points;
}

}  // namespace sw
