// Which states are worth their bytes: savings and costs against sums over every position, and the best places against others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "state/placement.h"

namespace sw::test {
namespace {

using Random = std::mt19937_64;
using Points = std::vector<size_t>;

TEST(Policy, NamesAreParsed) {
  for (const std::string name : {"default", "none", "running", "grid:1", "grid:528", "geometric:12", "grid:1073741824"}) {
    const auto policy = Policy::parse(name);
    ASSERT_TRUE(policy.ok()) << name;
    EXPECT_EQ(policy.value().name(), name);
  }
  EXPECT_EQ(Policy::parse("grid:528").value().n, 528u);
  EXPECT_EQ(Policy().name(), "default");
}

TEST(Policy, OthersAreRefused) {
  for (const std::string name :
       {"", "Default", "default ", " default", "default:", "default:1", "none:1", "running:1", "grid", "grid:", "grid:0", "grid:-1",
        "grid:+1", "grid: 1", "grid:1 ", "grid:1x", "grid:1.5", "grid:1:2", "grid:1073741825", "grid:99999999999999999999999", "geometric",
        "geometric:0", "geometric:x", "fixed:3", ":", ":3", "gri", "none,running"}) {
    const auto policy = Policy::parse(name);
    EXPECT_FALSE(policy.ok()) << name;
    if (policy.ok()) continue;
    EXPECT_EQ(policy.status().code(), Code::argument);
    EXPECT_NE(policy.status().message().find("'" + name + "'"), std::string::npos) << policy.status().message();
  }
  EXPECT_FALSE(Policy::parse(std::string("none\0", 5)).ok());
}

TEST(Spacing, GrowsWithTheDistance) {
  size_t before = spacing_at(0);
  EXPECT_GE(before, 1u);
  for (size_t distance = 1; distance < 300'000; distance += 1 + distance / 9) {
    const size_t spacing = spacing_at(distance);
    EXPECT_GE(spacing, before);
    EXPECT_LE(spacing, std::max<size_t>(distance, spacing_at(0)));
    before = spacing;
  }
}

struct Scene {
  EditHabits habits;
  EditPlace place;
  Logged logged;
  Points points;  // ascending
};

Scene random_scene(Random& random, bool with_log) {
  Scene s;
  const size_t end = 50 + random() % 1'500;
  s.place.end = double(end);
  s.place.cursor = double(random() % 3 == 0 ? end : random() % (end + 1));
  for (size_t n = random() % 5; n > 0; --n) s.place.sites.push_back(double(random() % (end + 1)));
  for (size_t n = random() % 100; n > 0; --n) s.habits.learn(s.place, double(random() % (end + 1)));
  if (with_log) {
    s.logged.begin = random() % 4 == 0 ? 0 : random() % end;
    s.logged.end = s.logged.begin + random() % (end - s.logged.begin + 1);
  }
  for (size_t n = random() % 12; n > 0; --n) s.points.push_back(1 + random() % end);
  if (with_log && s.logged.begin > 0 && random() % 2 == 0) s.points.push_back(s.logged.begin);
  std::sort(s.points.begin(), s.points.end());
  s.points.erase(std::unique(s.points.begin(), s.points.end()), s.points.end());
  return s;
}

// Where replaying the log can begin, if anywhere.
std::optional<size_t> base_of(Logged logged, const Points& points) {
  if (logged.begin == logged.end) return std::nullopt;
  if (logged.begin == 0) return 0;
  for (const size_t p : points) {
    if (p >= logged.begin && p <= logged.end) return p;
  }
  return std::nullopt;
}

// Tokens that are re-run when the next edit is at each position in turn, by its chance. What the log reaches costs nothing.
double exact_cost(const Scene& s, const Points& points) {
  const auto base = base_of(s.logged, points);
  double cost = 0;
  for (size_t q = 0; q <= static_cast<size_t>(s.place.end); ++q) {
    if (base && *base <= q && q <= s.logged.end) continue;
    size_t from = 0;
    for (const size_t p : points) {
      if (p <= q) from = p;
    }
    if (base && s.logged.end <= q) from = std::max(from, s.logged.end);
    cost += s.habits.chance(s.place, double(q), double(q + 1)) * double(q - from);
  }
  return cost;
}

Points without(const Points& points, size_t i) {
  Points out = points;
  out.erase(out.begin() + static_cast<ptrdiff_t>(i));
  return out;
}

std::vector<double> savings_of(const Scene& s) {
  std::vector<double> savings(s.points.size(), -1);
  expected_savings(s.habits, s.place, s.logged, s.points, savings);
  return savings;
}

TEST(ExpectedSavings, AreWhatTheCostGrowsByWithoutThePoint) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const Scene s = random_scene(random, false);
    const std::vector<double> savings = savings_of(s);
    for (size_t i = 0; i < s.points.size(); ++i) {
      ASSERT_GE(savings[i], 0);
      ASSERT_NEAR(savings[i], exact_cost(s, without(s.points, i)) - exact_cost(s, s.points), 1e-7) << "point " << s.points[i];
    }
  }
}

TEST(ExpectedSavings, WithALog) {
  Random random(2);
  int n_outside = 0, n_base = 0, n_inside = 0;
  for (int round = 0; round < 150; ++round) {
    const Scene s = random_scene(random, true);
    const auto base = base_of(s.logged, s.points);
    const std::vector<double> savings = savings_of(s);
    for (size_t i = 0; i < s.points.size(); ++i) {
      const size_t p = s.points[i], next = i + 1 < s.points.size() ? s.points[i + 1] : static_cast<size_t>(s.place.end) + 1;
      const size_t before = i == 0 ? 0 : s.points[i - 1];
      const double gap = double(p - before), around = s.habits.chance(s.place, double(p), double(std::max(next, p + 1)));
      ASSERT_GE(savings[i], -1e-12);
      if (!base || p < s.logged.begin || p > s.logged.end) {
        ++n_outside;
        ASSERT_NEAR(savings[i], exact_cost(s, without(s.points, i)) - exact_cost(s, s.points), 1e-7) << "point " << p;
      } else if (p == *base) {
        ++n_base;  // the log hangs on it: its own gap, and most of what the log spares as far as the next point
        ASSERT_GE(savings[i], gap * around - 1e-9);
        ASSERT_LE(savings[i], (gap + double(s.logged.end + 1 - p)) * around + 1e-9);
      } else {
        ++n_inside;  // it only shortens the replay
        ASSERT_NEAR(savings[i], kReplayCost * gap * around, 1e-9);
      }
    }
  }
  EXPECT_GT(std::min({n_outside, n_base, n_inside}), 20);
}

TEST(ExpectedSavings, NoPointsAndPointsPastTheEnd) {
  Scene s;
  s.place.end = 10;
  s.place.cursor = 10;
  EXPECT_TRUE(savings_of(s).empty());
  s.points = {5, 10, 50, 51};  // a text that has become shorter
  for (const double saving : savings_of(s)) {
    EXPECT_GE(saving, 0);
    EXPECT_TRUE(std::isfinite(saving));
  }
  EXPECT_TRUE(best_points(s.habits, s.place, {}, 5, {}).size() <= 5);
  s.place = {};
  EXPECT_TRUE(best_points(s.habits, s.place, {}, 5, {}).empty()) << "an empty text needs no state";
}

TEST(ExpectedCost, EveryPointHelpsAndTheLogDoes) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    Scene s = random_scene(random, round % 2 == 0);
    const double cost = expected_cost(s.habits, s.place, s.logged, s.points);
    ASSERT_GE(cost, -1e-9);
    ASSERT_LE(cost, s.place.end + 1);
    const auto base = base_of(s.logged, s.points);
    for (size_t p = 1; p <= static_cast<size_t>(s.place.end); p += 1 + random() % 200) {
      ASSERT_GE(s.habits.chance(s.place, double(p), double(p + 1)), 0);
    }
    const Logged none;
    if (base && *base == s.logged.begin) {
      ASSERT_LE(exact_cost(s, s.points), exact_cost({s.habits, s.place, none, {}}, s.points) + 1e-9) << "a log costs no tokens";
    }
  }
}

// What other ways would do with as many states.
Points geometric(const Scene& s, size_t n) {
  Points points;
  double distance = 16;
  for (size_t i = 0; i < n; ++i, distance *= 2) {
    if (s.place.cursor > distance) points.push_back(static_cast<size_t>(s.place.cursor - distance));
  }
  std::sort(points.begin(), points.end());
  return points;
}

Points evenly(const Scene& s, size_t n) {
  Points points;
  for (size_t i = 1; i <= n; ++i) points.push_back(static_cast<size_t>(s.place.end * double(i) / double(n + 1)));
  return points;
}

Points greedy(const Scene& s, size_t n) {
  Points points;
  for (size_t i = 0; i < n; ++i) {
    double least = exact_cost(s, points);
    std::optional<size_t> best;
    for (size_t p = 8; p <= static_cast<size_t>(s.place.end); p += 16) {
      if (std::abs(double(p) - s.place.cursor) < 16) continue;  // so close the running state and the log serve
      Points more = points;
      more.insert(std::lower_bound(more.begin(), more.end(), p), p);
      if (const double cost = exact_cost(s, more); cost < least) {
        least = cost;
        best = p;
      }
    }
    if (!best) break;
    points.insert(std::lower_bound(points.begin(), points.end(), *best), *best);
  }
  return points;
}

TEST(BestPoints, AreAscendingOutsideTheLogAndNoMoreThanAskedFor) {
  Random random(4);
  for (int round = 0; round < 150; ++round) {
    const Scene s = random_scene(random, round % 3 != 0);
    const size_t n = random() % 20;
    const Points points = best_points(s.habits, s.place, s.logged, n, s.points);
    ASSERT_LE(points.size(), n);
    for (size_t i = 0; i < points.size(); ++i) {
      if (i > 0) {
        ASSERT_LT(points[i - 1], points[i]);
      }
      ASSERT_GE(points[i], 1u);
      ASSERT_LE(points[i], static_cast<size_t>(s.place.end));
      const bool in_log = s.logged.begin < s.logged.end && s.logged.begin <= points[i] && points[i] <= s.logged.end;
      ASSERT_FALSE(in_log) << points[i];
    }
  }
}

TEST(BestPoints, AreNoWorseThanOthers) {
  Random random(5);
  for (int round = 0; round < 30; ++round) {
    Scene s = random_scene(random, false);
    const size_t n = 1 + random() % 6;
    const double best = exact_cost(s, best_points(s.habits, s.place, {}, n, {}));
    for (const Points& other : {geometric(s, n), evenly(s, n)}) {
      ASSERT_LE(best, exact_cost(s, other) * 1.05 + 0.5) << n << " points in " << s.place.end << ", cursor " << s.place.cursor;
    }
    // Greedy looks at twice as many places here.
    ASSERT_LE(best, exact_cost(s, greedy(s, n)) * 1.25 + 2) << n << " points in " << s.place.end << ", cursor " << s.place.cursor;
    ASSERT_LE(best, exact_cost(s, {}) + 1e-9) << "no points";
  }
}

TEST(BestPoints, MoreStatesAreNoWorse) {
  Random random(6);
  for (int round = 0; round < 30; ++round) {
    const Scene s = random_scene(random, false);
    double before = exact_cost(s, {});
    for (const size_t n : {1, 2, 4, 8, 16}) {
      const double cost = exact_cost(s, best_points(s.habits, s.place, {}, n, {}));
      ASSERT_LE(cost, before * 1.05 + 0.5);
      before = cost;
    }
  }
}

// Points that are there already, and as good as any, are not moved by a few tokens.
TEST(BestPoints, WhatIsThereIsTaken) {
  Random random(7);
  for (int round = 0; round < 30; ++round) {
    Scene s = random_scene(random, false);
    const Points first = best_points(s.habits, s.place, {}, 6, {});
    const Points again = best_points(s.habits, s.place, {}, 6, first);
    Points both;
    std::set_intersection(first.begin(), first.end(), again.begin(), again.end(), std::back_inserter(both));
    ASSERT_GE(2 * both.size(), first.size()) << "a second plan throws the first away";
  }
}

}  // namespace
}  // namespace sw::test
