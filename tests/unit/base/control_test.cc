#include "base/control.h"

#include <gtest/gtest.h>

#include <vector>

namespace sw {
namespace {

TEST(Control, WithoutAnythingSetItNeverStops) {
  const Control control;
  EXPECT_TRUE(control.check().ok());
  for (uint64_t done = 0; done <= 10; ++done) EXPECT_TRUE(control.step(done, 10).ok());
}

TEST(Control, CancelIsSeenAtTheNextCheckAndOnlyWhileSet) {
  std::atomic<bool> cancel = false;
  Control control;
  control.cancel = &cancel;
  EXPECT_TRUE(control.check().ok());
  cancel = true;
  EXPECT_EQ(control.check().code(), Code::cancelled);
  EXPECT_EQ(control.step(1, 2).code(), Code::cancelled);
  cancel = false;
  EXPECT_TRUE(control.check().ok());
}

TEST(Control, ADeadlineInThePastIsOverAndOneFarAwayIsNot) {
  Control control;
  control.deadline = Clock::now();
  EXPECT_EQ(control.check().code(), Code::deadline);
  control.deadline = Clock::time_point::min();
  EXPECT_EQ(control.step(0, 1).code(), Code::deadline);
  control.deadline = Clock::time_point::max();
  EXPECT_TRUE(control.check().ok());
}

TEST(Control, CancelComesBeforeTheDeadline) {
  const std::atomic<bool> cancel = true;
  Control control;
  control.cancel = &cancel;
  control.deadline = Clock::time_point::min();
  EXPECT_EQ(control.check().code(), Code::cancelled);
}

TEST(Control, StepReportsWhatItWasToldAndStopsWhenAsked) {
  std::vector<std::pair<uint64_t, uint64_t>> seen;
  Control control;
  control.progress = [&seen](uint64_t done, uint64_t total) {
    seen.emplace_back(done, total);
    return done < 3;
  };
  uint64_t n_done = 0;
  Status status;
  while (status.ok() && n_done < 10) status = control.step(++n_done, 10);
  EXPECT_EQ(status.code(), Code::cancelled);
  EXPECT_EQ(seen, (std::vector<std::pair<uint64_t, uint64_t>>{{1, 10}, {2, 10}, {3, 10}}));
}

TEST(Control, ProgressIsReportedEvenWhenItIsCancelled) {
  const std::atomic<bool> cancel = true;
  int n_reports = 0;
  Control control;
  control.cancel = &cancel;
  control.progress = [&n_reports](uint64_t, uint64_t) { return ++n_reports > 0; };
  EXPECT_EQ(control.step(5, 10).code(), Code::cancelled);
  EXPECT_EQ(n_reports, 1);
  EXPECT_EQ(control.check().code(), Code::cancelled);
  EXPECT_EQ(n_reports, 1) << "check() does not report";
}

}  // namespace
}  // namespace sw
