// Where the next edit is expected: chances are chances, they follow what was learned, and places move with the text.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "state/edit_habits.h"

namespace sw::test {
namespace {

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); }

EditPlace random_place(Random& random) {
  EditPlace place;
  place.end = std::floor(std::exp2(uniform(random, 0, 17)));
  place.cursor = std::floor(uniform(random, 0, place.end + 1));
  for (size_t n = random() % (EditHabits::kSitesMax + 1); n > 0; --n) place.sites.push_back(std::floor(uniform(random, 0, place.end + 1)));
  return place;
}

// Habits of one who edits here and there.
EditHabits random_habits(Random& random) {
  EditHabits habits;
  const EditPlace place = random_place(random);
  for (size_t n = random() % 300; n > 0; --n) habits.learn(place, std::floor(uniform(random, 0, place.end + 1)));
  return habits;
}

TEST(EditHabits, ChancesOfAPartitionAddUp) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const EditHabits habits = random_habits(random);
    const EditPlace place = random_place(random);
    std::vector<double> cuts{0, place.end + 1};
    for (size_t n = random() % 20; n > 0; --n) cuts.push_back(std::floor(uniform(random, 0, place.end + 1)));
    std::sort(cuts.begin(), cuts.end());
    double sum = 0;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      const double chance = habits.chance(place, cuts[i], cuts[i + 1]);
      ASSERT_GE(chance, -1e-12);
      ASSERT_LE(chance, 1 + 1e-12);
      sum += chance;
    }
    const double whole = habits.chance(place, 0, place.end + 1);
    ASSERT_NEAR(sum, whole, 1e-9);
    ASSERT_LE(whole, 1 + 1e-9) << "what lies off the text is lost, nothing is gained";
    ASSERT_GT(whole, 0);
    ASSERT_EQ(habits.chance(place, cuts[0], cuts[0]), 0) << "an empty range";
  }
}

// Far from both ends nothing is lost: the whole text has all the mass, but for the tails.
TEST(EditHabits, TheMiddleOfALongTextHasNearlyAllTheMass) {
  const EditHabits habits;
  EditPlace place;
  place.end = 2'000'000;
  place.cursor = 1'000'000;
  place.sites = {900'000, 1'200'000};
  EXPECT_NEAR(habits.chance(place, 0, place.end + 1), 1, 0.03) << "but for sites that there are not";
  EXPECT_GT(habits.chance(place, place.cursor - 64, place.cursor + 64), 0.8) << "most edits touch the cursor";
  EXPECT_GT(habits.chance(place, place.sites[0] - 64, place.sites[0] + 64), habits.chance(place, 500'000 - 64, 500'000 + 64));
}

// The neighbourhood of `position`, wide enough for any rounding of a distance.
double chance_around(const EditHabits& habits, const EditPlace& place, double position, double reach) {
  return habits.chance(place, std::max(0.0, position - reach), std::min(place.end + 1, position + reach + 1));
}

TEST(EditHabits, LearningMovesMassToWhereEditsAre) {
  Random random(2);
  for (int round = 0; round < 100; ++round) {
    EditHabits habits;
    EditPlace place = random_place(random);
    if (place.end < 100) continue;
    // Always so far before or behind the cursor, wherever that is.
    const double distance = std::floor(uniform(random, -place.end / 2, place.end / 2));
    const auto at = [&](const EditPlace& p) { return std::clamp(p.cursor + distance, 0.0, p.end); };
    const double before = chance_around(habits, place, at(place), std::abs(distance) / 2 + 2);
    for (int i = 0; i < 2000; ++i) {
      EditPlace other = place;
      other.cursor = std::floor(uniform(random, 0, place.end + 1));
      if (other.cursor + distance < 0 || other.cursor + distance > other.end) continue;
      habits.learn(other, at(other));
    }
    if (place.cursor + distance < 0 || place.cursor + distance > place.end) continue;
    const double after = chance_around(habits, place, at(place), std::abs(distance) / 2 + 2);
    ASSERT_GT(after, std::min(before, 0.9)) << "distance " << distance << " in " << place.end;
  }
}

TEST(EditHabits, ManyEditsAtOldPlacesCount) {
  EditHabits habits;
  EditPlace place;
  place.end = 20'000;
  place.cursor = 15'000;
  place.sites = {2'000, 9'000};
  const double before = chance_around(habits, place, 2'000, 32);
  for (int i = 0; i < 1'000; ++i) habits.learn(place, 2'000 + i % 8);
  EXPECT_GT(chance_around(habits, place, 2'000, 32), 2 * before);
  EXPECT_GT(chance_around(habits, place, 2'000, 32), 0.5) << "a thousand edits there outweigh what is usual";
}

TEST(EditHabits, LearningStaysFiniteAndFair) {
  Random random(3);
  EditHabits habits;
  for (int i = 0; i < 20'000; ++i) {
    const EditPlace place = random_place(random);
    habits.learn(place, random() % 5 == 0 ? place.end : random() % 5 == 1 ? 0 : std::floor(uniform(random, 0, place.end + 1)));
  }
  const EditPlace place = random_place(random);
  const double whole = habits.chance(place, 0, place.end + 1);
  EXPECT_TRUE(std::isfinite(whole));
  EXPECT_GT(whole, 0);
  EXPECT_LE(whole, 1 + 1e-9);
}

// ---------------------------------------------------------------------------------------------------------------- places

TEST(EditPlace, SitesMoveWithTheText) {
  EditPlace place{1'000, 5'000, {200, 1'100, 3'000}};
  place.move(990, 10, 1'001, 5'010);  // ten tokens more, at the cursor
  EXPECT_EQ(place.cursor, 1'001);
  EXPECT_EQ(place.end, 5'010);
  EXPECT_EQ(place.sites, (std::vector<double>{200, 1'110, 3'010})) << "what lies before stays, what lies behind moves";
  place.move(1'050, -100, 1'050, 4'910);  // a hundred fewer, over the second one
  EXPECT_EQ(place.sites, (std::vector<double>{200, 1'050, 2'910})) << "one whose text is gone is where it was";
}

TEST(EditPlace, AJumpLeavesASite) {
  EditPlace place{1'000, 5'000, {}};
  place.move(1'010, 1, 1'011, 5'001);
  EXPECT_TRUE(place.sites.empty()) << "still at the same place";
  place.move(3'000, 5, 3'005, 5'006);
  EXPECT_EQ(place.sites, (std::vector<double>{1'011}));
  place.move(1'000, 5, 1'005, 5'011);
  EXPECT_EQ(place.sites, (std::vector<double>{3'010, 1'016})) << "the latest first";
  place.move(3'005, 0, 3'005, 5'011);
  EXPECT_EQ(place.sites, (std::vector<double>{1'005, 3'010})) << "close ones are one";
}

TEST(EditPlace, RandomEditsKeepSitesInTheText) {
  Random random(4);
  for (int round = 0; round < 50; ++round) {
    EditPlace place;
    size_t end = random() % 3'000;
    place.end = double(end);
    for (int i = 0; i < 200; ++i) {
      const size_t begin = random() % (end + 1);
      const size_t n_gone = random() % (end - begin + 1) / (1 + random() % 20), n_new = random() % 300;
      end = end - n_gone + n_new;
      place.move(double(begin), double(n_new) - double(n_gone), double(begin + random() % (n_new + 1)), double(end));
      ASSERT_LE(place.sites.size(), EditHabits::kSitesMax);
      for (const double site : place.sites) {
        ASSERT_GE(site, 0);
        ASSERT_LE(site, place.end) << "round " << round << ", edit " << i;
      }
      ASSERT_LE(place.cursor, place.end);
    }
  }
}

}  // namespace
}  // namespace sw::test
