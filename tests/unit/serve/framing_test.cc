// Laws of the reader of messages: what comes out does not depend on how the bytes were cut, what is held is bounded, and after junk the next
// message is found.
#include "serve/framing.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace sw::tool {
namespace {

using Event = MessageReader::Event;

constexpr size_t kLimit = 5000;

struct Seen {
  Event event;
  std::string body;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> read_in_pieces(const std::string& bytes, const std::vector<size_t>& sizes) {
  MessageReader reader(kLimit);
  std::vector<Seen> out;
  for (size_t at = 0, i = 0; at < bytes.size(); ++i) {
    const size_t n = std::min(sizes[i % sizes.size()], bytes.size() - at);
    reader.feed(std::string_view(bytes).substr(at, n));
    at += n;
    std::string_view body;
    for (Event event = reader.next(body); event != Event::none; event = reader.next(body)) {
      out.push_back({event, event == Event::junk ? "" : std::string(body)});
    }
  }
  return out;
}

std::string random_bytes(std::mt19937& random, size_t n_max) {
  constexpr std::string_view kLikely = "Content-Length: 123\r\n\n{}\":x\0\xff";
  std::string out(random() % n_max, ' ');
  for (char& c : out) c = random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
  return out;
}

TEST(MessageReader, ReadsTheSameHoweverItIsCut) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      const std::string body = random_bytes(random, seed % 2 == 0 ? 40 : 2 * kLimit);
      bytes += random() % 3 == 0 ? body : framed(body);
    }
    const auto whole = read_in_pieces(bytes, {bytes.size() + 1});
    EXPECT_EQ(read_in_pieces(bytes, {1}), whole) << "seed " << seed;
    EXPECT_EQ(read_in_pieces(bytes, {7, 1, 1000, 2}), whole) << "seed " << seed;
  }
}

TEST(MessageReader, GivesEveryMessageThatWasFramed) {
  std::mt19937 random(1);
  std::string bytes;
  std::vector<Seen> wanted;
  for (int i = 0; i < 100; ++i) {
    const std::string body = random_bytes(random, 2 * kLimit);
    bytes += framed(body);
    const size_t end = MessageReader::kEndBytes, n_tail = std::min(body.size() - std::min(body.size(), end), end);
    wanted.push_back(body.size() <= kLimit ? Seen{Event::message, body} : Seen{Event::too_large, body.substr(0, end) + body.substr(body.size() - n_tail)});
  }
  EXPECT_EQ(read_in_pieces(bytes, {997}), wanted);
}

TEST(MessageReader, FindsTheNextMessageAfterJunk) {
  const std::vector<std::string> junk = {"hello\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length:\r\n\r\n",
                                         std::string(3 * kLimit, 'x') + "\n", "Content-Length: 5000000000\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"};
  for (const std::string& bytes : junk) {
    const std::vector<Seen> wanted = {{Event::junk, ""}, {Event::message, "{}"}};
    EXPECT_EQ(read_in_pieces(bytes + framed("{}"), {3}), wanted) << bytes.substr(0, 60);
  }
}

TEST(MessageReader, TakesOtherHeadersAndBareLineFeeds) {
  const std::vector<Seen> wanted = {{Event::message, "{}"}, {Event::message, "[]"}};
  EXPECT_EQ(read_in_pieces("content-length: 2\nContent-Type: application/json\n\n{}\r\n\r\nContent-Length:2\r\n\r\n[]", {4}), wanted);
}

}  // namespace
}  // namespace sw::tool
