// Files of the state store, and encoded states. Half of the inputs get right checksums and sizes, so that the fuzzer gets behind
// those checks at once: what then loads must hold together.
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "state/store_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// A block with padding after each of its parts.
sw::StateLayout small_layout() {
  sw::StateLayout layout;
  layout.blocks.push_back({0, 9, 16, 24, 6});
  layout.hidden_offset = 48;
  layout.hidden_size = 5;
  layout.n_floats = 64;
  return layout;
}

void mend(std::vector<uint8_t>& file) {
  const size_t n = sizeof(sw::StoreHeader) + sizeof(uint64_t);
  if (file.size() < n) return;
  const sw::StateLayout layout = small_layout();
  sw::StoreHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  const sw::StoreHeader sound = sw::store_header({std::string(32, 'a'), "", ""}, layout, sw::StateCodec()).value();
  std::memcpy(header.magic, sound.magic, sizeof header.magic);
  header.version = sound.version;
  header.header_bytes = sound.header_bytes;
  header.values %= 3;
  header.packed %= 2;
  header.n_tokens = 1 + header.n_tokens % 8;
  const size_t before = n + header.n_tokens * sizeof(int32_t);
  // Without zstd there is one right size; with it the fuzzer finds frames.
  file.resize(std::max(before, header.packed != 0 ? file.size() : before + sw::encoded_bytes_max(layout, header.codec())));
  header.payload_bytes = file.size() - before;
  header.sum = XXH3_64bits(&header, offsetof(sw::StoreHeader, sum));
  // The checksum at the end goes over tokens and payload, then the header: in one run of bytes here.
  std::vector<uint8_t> summed(file.begin() + sizeof header, file.end() - sizeof(uint64_t));
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  summed.insert(summed.end(), bytes, bytes + sizeof header);
  const uint64_t sum = XXH3_64bits(summed.data(), summed.size());
  std::memcpy(file.data(), &header, sizeof header);
  std::memcpy(file.data() + file.size() - sizeof sum, &sum, sizeof sum);
}

const std::string& path() {
  static const std::string name = "/tmp/sw-store-fuzz-" + std::to_string(::getpid());
  return name;
}

void check_file(const std::vector<uint8_t>& bytes) {
  const int fd = ::open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(fd);
  sw::StoreKey key;
  if (bytes.size() >= sizeof(sw::StoreHeader)) {
    sw::StoreHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    key = header.key();
  }
  auto [file, opened] = sw::StoreFile::open(path(), key);
  if (opened.reason == sw::MissReason::none) {
    require(file.header().file_bytes() == bytes.size());
    const auto verified = file.verify({});
    require(verified.ok());
    std::vector<int32_t> tokens(file.header().n_tokens);
    std::memcpy(tokens.data(), bytes.data() + sizeof(sw::StoreHeader), tokens.size() * sizeof(int32_t));
    const sw::StateLayout layout = small_layout();
    std::vector<float> out(layout.n_floats, 1.0f);
    const auto loaded = file.load(layout, tokens, out, sw::system_allocator(), {});
    require(loaded.ok());
    if (loaded.value().reason == sw::MissReason::none) {
      require(verified.value().reason == sw::MissReason::none);
      require(out[15] == 0.0f && out[63] == 0.0f);
    }
  }
  ::unlink(path().c_str());
}

void check_codec(uint8_t choice, const uint8_t* data, size_t size) {
  const sw::StateLayout layout = small_layout();
  const sw::StateCodec codec{static_cast<sw::ValueCodec>(choice % 3), choice / 3 % 2 == 1};
  std::vector<float> out(layout.n_floats);
  const auto status = sw::decode(layout, codec, std::as_bytes(std::span(data, size)), sw::system_allocator(), out);
  if (!status.ok() || codec.values == sw::ValueCodec::int8) return;
  // What decodes encodes to the same values again.
  const auto again = sw::encode(layout, out, codec, sw::system_allocator());
  require(again.ok());
  std::vector<float> twice(layout.n_floats);
  require(sw::decode(layout, codec, again.value().bytes(), sw::system_allocator(), twice).ok());
  for (size_t i = 0; i < out.size(); ++i) require(out[i] == twice[i] || (out[i] != out[i] && twice[i] != twice[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::vector<uint8_t> bytes(data + 1, data + size);
  if (data[0] % 4 == 0) check_codec(data[0] / 4, data + 1, size - 1);
  if (data[0] % 4 == 1) mend(bytes);
  if (data[0] % 4 != 0) check_file(bytes);
  return 0;
}
