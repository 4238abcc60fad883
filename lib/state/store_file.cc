#include "state/store_file.h"

#define XXH_STATIC_LINKING_ONLY  // for the size of XXH3_state_t, stable since 0.8
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

#include "base/atomic_file.h"
#include "base/checked.h"

namespace sw {
namespace {

static_assert(std::endian::native == std::endian::little, "store files are little-endian");

// Magic, version and header_bytes stay where they are in every version to come.
constexpr char kMagic[8] = {'S', 'W', 's', 't', 'o', 'r', 'e', '\0'};
constexpr size_t kStep = size_t{1} << 20;
constexpr size_t kSummed = offsetof(StoreHeader, sum);

using ull = unsigned long long;

bool is_hex(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

uint64_t sum_of(const StoreHeader& header) { return XXH3_64bits(&header, kSummed); }

uint64_t hash_of(const StateLayout& layout) {
  std::vector<uint64_t> places{layout.n_floats, layout.hidden_offset, layout.hidden_size};
  for (const StateLayout::Block& b : layout.blocks) {
    places.insert(places.end(), {b.conv_offset, b.conv_size, b.ssm_offset, b.ssm_size, b.d_state});
  }
  return XXH3_64bits(places.data(), places.size() * sizeof(uint64_t));
}

// The size that a file with this header has, or nothing on overflow.
std::optional<uint64_t> checked_file_bytes(const StoreHeader& header) {
  const auto tokens = checked_mul(header.n_tokens, sizeof(int32_t));
  const auto body = tokens ? checked_add(*tokens, header.payload_bytes) : std::nullopt;
  return body ? checked_add(*body, sizeof(StoreHeader) + sizeof(uint64_t)) : std::nullopt;
}

Verdict verdict(MissReason reason, const std::string& path, const std::string& text) { return {reason, path + ": " + text}; }

// Reads a file from front to end, hashing. What goes wrong is kept as a verdict, and as a Status for decode() to pass on.
class HashedReader {
 public:
  HashedReader(int fd, const std::string& path, const StoreHeader& header, const Control& control)
      : fd_(fd), path_(path), header_(header), control_(control), at_(sizeof(StoreHeader)) {
    XXH3_64bits_reset(&hash_);
  }

  Status read(std::span<std::byte> to) {
    while (!to.empty()) {
      const auto step = to.first(std::min(to.size(), kStep));
      SW_TRY(read_all(step));
      XXH3_64bits_update(&hash_, step.data(), step.size());
      to = to.subspan(step.size());
      if (Status status = control_.step(at_, header_.file_bytes()); !status.ok()) return stopped_ = status;
    }
    return {};
  }

  // Reads over what is left of the payload.
  Status skip(std::vector<std::byte>& buffer) {
    const uint64_t end = header_.file_bytes() - sizeof(uint64_t);
    while (at_ < end) SW_TRY(read(std::span(buffer).first(std::min<uint64_t>(buffer.size(), end - at_))));
    return {};
  }

  Status check_sum() {
    uint64_t stored = 0;
    SW_TRY(read_all(std::as_writable_bytes(std::span(&stored, 1))));
    XXH3_64bits_update(&hash_, &header_, sizeof header_);
    if (stored == XXH3_64bits_digest(&hash_)) return {};
    return fail(MissReason::damaged, "the checksum at its end does not match; the file is damaged");
  }

  // cancelled or deadline, when the caller wanted it so.
  const Status& stopped() const { return stopped_; }
  const Verdict& found() const { return found_; }

 private:
  Status read_all(std::span<std::byte> to) {
    while (!to.empty()) {
      const ssize_t n = ::pread(fd_, to.data(), to.size(), static_cast<off_t>(at_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail(MissReason::unreadable, format("cannot read at byte %llu: %s", ull{at_}, std::strerror(errno)));
      if (n == 0) return fail(MissReason::truncated, format("ends at byte %llu of %llu", ull{at_}, ull{header_.file_bytes()}));
      to = to.subspan(static_cast<size_t>(n));
      at_ += static_cast<uint64_t>(n);
    }
    return {};
  }
  Status fail(MissReason reason, const std::string& text) {
    found_ = verdict(reason, path_, text);
    return {Code::format, found_.why};
  }

  int fd_;
  const std::string& path_;
  const StoreHeader& header_;
  const Control& control_;
  uint64_t at_;
  XXH3_state_t hash_;
  Status stopped_;
  Verdict found_;
};

}  // namespace

const char* name_of(MissReason reason) {
  static constexpr std::array<const char*, kMissReasons> kNames = {
      "none",           "absent",        "not_longer",    "gone",        "unreadable",      "truncated",    "damaged",
      "other_version",  "other_weights", "other_tokenizer", "other_kernels", "other_codec", "other_layout", "other_tokens", "no_memory"};
  const auto i = static_cast<size_t>(reason);
  return i < kNames.size() ? kNames[i] : "unknown";
}

std::string StoreKey::hex() const { return format("%016llx%016llx", ull{high}, ull{low}); }

StoreKey StoreHeader::key() const {
  StoreHeader named = *this;
  // All that says what the state is; not where its parts lie or how long they are, which follows. With the version: two versions
  // that share a folder do not overwrite each other's files.
  named.header_bytes = 0;
  named.layout = named.n_floats = named.payload_bytes = 0;
  const XXH128_hash_t h = XXH3_128bits(&named, kSummed);
  return {h.high64, h.low64};
}

uint64_t StoreHeader::file_bytes() const { return checked_file_bytes(*this).value_or(0); }

Result<StoreHeader> store_header(const StoreIdentity& identity, const StateLayout& layout, StateCodec codec) {
  if (!is_hex(identity.weights) || !(identity.tokenizer.empty() || is_hex(identity.tokenizer))) {
    return error(Code::argument, "the hashes of weights and tokenizer must be 32 hex digits to store states under");
  }
  StoreHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kStoreVersion;
  header.header_bytes = sizeof(StoreHeader);
  std::copy(identity.weights.begin(), identity.weights.end(), header.weights);
  std::copy(identity.tokenizer.begin(), identity.tokenizer.end(), header.tokenizer);
  const XXH128_hash_t numerics = XXH3_128bits(identity.numerics.data(), identity.numerics.size());
  const std::string hex = StoreKey{numerics.high64, numerics.low64}.hex();
  std::copy(hex.begin(), hex.end(), header.numerics);
  header.values = static_cast<uint32_t>(codec.values);
  header.packed = codec.packed ? 1 : 0;
  header.layout = hash_of(layout);
  header.n_floats = layout.n_floats;
  return header;
}

struct TokenHash::Memory {
  XXH3_state_t hash;
};

void TokenHash::Delete::operator()(Memory* memory) const { std::default_delete<Memory>()(memory); }

TokenHash::TokenHash() : memory_(std::make_unique<Memory>().release()) { XXH3_128bits_reset(&memory_->hash); }

void TokenHash::update(std::span<const int32_t> tokens) {
  XXH3_128bits_update(&memory_->hash, tokens.data(), tokens.size_bytes());
  n_tokens_ += tokens.size();
}

void TokenHash::put(StoreHeader& header) const {
  const XXH128_hash_t h = XXH3_128bits_digest(&memory_->hash);
  header.n_tokens = n_tokens_;
  header.tokens_high = h.high64;
  header.tokens_low = h.low64;
}

MissReason compare(const StoreHeader& found, const StoreHeader& expected) {
  const auto same = [](const char (&a)[32], const char (&b)[32]) { return std::memcmp(a, b, sizeof a) == 0; };
  if (!same(found.weights, expected.weights)) return MissReason::other_weights;
  if (!same(found.tokenizer, expected.tokenizer)) return MissReason::other_tokenizer;
  if (!same(found.numerics, expected.numerics)) return MissReason::other_kernels;
  if (found.values != expected.values || found.packed != expected.packed) return MissReason::other_codec;
  if (found.layout != expected.layout || found.n_floats != expected.n_floats) return MissReason::other_layout;
  return MissReason::none;
}

StoreFile::StoreFile(StoreFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), header_(other.header_) {}

StoreFile::~StoreFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::pair<StoreFile, Verdict> StoreFile::open(const std::string& path, const StoreKey& named) {
  StoreFile file(path);
  // O_NONBLOCK: opening a FIFO returns at once and is then refused.
  file.fd_ = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  Verdict found;
  if (file.fd_ < 0) {
    found = verdict(errno == ENOENT || errno == ENOTDIR ? MissReason::gone : MissReason::unreadable, path,
                    std::string("cannot open: ") + std::strerror(errno));
  } else {
    found = file.read_header();
    if (found.reason == MissReason::none && file.header_.key() != named) {
      found = verdict(MissReason::damaged, path, "its name is not that of what it holds");
    }
  }
  return {std::move(file), std::move(found)};
}

Verdict StoreFile::read_header() {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return verdict(MissReason::unreadable, path_, std::string("cannot stat: ") + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return verdict(MissReason::unreadable, path_, "not a regular file");
  ssize_t n;
  do {
    n = ::pread(fd_, &header_, sizeof header_, 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return verdict(MissReason::unreadable, path_, std::string("cannot read: ") + std::strerror(errno));
  if (static_cast<size_t>(n) < offsetof(StoreHeader, weights)) return verdict(MissReason::truncated, path_, "ends within its header");
  if (std::memcmp(header_.magic, kMagic, sizeof kMagic) != 0) {
    return verdict(MissReason::damaged, path_, "not a file of a state store (bad magic at byte 0)");
  }
  if (header_.version != kStoreVersion || header_.header_bytes != sizeof(StoreHeader)) {
    return verdict(MissReason::other_version, path_, format("store format %u, this version reads %u", header_.version, kStoreVersion));
  }
  if (static_cast<size_t>(n) < sizeof header_) return verdict(MissReason::truncated, path_, "ends within its header");
  const auto bytes = checked_file_bytes(header_);
  const bool sound = header_.sum == sum_of(header_) && bytes && header_.values <= static_cast<uint32_t>(ValueCodec::int8) &&
                     header_.packed <= 1 && header_.n_tokens > 0;
  if (!sound) return verdict(MissReason::damaged, path_, "the checksum of its header does not match; the file is damaged");
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size < *bytes) return verdict(MissReason::truncated, path_, format("%llu bytes of %llu", ull{size}, ull{*bytes}));
  if (size > *bytes) return verdict(MissReason::damaged, path_, format("%llu bytes instead of %llu", ull{size}, ull{*bytes}));
  return {};
}

Result<Verdict> StoreFile::verify(const Control& control) {
  HashedReader reader(fd_, path_, header_, control);
  std::vector<std::byte> buffer(kStep);
  Status status = reader.skip(buffer);
  if (status.ok()) status = reader.check_sum();
  if (!reader.stopped().ok()) return reader.stopped();
  return reader.found();
}

Result<Verdict> StoreFile::load(const StateLayout& layout, std::span<const int32_t> tokens, std::span<float> out,
                                const Allocator& allocator, const Control& control) {
  if (header_.n_tokens > tokens.size()) return verdict(MissReason::other_tokens, path_, "a state of more tokens than are asked for");
  HashedReader reader(fd_, path_, header_, control);
  std::vector<std::byte> buffer(kStep);
  auto expected = std::as_bytes(tokens.first(header_.n_tokens));
  bool same = true;
  Status status;
  while (!expected.empty() && same && status.ok()) {
    const auto step = std::span(buffer).first(std::min(buffer.size(), expected.size()));
    status = reader.read(step);
    same = !status.ok() || std::memcmp(step.data(), expected.data(), step.size()) == 0;
    expected = expected.subspan(step.size());
  }
  bool no_memory = false;
  if (!same) {
    status = reader.skip(buffer);  // damage, or a collision of hashes: the checksum tells
  } else if (status.ok()) {
    const ByteSource source = [&](std::span<std::byte> to) { return reader.read(to); };
    status = decode(layout, header_.codec(), header_.payload_bytes, source, allocator, out);
    no_memory = status.code() == Code::no_memory;
  }
  if (status.ok()) status = reader.check_sum();
  if (!reader.stopped().ok()) return reader.stopped();
  if (reader.found().reason != MissReason::none) return reader.found();
  if (no_memory) return verdict(MissReason::no_memory, path_, status.message());
  if (!status.ok()) return verdict(MissReason::damaged, path_, status.message());
  if (!same) return verdict(MissReason::other_tokens, path_, "a state of other tokens with the same hash");
  return Verdict{};
}

void StoreFile::touch() {
  const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  (void)::futimens(fd_, now);
}

Status write_store_file(const std::string& path, StoreHeader header, const StateLayout& layout, std::span<const int32_t> tokens,
                        std::span<const float> state, const Allocator& allocator, bool durable, const Control& control) {
  SW_ASSIGN(AtomicFile file, AtomicFile::create(path));
  XXH3_state_t hash;
  XXH3_64bits_reset(&hash);
  uint64_t done = sizeof header;
  const uint64_t total = done + tokens.size_bytes() + encoded_bytes_max(layout, header.codec()) + sizeof(uint64_t);
  const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
    XXH3_64bits_update(&hash, bytes.data(), bytes.size());
    SW_TRY(file.write(bytes));
    done += bytes.size();
    return control.step(done, total);
  };
  const auto header_bytes = std::as_bytes(std::span(&header, 1));
  SW_TRY(file.write(header_bytes));
  SW_TRY(sink(std::as_bytes(tokens)));
  const uint64_t payload = done;
  SW_TRY(encode(layout, state, header.codec(), allocator, sink));
  header.payload_bytes = done - payload;
  header.sum = sum_of(header);
  XXH3_64bits_update(&hash, &header, sizeof header);
  const uint64_t sum = XXH3_64bits_digest(&hash);
  SW_TRY(file.write(std::as_bytes(std::span(&sum, 1))));
  SW_TRY(file.write_at(0, header_bytes));
  return file.commit(durable);
}

}  // namespace sw
