// Every rule of the safetensors format: what breaks it is refused, and the message says where.
#include "loader/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support.h"
#include "writer.h"

namespace sw::test {
namespace {

std::string zeros(size_t n) {
  return std::string(n, '\0');
}

std::span<const std::byte> as_bytes(const std::vector<char>& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Parsed from a heap block of just the right size: a sanitizer sees each byte beyond it.
struct Parsed {
  explicit Parsed(const std::string& file)
      : block(file.begin(), file.end()), result(Safetensors::parse(as_bytes(block), "folder/a.safetensors")) {}
  std::vector<char> block;
  Result<Safetensors> result;
};

std::string raw(const std::string& header, const std::string& data = "") {
  SafetensorsWriter writer;
  writer.header_text = header;
  writer.tail = data;
  return writer.file();
}

// Two F32 tensors, "first" of 8 bytes and "second" with the given entry.
const std::string kFirst = R"({"first":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)";
std::string second(const std::string& entry, size_t n_data = 16) {
  return raw(kFirst + "\"second\":" + entry + "}", zeros(n_data));
}
const std::string kSecondName = "tensor 'second'";
// Where the name of the second tensor stands: behind the header's length and the first entry.
const std::string kSecondPlace = kSecondName + " at byte " + std::to_string(8 + kFirst.size());

struct Reject {
  const char* name;
  std::string file;
  Code code;
  std::vector<std::string> parts;
};

std::vector<Reject> length_rejects() {
  SafetensorsWriter writer;
  writer.add({"w", "F32", {2}, zeros(8)});
  const std::string honest = writer.file();
  const uint64_t n_header = writer.header().size();
  const auto with_length = [&](uint64_t n) {
    SafetensorsWriter liar = writer;
    liar.header_length = n;
    return liar.file();
  };
  return {
      {"empty file", "", Code::format, {"0 bytes", "byte 0"}},
      {"seven bytes", zeros(7), Code::format, {"7 bytes", "byte 0"}},
      {"header length zero", zeros(8), Code::format, {"byte 8", "'{'"}},
      {"header over the limit", with_length(100'000'001), Code::format, {"byte 0", "100000001"}},
      {"header length near 2^64", with_length(~uint64_t{0} - 3), Code::format, {"byte 0"}},
      {"header past the end", with_length(honest.size() - 7), Code::format, {"byte 8", "truncated"}},
      {"header into the data",
       with_length(n_header + 4),
       Code::format,
       {"NUL", "byte " + std::to_string(8 + n_header)}},
      {"header cut short", with_length(n_header - 10), Code::format, {"JSON at byte"}},
      {"trailing bytes", honest + "x", Code::format, {"1 bytes follow", "byte " + std::to_string(honest.size())}},
      {"truncated data",
       honest.substr(0, honest.size() - 1),
       Code::format,
       {"tensor 'w' at byte " + std::to_string(8 + n_header), "truncated"}},
  };
}

std::vector<Reject> json_rejects() {
  std::string deep = R"({"w":{"dtype":)";
  for (int i = 0; i < 100000; ++i) deep += '[';
  return {
      {"not an object", raw("[]      "), Code::format, {"byte 8", "'{'"}},
      {"leading space", raw(" {}"), Code::format, {"byte 8", "'{'"}},
      {"not JSON", raw("{,}"), Code::format, {"JSON at byte 9"}},
      {"never closed", raw(R"({"w":)"), Code::format, {"JSON at byte 13"}},
      {"bytes behind", raw("{} {}"), Code::format, {"JSON at byte 11"}},
      {"NUL behind", raw(std::string("{}\0{}", 5)), Code::format, {"byte 10", "NUL"}},
      {"not UTF-8 in a name", raw("{\"\xff\":{}}"), Code::format, {"JSON at byte 10"}},
      {"overlong UTF-8", raw("{\"\xc0\xaf\":{}}"), Code::format, {"JSON at byte 10"}},
      {"a comment", raw("{/**/}"), Code::format, {"JSON at byte 9"}},
      {"nested deeper than any header", raw(deep), Code::format, {"nested", "byte"}},
      {"bare Infinity", second(R"({"dtype":"F32","shape":[Infinity],"data_offsets":[8,16]})"), Code::format, {"JSON"}},
      {"duplicate name",
       second(R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]},"first":{})"),
       Code::format,
       {"duplicate key 'first' at byte"}},
      {"duplicate field",
       second(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[8,16]})"),
       Code::format,
       {"duplicate key 'dtype' at byte"}},
      {"escaped duplicate", raw(R"({"w":{},"\u0077":{}})"), Code::format, {"duplicate key 'w' at byte 16"}},
      {"metadata is a list", raw(R"({"__metadata__":[]})"), Code::format, {"__metadata__ at byte 9"}},
      {"metadata holds a number",
       raw(R"({"__metadata__":{"a":"b","n":1}})"),
       Code::format,
       {"'n' at byte 33", "string"}},
      {"metadata twice", raw(R"({"__metadata__":{},"__metadata__":{}})"), Code::format, {"duplicate", "byte 27"}},
      {"a name too long", raw("{\"" + std::string(513, 'n') + "\":{}}"), Code::format, {"513", "byte 9"}},
  };
}

std::vector<Reject> entry_rejects() {
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return second("{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}");
  };
  const std::string f32 = "\"F32\"";
  return {
      {"entry is a list", second("[]"), Code::format, {kSecondPlace, "object"}},
      {"entry is null", second("null"), Code::format, {kSecondPlace, "object"}},
      {"no dtype", second(R"({"shape":[2],"data_offsets":[8,16]})"), Code::format, {kSecondPlace, "dtype"}},
      {"dtype is a number", entry("4", "[2]", "[8,16]"), Code::format, {kSecondPlace, "dtype"}},
      {"unknown dtype", entry("\"F4\"", "[2]", "[8,16]"), Code::unsupported, {kSecondPlace, "'F4'"}},
      {"lower-case dtype", entry("\"f32\"", "[2]", "[8,16]"), Code::unsupported, {kSecondPlace, "'f32'"}},
      {"no shape", second(R"({"dtype":"F32","data_offsets":[8,16]})"), Code::format, {kSecondPlace, "shape"}},
      {"shape is a number", entry(f32, "2", "[8,16]"), Code::format, {kSecondPlace, "shape"}},
      {"negative size", entry(f32, "[-2]", "[8,16]"), Code::format, {kSecondPlace, "shape"}},
      {"minus zero", entry(f32, "[-0]", "[8,8]"), Code::format, {kSecondPlace, "shape"}},
      {"fractional size", entry(f32, "[2.0]", "[8,16]"), Code::format, {kSecondPlace, "shape"}},
      {"size over 2^53", entry(f32, "[9007199254740993]", "[8,16]"), Code::format, {kSecondPlace, "2^53"}},
      {"size over 2^64", entry(f32, "[36893488147419103232]", "[8,16]"), Code::format, {kSecondPlace, "2^53"}},
      {"size is text", entry(f32, "[\"2\"]", "[8,16]"), Code::format, {kSecondPlace, "shape"}},
      {"rank nine", entry(f32, "[1,1,1,1,1,1,1,1,2]", "[8,16]"), Code::format, {kSecondPlace, "rank"}},
      {"product wraps to fit",
       entry(f32, "[4294967296,4294967296,4]", "[8,8]"),
       Code::format,
       {kSecondPlace, "overflow"}},
      {"bytes wrap to fit",
       entry("\"F64\"", "[4503599627370496,512]", "[8,8]"),
       Code::format,
       {kSecondPlace, "overflow"}},
      {"no offsets",
       second(R"({"dtype":"F32","shape":[2],"offsets":[8,16]})"),
       Code::format,
       {kSecondPlace, "data_offsets"}},
      {"one offset", entry(f32, "[2]", "[8]"), Code::format, {kSecondPlace, "data_offsets"}},
      {"three offsets", entry(f32, "[2]", "[8,16,16]"), Code::format, {kSecondPlace, "data_offsets"}},
      {"negative offset", entry(f32, "[2]", "[-8,0]"), Code::format, {kSecondPlace, "data_offsets"}},
      {"fractional offset", entry(f32, "[2]", "[8.5,16.5]"), Code::format, {kSecondPlace, "data_offsets"}},
      {"offset over 2^53",
       entry(f32, "[2]", "[9007199254740993,9007199254741001]"),
       Code::format,
       {kSecondPlace, "2^53"}},
      {"backwards", entry(f32, "[2]", "[16,8]"), Code::format, {kSecondPlace, "backwards"}},
      {"too few bytes", entry(f32, "[3]", "[8,16]"), Code::format, {kSecondPlace, "span 8 bytes", "need 12"}},
      {"too many bytes", entry(f32, "[1]", "[8,16]"), Code::format, {kSecondPlace, "need 4"}},
  };
}

std::vector<Reject> tiling_rejects() {
  const auto at = [](const std::string& file, uint64_t offset) {
    return kSecondName + " at byte " + std::to_string(8 + static_cast<uint8_t>(file[0]) + offset);
  };
  const std::string hole = second(R"({"dtype":"F32","shape":[2],"data_offsets":[9,17]})", 17);
  const std::string overlap = second(R"({"dtype":"F32","shape":[2],"data_offsets":[7,15]})", 15);
  const std::string past = second(R"({"dtype":"F32","shape":[4],"data_offsets":[8,24]})", 16);
  const std::string far = second(R"({"dtype":"F32","shape":[2],"data_offsets":[4503599627370496,4503599627370504]})");
  return {
      {"hole", hole, Code::format, {at(hole, 9), "hole"}},
      {"overlap", overlap, Code::format, {at(overlap, 7), "overlap"}},
      {"same bytes twice",
       second(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 8),
       Code::format,
       {kSecondName, "overlap"}},
      {"past the end", past, Code::format, {at(past, 8), "truncated"}},
      {"far past the end", far, Code::format, {kSecondName, "hole"}},
      {"does not begin at zero",
       raw(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", zeros(2)),
       Code::format,
       {"tensor 'w' at byte", "hole"}},
      {"no tensors but data", raw("{}", zeros(1)), Code::format, {"byte 10", "1 bytes follow"}},
  };
}

TEST(Safetensors, RefusesEveryBreachOfTheFormatAndSaysWhere) {
  for (const auto& rejects : {length_rejects(), json_rejects(), entry_rejects(), tiling_rejects()}) {
    for (const Reject& reject : rejects) {
      SCOPED_TRACE(reject.name);
      const Parsed parsed(reject.file);
      ASSERT_FALSE(parsed.result.ok());
      expect_error(parsed.result.status(), reject.code, {"folder/a.safetensors"});
      expect_error(parsed.result.status(), reject.code, reject.parts);
    }
  }
}

TEST(Safetensors, RefusesAlsoWhenMapped) {
  const TempDir folder;
  for (const Reject& reject : length_rejects()) {
    SCOPED_TRACE(reject.name);
    write_file(folder.path("a.safetensors"), reject.file);
    const auto result = Safetensors::open(folder.path("a.safetensors"));
    ASSERT_FALSE(result.ok());
    expect_error(result.status(), reject.code, {folder.path("a.safetensors")});
  }
}

TEST(Safetensors, KnowsTheSizeOfEveryType) {
  const std::pair<const char*, size_t> types[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
                                                  {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
                                                  {"U32", 4},  {"F32", 4}, {"F64", 8}, {"I64", 8},     {"U64", 8}};
  for (const auto& [dtype, size] : types) {
    SCOPED_TRACE(dtype);
    for (const int off : {-1, 0, 1}) {
      SafetensorsWriter writer;
      writer.add({"w", dtype, {3, 5}, zeros(15 * size + static_cast<size_t>(off + 1) - 1)});
      EXPECT_EQ(Parsed(writer.file()).result.ok(), off == 0);
    }
    SafetensorsWriter writer;
    writer.add({"w", dtype, {3, 5}, zeros(15 * size)});
    const Parsed parsed(writer.file());
    const bool is_weight = std::string(dtype) == "F32" || std::string(dtype) == "F16" || std::string(dtype) == "BF16";
    const auto view = parsed.result.value().view(parsed.result.value().entries()[0]);
    EXPECT_EQ(view.ok(), is_weight);
    if (!is_weight) expect_error(view.status(), Code::unsupported, {"a.safetensors", "tensor 'w' at byte", dtype});
  }
}

TEST(Safetensors, AcceptsWhatTheFormatAllows) {
  SafetensorsWriter writer;
  writer.metadata = std::nullopt;
  writer.add({"scalar", "F32", {}, "abcd"});
  writer.add({"nothing", "F32", {0, 7}, ""});
  writer.add({"also nothing", "F16", {3, 0}, ""});
  writer.add({"odd", "U8", {3}, "xyz"});
  writer.add({"unaligned", "F32", {2, 1}, "12345678"});
  const Parsed parsed(writer.file());
  ASSERT_TRUE(parsed.result.ok()) << parsed.result.status().message();
  const Safetensors& file = parsed.result.value();
  ASSERT_EQ(file.entries().size(), 5u);
  uint64_t at = 8 + writer.header().size();
  for (const SafetensorsEntry& entry : file.entries()) {
    EXPECT_EQ(entry.begin, at);
    at = entry.end;
  }
  EXPECT_EQ(at, parsed.block.size());
  const auto view = file.view(file.entries().back());
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(std::memcmp(view.value().data, "12345678", 8), 0);
  EXPECT_EQ(view.value().shape, (std::vector<int64_t>{2, 1}));
  EXPECT_TRUE(Parsed(raw("{}")).result.ok());
  EXPECT_TRUE(Parsed(raw("{}     ")).result.ok());
}

TEST(Safetensors, OrderOfKeysAndFieldsDoesNotMatter) {
  const std::string file = raw(R"({"b":{"data_offsets":[4,6],"shape":[2],"dtype":"U8"},"__metadata__":{"a":"1"},)"
                               R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                               "abcdef");
  const Parsed parsed(file);
  ASSERT_TRUE(parsed.result.ok()) << parsed.result.status().message();
  EXPECT_EQ(parsed.result.value().entries()[0].name, "a");
  EXPECT_EQ(parsed.result.value().entries()[1].name, "b");
}

TEST(Safetensors, MessagesStayShortAndPrintable) {
  const std::string name = "evil\\n\\u0000\\u001b" + std::string(400, 'x');
  const Parsed parsed(raw("{\"" + name + "\":[]}"));
  ASSERT_FALSE(parsed.result.ok());
  EXPECT_LT(parsed.result.status().message().size(), 400u);
  for (const char c : parsed.result.status().message()) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  expect_error(parsed.result.status(), Code::format, {"evil\\x0a\\x00\\x1b"});
}

}  // namespace
}  // namespace sw::test
