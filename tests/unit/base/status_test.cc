#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sw {
namespace {

const Code kFailures[] = {Code::argument,    Code::not_found, Code::io,        Code::format,
                          Code::unsupported, Code::no_memory, Code::cancelled, Code::deadline,
                          Code::state,       Code::mismatch,  Code::internal};

TEST(Status, IsOkUntilItFails) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::ok);
  EXPECT_EQ(status.message(), "");
  for (const Code code : kFailures) {
    const Status failed(code, "why");
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(failed.code(), code);
    EXPECT_EQ(failed.message(), "why");
  }
}

TEST(Status, ContextReadsFromTheOutsideIn) {
  EXPECT_EQ(error(Code::io, "disk").in("file").in("model").message(), "model: file: disk");
  EXPECT_EQ(error(Code::io, "disk").in("file").code(), Code::io);
  EXPECT_EQ(Status().in("file").message(), "") << "success has no context";
}

TEST(Status, ErrorIsPrintfOfAnyLength) {
  EXPECT_EQ(error(Code::format, "%s has %d of %zu, 100%%", "row", -3, size_t{7}).message(), "row has -3 of 7, 100%");
  EXPECT_EQ(error(Code::format, "%s", "").message(), "");
  for (const size_t n : {1, 15, 16, 255, 256, 5000}) {
    const std::string text(n, 'x');
    EXPECT_EQ(error(Code::format, "%s", text.c_str()).message(), text);
    EXPECT_EQ(format("<%s>", text.c_str()), "<" + text + ">");
  }
}

TEST(Status, WhatComesFromOutsideIsNotAFormat) {
  EXPECT_EQ(error(Code::io, "%s", "%s%n%d").message(), "%s%n%d");
}

TEST(Result, HoldsAValueOrAStatus) {
  const Result<int> good(3);
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(good.value(), 3);
  EXPECT_TRUE(good.status().ok());
  const Result<int> bad(error(Code::mismatch, "no"));
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.status().code(), Code::mismatch);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> owner(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(owner).value();
  EXPECT_EQ(*taken, 5);
}

struct Trace {
  int n_before = 0, n_after = 0;
};

Status try_status(Status status, Trace& trace) {
  ++trace.n_before;
  SW_TRY(std::move(status));
  ++trace.n_after;
  return {};
}

Result<std::string> assign_value(Result<int> result, Trace& trace) {
  ++trace.n_before;
  SW_ASSIGN(const int value, std::move(result));
  ++trace.n_after;
  return std::to_string(value);
}

TEST(Macros, TryGoesOnOnlyAfterSuccess) {
  Trace trace;
  EXPECT_TRUE(try_status({}, trace).ok());
  EXPECT_EQ(trace.n_after, 1);
  const Status failed = try_status(error(Code::state, "busy"), trace);
  EXPECT_EQ(failed.code(), Code::state);
  EXPECT_EQ(failed.message(), "busy");
  EXPECT_EQ(trace.n_before, 2);
  EXPECT_EQ(trace.n_after, 1);
}

TEST(Macros, AssignGivesTheValueOrReturnsTheStatus) {
  Trace trace;
  EXPECT_EQ(assign_value(42, trace).value(), "42");
  const auto failed = assign_value(error(Code::not_found, "gone"), trace);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.status().code(), Code::not_found);
  EXPECT_EQ(failed.status().message(), "gone");
  EXPECT_EQ(trace.n_after, 1);
}

}  // namespace
}  // namespace sw
