// Strict JSON: what it takes, what it refuses, and that offsets are bytes of the file.
#include "loader/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support.h"

namespace sw::test {
namespace {

Result<Json> parse(const std::string& text, bool nonfinite = false, uint64_t base = 0) {
  JsonRules rules;
  rules.nonfinite = nonfinite;
  return parse_json(text, "c.json", base, rules);
}

double number_of(const Json& json) {
  return std::get<double>(json.value);
}

TEST(Json, NonfiniteNumbersOnlyWhereAskedInBothSpellings) {
  const std::pair<const char*, double> spellings[] = {{"Infinity", INFINITY}, {"-Infinity", -INFINITY}, {"NaN", NAN}};
  for (const auto& [word, value] : spellings) {
    const std::string bare = std::string("[1, ") + word + "]";
    const std::string object = std::string("[1, {\"__float__\": \"") + word + "\"}]";
    EXPECT_FALSE(parse(bare).ok());
    ASSERT_TRUE(parse(object).ok());
    EXPECT_NE((*parse(object).value().array())[1].object(), nullptr) << "without being asked it is an object";
    for (const std::string& text : {bare, object}) {
      const auto result = parse(text, true);
      ASSERT_TRUE(result.ok()) << result.status().message();
      const double got = number_of((*result.value().array())[1]);
      EXPECT_TRUE(std::isnan(value) ? std::isnan(got) : got == value) << text;
    }
  }
}

TEST(Json, NonfiniteWordsOutOfPlaceStayErrors) {
  for (const char* text :
       {"{Infinity: 1}", "[1Infinity]", "[--Infinity]", "[Infinityx]", "[InfinityInfinity]", "[+NaN]", "[infinity]",
        "[nan]", "Infinity Infinity", "[\"a\"Infinity]", "{\"a\" Infinity}"}) {
    EXPECT_FALSE(parse(text, true).ok()) << text;
  }
  const auto result = parse(R"({"Infinity": "say \"NaN\" or -Infinity\\", "NaN": NaN})", true);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(*(*result.value().object())[0].value.string(), "say \"NaN\" or -Infinity\\");
  EXPECT_TRUE(std::isnan(number_of((*result.value().object())[1].value)));
}

TEST(Json, OtherFloatObjectsStayObjects) {
  for (const char* text : {R"({"__float__": "1.5"})", R"({"__float__": 1})", R"({"__float__": "NaN", "b": 1})",
                           R"({"__float__": "infinity"})"}) {
    const auto result = parse(text, true);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_NE(result.value().object(), nullptr) << text;
  }
}

TEST(Json, OffsetsAreBytesOfTheFileWhateverStandsBefore) {
  const std::string text = R"({ "a\\\"": [Infinity, -Infinity], "\\": NaN , "k\"ey" :{"in": 1}, "z": 2})";
  for (const uint64_t base : {uint64_t{0}, uint64_t{8}}) {
    const auto result = parse(text, true, base);
    ASSERT_TRUE(result.ok()) << result.status().message();
    const Json::Object& object = *result.value().object();
    ASSERT_EQ(object.size(), 4u);
    EXPECT_EQ(object[0].offset, base + text.find("\"a"));
    EXPECT_EQ(object[1].offset, base + text.find("\"\\\\\": NaN"));
    EXPECT_EQ(object[2].offset, base + text.find("\"k"));
    EXPECT_EQ((*object[2].value.object())[0].offset, base + text.find("\"in"));
    EXPECT_EQ(object[3].offset, base + text.find("\"z"));
  }
  const std::string broken = R"({"a": [Infinity, NaN], "b": ?})";
  expect_error(parse(broken, true, 100).status(), Code::format,
               {"c.json", "byte " + std::to_string(100 + broken.find('?'))});
}

TEST(Json, EveryPrefixOfAnObjectIsAnError) {
  const std::string text =
      R"({"a": [1, -2.5e3, true, null, "\u00e9\n"], "b": {"c": {"__float__": "Infinity"}}, "d": NaN})";
  ASSERT_TRUE(parse(text, true).ok());
  for (size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(parse(text.substr(0, n), true).ok()) << n;
}

TEST(Json, Limits) {
  JsonRules rules;
  rules.depth_max = 5;
  rules.values_max = 10;
  rules.bytes_max = 60;
  const auto try_it = [&](const std::string& text) { return parse_json(text, "c.json", 0, rules).status(); };
  EXPECT_TRUE(try_it("[[[[[]]]]]").ok());
  expect_error(try_it("[[[[[[]]]]]]"), Code::format, {"nested", "5", "byte"});
  expect_error(try_it(R"([{"a":[{"b":[[]]}]}])"), Code::format, {"nested"});
  EXPECT_TRUE(try_it("[1,2,3,4,5,6,7,8,9]").ok());
  expect_error(try_it("[1,2,3,4,5,6,7,8,9,10]"), Code::format, {"10 values"});
  EXPECT_TRUE(try_it("[\"" + std::string(56, 'x') + "\"]").ok());
  expect_error(try_it("[\"" + std::string(57, 'x') + "\"]"), Code::format, {"61 bytes"});
  for (const char* open : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 200000; ++i) deep += open;
    rules.bytes_max = deep.size();
    expect_error(try_it(deep), Code::format, {"nested"});
  }
}

TEST(Json, NumbersOutOfRangeAreErrorsOrNotIntegers) {
  EXPECT_FALSE(parse("[1e999]").ok());
  EXPECT_FALSE(parse("[01]").ok());
  EXPECT_FALSE(parse("[+1]").ok());
  EXPECT_FALSE(parse("[1.]").ok());
  const auto result = parse("[18446744073709551615, 18446744073709551616, -1, -0]");
  ASSERT_TRUE(result.ok());
  const Json::Array& list = *result.value().array();
  EXPECT_EQ(*list[0].unsigned_integer(), ~uint64_t{0});
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(list[i].unsigned_integer(), nullptr) << i;
}

}  // namespace
}  // namespace sw::test
