// Laws of the codecs: exact is exact, rounding is bounded, and no bytes do harm.
#include "state/codec.h"

#include <gtest/gtest.h>

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cstring>
#include <limits>

#include "support.h"

namespace sw {
namespace {

using test::make_layout;
using test::make_state;
using test::realistic_state;
using test::small_layout;

const std::vector<StateCodec> kCodecs = {{ValueCodec::f32, false},  {ValueCodec::f32, true},  {ValueCodec::bf16, false},
                                         {ValueCodec::bf16, true},  {ValueCodec::int8, false}, {ValueCodec::int8, true}};

EncodedState encoded(const StateLayout& layout, std::span<const float> state, StateCodec codec) {
  auto result = encode(layout, state, codec, system_allocator());
  EXPECT_TRUE(result.ok()) << codec.name() << ": " << result.status().message();
  return std::move(result).value();
}

std::vector<float> round_trip(const StateLayout& layout, std::span<const float> state, StateCodec codec) {
  const EncodedState bytes = encoded(layout, state, codec);
  std::vector<float> out(layout.n_floats, -7.0f);
  const Status status = decode(layout, codec, bytes.bytes(), system_allocator(), out);
  EXPECT_TRUE(status.ok()) << codec.name() << ": " << status.message();
  return out;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// Layouts with every kind of edge: padding, no padding, no blocks, rows longer than a chunk, parts of several chunks.
std::vector<StateLayout> layouts() {
  return {small_layout(),
          make_layout(3, 64, 16, 16, 32),
          make_layout(0, 0, 0, 1, 5),
          make_layout(1, 3, 1, 70001, 1),
          make_layout(1, 130000, 1500, 100, 17),
          make_layout(2, 0, 7, 1, 0)};
}

TEST(StateCodec, NamesGoBothWays) {
  for (const StateCodec codec : kCodecs) {
    const auto parsed = StateCodec::parse(codec.name());
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), codec);
    EXPECT_EQ(codec.is_exact(), codec.values == ValueCodec::f32);
  }
  EXPECT_EQ(kCodecs[5].name(), "int8+zstd");
  for (const char* name : {"", "f16", "f32+", "f32+zstd ", "zstd"}) EXPECT_EQ(StateCodec::parse(name).status().code(), Code::argument);
}

TEST(StateCodec, ExactCodecsGiveEveryBitBack) {
  std::mt19937_64 random(1);
  for (const StateLayout& layout : layouts()) {
    const std::vector<std::vector<float>> states = {
        realistic_state(layout, 2), std::vector<float>(layout.n_floats, 0.0f),
        make_state(layout, [&](size_t) { return std::bit_cast<float>(static_cast<uint32_t>(random())); }),  // NaN and infinity too
        make_state(layout, [&](size_t) { return std::bit_cast<float>(static_cast<uint32_t>(random()) & 0x807fffffu); }),
        make_state(layout, [&](size_t i) { return i % 2 == 0 ? -0.0f : 1.0f; })};
    for (const auto& state : states) {
      for (const StateCodec codec : kCodecs) {
        if (codec.is_exact()) {
          EXPECT_TRUE(same_bits(round_trip(layout, state, codec), state)) << codec.name();
        }
      }
    }
  }
}

TEST(StateCodec, ConvolutionAndHiddenAreExactInEveryCodec) {
  for (const StateLayout& layout : layouts()) {
    const auto state = realistic_state(layout, 3);
    for (const StateCodec codec : kCodecs) {
      const auto out = round_trip(layout, state, codec);
      for (const auto& block : layout.blocks) {
        EXPECT_TRUE(same_bits(std::span(out).subspan(block.conv_offset, block.conv_size),
                              std::span(state).subspan(block.conv_offset, block.conv_size)));
      }
      EXPECT_TRUE(same_bits(std::span(out).subspan(layout.hidden_offset, layout.hidden_size),
                            std::span(state).subspan(layout.hidden_offset, layout.hidden_size)));
      size_t padding = 0;  // where the state is 0 because nothing is there, -7 must not shine through
      for (size_t i = 0; i < out.size(); ++i) padding += out[i] == -7.0f ? 1 : 0;
      EXPECT_EQ(padding, 0u);
    }
  }
}

TEST(StateCodec, PackingLosesNothing) {
  for (const StateLayout& layout : layouts()) {
    const auto state = realistic_state(layout, 4);
    for (const ValueCodec values : {ValueCodec::f32, ValueCodec::bf16, ValueCodec::int8}) {
      EXPECT_TRUE(same_bits(round_trip(layout, state, {values, false}), round_trip(layout, state, {values, true})));
    }
  }
}

template <class F>
void each_row(const StateLayout& layout, F&& visit) {
  for (const auto& block : layout.blocks) {
    for (size_t at = 0; at < block.ssm_size; at += block.d_state) visit(block.ssm_offset + at, block.d_state);
  }
}

TEST(StateCodec, Bf16ErrsByHalfAUnitInTheLastPlace) {
  const StateLayout layout = make_layout(1, 5, 2000, 64, 8);
  std::mt19937_64 random(5);
  const auto state = make_state(layout, [&](size_t) {
    const auto bits = static_cast<uint32_t>(random());
    return (bits & 0x7f800000u) == 0x7f800000u ? 0.0f : std::bit_cast<float>(bits);  // every finite exponent
  });
  const auto out = round_trip(layout, state, {ValueCodec::bf16, false});
  each_row(layout, [&](size_t at, size_t n) {
    for (size_t i = at; i < at + n; ++i) {
      ASSERT_TRUE(std::isfinite(out[i])) << state[i];
      const float half = std::max(std::abs(state[i]) * 0x1p-8f, 0x1p-134f);
      if (std::abs(state[i]) < 3.3e38f) {
        ASSERT_LE(std::abs(out[i] - state[i]), half) << state[i];
      }
    }
  });
  const auto one = [&](float value) {
    const StateLayout single = make_layout(1, 0, 1, 1, 0);
    return round_trip(single, make_state(single, [&](size_t) { return value; }), {ValueCodec::bf16, false})[0];
  };
  EXPECT_EQ(one(1.0f + 0x1p-8f), 1.0f);                 // a tie goes to the even neighbour, down
  EXPECT_EQ(one(1.0f + 3 * 0x1p-8f), 1.0f + 0x1p-6f);   // and up
  EXPECT_EQ(one(-1.0f - 0x1p-8f), -1.0f);
  EXPECT_LT(one(FLT_MAX), INFINITY);
  EXPECT_GT(one(-FLT_MAX), -INFINITY);
  EXPECT_EQ(one(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(one(std::bit_cast<float>(0x7f800001u))));
}

TEST(StateCodec, Int8ErrsByHalfAScaleOfItsRow) {
  const StateLayout layout = make_layout(2, 5, 900, 77, 8);
  std::mt19937_64 random(6);
  std::normal_distribution<float> normal;
  std::vector<float> row_size;
  // Rows from denormal to the largest float, so that each has a scale of its own.
  const auto state = make_state(layout, [&](size_t i) {
    const float magnitude = std::exp2(static_cast<float>(i / 77 % 277) - 149.0f);
    return std::clamp(normal(random) * magnitude, -FLT_MAX, FLT_MAX);
  });
  const auto out = round_trip(layout, state, {ValueCodec::int8, false});
  each_row(layout, [&](size_t at, size_t n) {
    float largest = 0;
    for (size_t i = at; i < at + n; ++i) largest = std::max(largest, std::abs(state[i]));
    // Half a scale, and for denormal rows the last bit that a scale can have.
    const double bound = largest / 127.0 * 0.5 * (1 + 1e-6) + (largest < 1e-35f ? 0x1p-149 * 64 : 0);
    for (size_t i = at; i < at + n; ++i) ASSERT_LE(std::abs(double{out[i]} - state[i]), bound) << state[i] << " of " << largest;
  });
}

TEST(StateCodec, Int8RoundsTiesToEven) {
  const StateLayout layout = make_layout(1, 0, 1, 6, 0);
  const float row[] = {127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f};
  const auto out = round_trip(layout, make_state(layout, [&](size_t i) { return row[i]; }), {ValueCodec::int8, true});
  const float expected[] = {127.0f, 0.0f, 2.0f, 2.0f, 0.0f, -2.0f};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(out[i], expected[i]);
}

TEST(StateCodec, Int8RefusesWhatItCannotHold) {
  const StateLayout layout = small_layout();
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    auto state = realistic_state(layout, 7);
    state[layout.blocks[1].ssm_offset + 25] = bad;
    const auto result = encode(layout, state, {ValueCodec::int8, false}, system_allocator());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), Code::argument);
    EXPECT_NE(result.status().message().find("f32"), std::string::npos);
  }
}

TEST(StateCodec, SizesAreWhatTheyAreSaidToBe) {
  const StateLayout layout = make_layout(4, 96, 4096, 64, 256);
  const auto state = realistic_state(layout, 8);
  for (const StateCodec codec : kCodecs) {
    const EncodedState bytes = encoded(layout, state, codec);
    const uint64_t most = encoded_bytes_max(layout, codec);
    EXPECT_LE(bytes.bytes().size(), most);
    if (!codec.packed) {
      EXPECT_EQ(bytes.bytes().size(), most);
    }
    EXPECT_LE(bytes.n_bytes(), most + 4);
    if (codec.packed) {
      EXPECT_LT(double(bytes.bytes().size()), 0.95 * double(encoded_bytes_max(layout, {codec.values, false}))) << codec.name();
    }
    std::vector<std::byte> again;
    ASSERT_TRUE(encode(layout, state, codec, system_allocator(), [&](std::span<const std::byte> b) -> Status {
                  again.insert(again.end(), b.begin(), b.end());
                  return {};
                }).ok());
    EXPECT_TRUE(std::ranges::equal(again, bytes.bytes())) << "not deterministic";
  }
}

TEST(StateCodec, EveryTruncationIsRefused) {
  const StateLayout layout = small_layout();
  const auto state = realistic_state(layout, 9);
  std::vector<float> out(layout.n_floats);
  for (const StateCodec codec : kCodecs) {
    const EncodedState bytes = encoded(layout, state, codec);
    for (size_t n = 0; n < bytes.bytes().size(); ++n) {
      // A copy of just these bytes, so that a sanitizer sees a read behind them.
      const std::vector<std::byte> cut(bytes.bytes().begin(), bytes.bytes().begin() + static_cast<ptrdiff_t>(n));
      ASSERT_EQ(decode(layout, codec, cut, system_allocator(), out).code(), Code::format) << codec.name() << " " << n;
    }
    std::vector<std::byte> longer(bytes.bytes().begin(), bytes.bytes().end());
    longer.push_back(std::byte{0});
    EXPECT_EQ(decode(layout, codec, longer, system_allocator(), out).code(), Code::format);
  }
}

TEST(StateCodec, NoBytesDoHarm) {
  const StateLayout layout = small_layout();
  const auto state = realistic_state(layout, 10);
  std::vector<float> out(layout.n_floats);
  std::mt19937_64 random(11);
  for (const StateCodec codec : kCodecs) {
    const EncodedState bytes = encoded(layout, state, codec);
    for (int i = 0; i < 4000; ++i) {
      std::vector<std::byte> flipped(bytes.bytes().begin(), bytes.bytes().end());
      for (uint64_t n = 1 + random() % 4; n > 0; --n) flipped[random() % flipped.size()] ^= std::byte(1u << random() % 8);
      if (i % 4 == 0) flipped.resize(random() % flipped.size());
      const Status status = decode(layout, codec, flipped, system_allocator(), out);
      ASSERT_TRUE(status.ok() || status.code() == Code::format) << status.message();
    }
    for (int i = 0; i < 1000; ++i) {
      std::vector<std::byte> noise(random() % (2 * bytes.bytes().size()));
      for (auto& byte : noise) byte = std::byte(random());
      (void)decode(layout, codec, noise, system_allocator(), out);
    }
  }
}

TEST(StateCodec, ScalesThatNoStateHasAreRefused) {
  const StateLayout layout = make_layout(1, 0, 1, 4, 0);
  std::vector<float> out(layout.n_floats);
  const auto with = [&](float scale, int8_t value) {
    std::vector<std::byte> bytes(8, std::byte(value));
    std::memcpy(bytes.data(), &scale, sizeof scale);
    return decode(layout, {ValueCodec::int8, false}, bytes, system_allocator(), out).code();
  };
  EXPECT_EQ(with(1.0f, 127), Code::ok);
  EXPECT_EQ(with(0.0f, 127), Code::ok);
  for (const float bad : {NAN, -NAN, INFINITY, -INFINITY, -1.0f, FLT_MAX}) EXPECT_EQ(with(bad, 1), Code::format) << bad;
  EXPECT_EQ(with(1.0f, -128), Code::format);
}

// What is left of the plane would be whatever was in memory.
TEST(StateCodec, FramesThatUnpackToAnotherSizeAreRefused) {
  const StateLayout layout = make_layout(1, 0, 1, 100, 0);
  std::vector<float> out(layout.n_floats);
  const auto with = [&](size_t n) {
    const std::vector<char> plane(n, 1);
    std::vector<std::byte> bytes(sizeof(float) + sizeof(uint64_t) + ZSTD_compressBound(n));
    const uint64_t size = ZSTD_compress(bytes.data() + 12, bytes.size() - 12, plane.data(), n, 1);
    const float scale = 1;
    std::memcpy(bytes.data(), &scale, sizeof scale);
    std::memcpy(bytes.data() + 4, &size, sizeof size);
    bytes.resize(12 + size);
    return decode(layout, {ValueCodec::int8, true}, bytes, system_allocator(), out).code();
  };
  EXPECT_EQ(with(100), Code::ok);
  for (const size_t n : {0u, 1u, 50u, 99u, 101u, 100000u}) EXPECT_EQ(with(n), Code::format) << n;
}

TEST(StateCodec, WrongArgumentsAndNoMemoryAreStatuses) {
  const StateLayout layout = small_layout();
  const auto state = realistic_state(layout, 12);
  std::vector<float> out(layout.n_floats - 1);
  EXPECT_EQ(encode(layout, std::span(state).first(3), {}, system_allocator()).status().code(), Code::argument);
  EXPECT_EQ(decode(layout, {}, encoded(layout, state, {}).bytes(), system_allocator(), out).code(), Code::argument);
  StateLayout wrong = layout;
  wrong.blocks[1].ssm_offset = 3;
  EXPECT_EQ(encode(wrong, state, {}, system_allocator()).status().code(), Code::argument);
  const Allocator none = {[](void*, size_t, size_t) -> void* { return nullptr; }, [](void*, void*, size_t) {}, nullptr};
  EXPECT_EQ(encode(layout, state, {}, none).status().code(), Code::no_memory);
}

}  // namespace
}  // namespace sw
