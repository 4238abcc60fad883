#include "context/text_edit.h"

#include <gtest/gtest.h>

#include "tests/unit/context/random_edits.h"

namespace sw {
namespace {

// Unchanged bytes between the ranges are the same in both texts, and the ranges are in order.
TEST(ChangedRanges, LeaveTheRestAsItWas) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string old_text;
    for (int i = 0; i < 60; ++i) old_text += static_cast<char>('a' + random() % 26);
    std::string text = old_text;
    std::vector<TextEdit> edits;
    for (size_t n = random() % 8; n > 0; --n) edits.push_back(test::random_edit(random, text));
    const auto ranges = changed_ranges(edits, old_text.size(), text.size());
    ASSERT_TRUE(ranges.has_value());
    size_t old_at = 0, new_at = 0;
    for (const ChangedRange& r : *ranges) {
      ASSERT_LE(old_at, r.old_begin);
      ASSERT_LE(r.old_begin, r.old_end);
      ASSERT_LE(r.new_begin, r.new_end);
      ASSERT_EQ(old_text.substr(old_at, r.old_begin - old_at), text.substr(new_at, r.new_begin - new_at));
      old_at = r.old_end;
      new_at = r.new_end;
    }
    ASSERT_EQ(old_text.substr(old_at), text.substr(new_at));
    ASSERT_LE(ranges->size(), edits.size());
  }
}

TEST(ChangedRanges, OfEditsFarApartStayApart) {
  const std::vector<TextEdit> edits = {{90, 91, 5}, {10, 12, 0}, {50, 50, 3}};
  const auto ranges = changed_ranges(edits, 100, 105);
  ASSERT_TRUE(ranges.has_value());
  ASSERT_EQ(ranges->size(), 3u);
  EXPECT_EQ((*ranges)[1].old_begin, 52u);
  EXPECT_EQ((*ranges)[1].new_begin, 50u);
  EXPECT_EQ((*ranges)[2].new_end, 96u);
}

TEST(ChangedRanges, RefuseWhatCannotBe) {
  const std::vector<TextEdit> off = {{5, 11, 0}}, backwards = {{5, 4, 0}}, fine = {{5, 6, 0}};
  EXPECT_FALSE(changed_ranges(off, 10, 4).has_value());
  EXPECT_FALSE(changed_ranges(backwards, 10, 11).has_value());
  EXPECT_FALSE(changed_ranges(fine, 10, 10).has_value());
  EXPECT_TRUE(changed_ranges(fine, 10, 9).has_value());
}

}  // namespace
}  // namespace sw
