// Jobs by priority, waits that can be given up, idle work that gives way.
#include "complete/worker.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace sw {
namespace {

// Holds the worker until it is let go.
struct Gate {
  std::promise<void> entered, open;
  Worker::Job job() {
    return [this] {
      entered.set_value();
      open.get_future().wait();
    };
  }
};

TEST(Worker, WhatIsWantedNowGoesBeforeWhatCanWait) {
  Worker worker;
  std::string order;
  Gate gate;
  worker.post(gate.job(), Priority::now);
  gate.entered.get_future().wait();
  EXPECT_FALSE(worker.wanted());
  worker.post([&] { order += 'c'; }, Priority::later);
  EXPECT_FALSE(worker.wanted()) << "what can wait stops nobody";
  worker.post([&] { order += 'd'; }, Priority::later);
  worker.post([&] { order += 'a'; }, Priority::now);
  worker.post([&] { order += 'b'; }, Priority::now);
  EXPECT_TRUE(worker.wanted());
  gate.open.set_value();
  ASSERT_TRUE(worker.run([&] { order += 'e'; }, Priority::later, {}).ok());
  EXPECT_EQ(order, "abcde");
}

TEST(Worker, AWaitEndsByCancelOrDeadlineBeforeItsTurn) {
  Worker worker;
  Gate gate;
  worker.post(gate.job(), Priority::now);
  gate.entered.get_future().wait();
  bool ran = false;
  std::atomic<bool> cancel{true};
  Control control;
  control.cancel = &cancel;
  EXPECT_EQ(worker.run([&] { ran = true; }, Priority::now, control).code(), Code::cancelled);
  Control late;
  late.deadline = Clock::now() + std::chrono::milliseconds(20);
  EXPECT_EQ(worker.run([&] { ran = true; }, Priority::later, late).code(), Code::deadline);
  gate.open.set_value();
  ASSERT_TRUE(worker.run([] {}, Priority::later, {}).ok());
  EXPECT_FALSE(ran) << "what was given up is not run later";
}

TEST(Worker, WhatAJobThrowsIsThrownToWhoWaits) {
  Worker worker;
  EXPECT_THROW((void)worker.run([] { throw std::runtime_error("x"); }, Priority::now, {}), std::runtime_error);
  EXPECT_TRUE(worker.run([] {}, Priority::now, {}).ok());
}

TEST(Worker, IdleWorkGoesOnUntilNothingIsLeftAndTheLatestOwnerFirst) {
  Worker worker;
  std::mutex mutex;
  std::string order;
  std::promise<void> done;
  const int owners[2] = {};
  const auto steps = [&](char name, int n) {
    return [&, name, left = n](const Control&) mutable {
      const std::lock_guard lock(mutex);
      order += name;
      if (order.size() == 5) done.set_value();
      return --left > 0;
    };
  };
  ASSERT_TRUE(worker.run([&] {
    worker.when_idle(&owners[0], steps('x', 9));  // replaced
    worker.when_idle(&owners[0], steps('a', 2));
    worker.when_idle(&owners[1], steps('b', 3));
  }, Priority::now, {}).ok());
  done.get_future().wait();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(order, "bbbaa");
}

TEST(Worker, IdleWorkIsToldOfAJobAndGoesOnAfterIt) {
  Worker worker;
  std::promise<void> began, resumed;
  int n_steps = 0;
  worker.post([] {}, Priority::now);
  worker.when_idle(&worker, [&](const Control& control) {
    if (++n_steps == 1) {
      began.set_value();
      while (control.check().ok()) std::this_thread::yield();
      return true;
    }
    resumed.set_value();
    return false;
  });
  began.get_future().wait();
  ASSERT_TRUE(worker.run([] {}, Priority::now, {}).ok());
  resumed.get_future().wait();
}

TEST(Worker, EndsWithWorkWaiting) {
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> n_run{0};
    const auto held = std::make_shared<int>(0);
    {
      Worker worker;
      for (int k = 0; k < 20; ++k) worker.post([&n_run, held] { ++n_run; }, k % 2 == 0 ? Priority::now : Priority::later);
      worker.when_idle(&worker, [held](const Control&) { return true; });
    }
    EXPECT_LE(n_run, 20);
    EXPECT_EQ(held.use_count(), 1) << "what was dropped lets go of what it held";
  }
}

}  // namespace
}  // namespace sw
