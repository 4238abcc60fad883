// The file of one snapshot.
//
//   Header  fixed size, little-endian, below
//   tokens  n_tokens int32
//   floats  n_floats float32, in the order of StateLayout: the state after kept_length() of the tokens
//   u64     XXH3-64 of all that precedes
#define XXH_STATIC_LINKING_ONLY  // for the size of XXH3_state_t, stable since 0.8
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>

#include "base/atomic_file.h"
#include "base/checked.h"
#include "base/mapped_file.h"
#include "state/snapshot.h"
#include "state/store.h"

namespace sw {
namespace {

static_assert(std::endian::native == std::endian::little, "snapshot files are little-endian");

constexpr char kMagic[8] = {'S', 'W', 's', 't', 'a', 't', 'e', '\0'};
constexpr uint32_t kVersion = 1;
constexpr size_t kWriteStep = size_t{1} << 22;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;
  char weights[32];   // XXH3-128 in hex
  char kernels[32];   // XXH3-128 in hex of the rows that computed the state
  uint64_t n_tokens;
  uint64_t n_floats;
};
static_assert(std::has_unique_object_representations_v<Header>);

std::string hex_of(const std::string& text) {
  const XXH128_hash_t h = XXH3_128bits(text.data(), text.size());
  return format("%016llx%016llx", static_cast<unsigned long long>(h.high64), static_cast<unsigned long long>(h.low64));
}

Result<Header> header_for(const Model& model, uint64_t n_tokens, const Control& control) {
  SW_ASSIGN(const std::string weights, model.hash(control));
  const std::string kernels = hex_of(model.numerics());
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.header_bytes = sizeof(Header);
  std::memcpy(header.weights, weights.data(), sizeof header.weights);
  std::memcpy(header.kernels, kernels.data(), sizeof header.kernels);
  header.n_tokens = n_tokens;
  header.n_floats = model.layout().n_floats;
  return header;
}

// Writes and hashes in steps, so that a cancel is heard.
class Writer {
 public:
  Writer(AtomicFile& file, uint64_t total, const Control& control) : file_(file), total_(total), control_(control) {
    XXH3_64bits_reset(&hash_);
  }
  Status write(const void* data, size_t n) {
    auto bytes = std::as_bytes(std::span(static_cast<const char*>(data), n));
    while (!bytes.empty()) {
      const auto step = bytes.first(std::min(bytes.size(), kWriteStep));
      XXH3_64bits_update(&hash_, step.data(), step.size());
      SW_TRY(file_.write(step));
      bytes = bytes.subspan(step.size());
      done_ += step.size();
      SW_TRY(control_.step(done_, total_));
    }
    return {};
  }
  uint64_t digest() const { return XXH3_64bits_digest(&hash_); }

 private:
  AtomicFile& file_;
  uint64_t total_;
  uint64_t done_ = 0;
  const Control& control_;
  XXH3_state_t hash_;
};

// The size that a file with this header has, or nothing on overflow.
std::optional<uint64_t> file_bytes(const Header& header) {
  const auto tokens = checked_mul(header.n_tokens, sizeof(int32_t));
  const auto floats = checked_mul(header.n_floats, sizeof(float));
  if (!tokens || !floats) return std::nullopt;
  const auto payload = checked_add(*tokens, *floats);
  return payload ? checked_add(*payload, sizeof(Header) + sizeof(uint64_t)) : std::nullopt;
}

// Everything about the header that can be told without the payload.
Status check_header(const Header& found, const Header& expected, const std::string& path, uint64_t size) {
  const char* name = path.c_str();
  if (std::memcmp(found.magic, kMagic, sizeof kMagic) != 0) {
    return error(Code::format, "%s: not a snapshot file (bad magic at byte 0)", name);
  }
  if (found.version != kVersion || found.header_bytes != sizeof(Header)) {
    return error(Code::mismatch, "%s: snapshot format %u, this version reads %u", name, found.version, kVersion);
  }
  if (file_bytes(found) != size) {
    return error(Code::format, "%s: %llu bytes do not fit a header that tells of %llu tokens and %llu floats", name,
                 static_cast<unsigned long long>(size), static_cast<unsigned long long>(found.n_tokens),
                 static_cast<unsigned long long>(found.n_floats));
  }
  if (std::memcmp(found.weights, expected.weights, sizeof found.weights) != 0 || found.n_floats != expected.n_floats) {
    return error(Code::mismatch, "%s: a snapshot of other weights (%.32s, the model has %.32s)", name, found.weights,
                 expected.weights);
  }
  if (std::memcmp(found.kernels, expected.kernels, sizeof found.kernels) != 0) {
    return error(Code::mismatch, "%s: a snapshot made by other kernels, whose numbers differ in the last bits; make it anew",
                 name);
  }
  return {};
}

Status check_sum(std::span<const std::byte> bytes, const std::string& path, const Control& control) {
  XXH3_state_t hash;
  XXH3_64bits_reset(&hash);
  const size_t n = bytes.size() - sizeof(uint64_t);
  for (size_t at = 0; at < n; at += kWriteStep) {
    XXH3_64bits_update(&hash, bytes.data() + at, std::min(kWriteStep, n - at));
    SW_TRY(control.step(at, n));
  }
  uint64_t stored;
  std::memcpy(&stored, bytes.data() + n, sizeof stored);
  if (stored != XXH3_64bits_digest(&hash)) {
    return error(Code::format, "%s: the checksum at byte %zu does not match: the file is damaged", path.c_str(), n);
  }
  return {};
}

}  // namespace

Status save_snapshot(const Snapshot& snapshot, const std::string& path, const Control& control) {
  SW_TRY(snapshot.kept->state.arrived());
  SW_ASSIGN(const Header header, header_for(*snapshot.model, snapshot.tokens.size(), control));
  SW_ASSIGN(AtomicFile file, AtomicFile::create(path));
  Writer writer(file, file_bytes(header).value_or(0), control);
  const auto floats = snapshot.kept->state.floats();
  SW_TRY(writer.write(&header, sizeof header));
  SW_TRY(writer.write(snapshot.tokens.data(), snapshot.tokens.size() * sizeof(int32_t)));
  SW_TRY(writer.write(floats.data(), floats.size_bytes()));
  const uint64_t sum = writer.digest();
  SW_TRY(file.write(std::as_bytes(std::span(&sum, 1))));
  return file.commit();
}

Result<Snapshot> load_snapshot(std::shared_ptr<const Model> model, StateStore& store, const std::string& path,
                               const Control& control) {
  SW_ASSIGN(const auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  if (bytes.size() < sizeof(Header) + sizeof(uint64_t)) {
    return error(Code::format, "%s: %zu bytes are too few for a snapshot file", path.c_str(), bytes.size());
  }
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  SW_ASSIGN(const Header expected, header_for(*model, header.n_tokens, control));
  SW_TRY(check_header(header, expected, path, bytes.size()));
  SW_TRY(check_sum(bytes, path, control));

  Snapshot snapshot;
  snapshot.tokens.resize(header.n_tokens);
  const std::byte* payload = bytes.data() + sizeof header;
  const size_t token_bytes = header.n_tokens * sizeof(int32_t);
  if (token_bytes > 0) std::memcpy(snapshot.tokens.data(), payload, token_bytes);
  for (size_t i = 0; i < snapshot.tokens.size(); ++i) {
    if (snapshot.tokens[i] < 0 || snapshot.tokens[i] >= model->vocab_size()) {
      return error(Code::format, "%s: token %zu is %d, outside the vocabulary", path.c_str(), i, snapshot.tokens[i]);
    }
  }
  auto kept = std::make_shared<KeptState>();
  kept->length = model->kept_length(snapshot.tokens.size());
  auto room = store.room_for_snapshot(*model);
  if (!room) return error(Code::no_memory, "%s: the snapshot budget of %llu bytes is spent", path.c_str(),
                           static_cast<unsigned long long>(store.budget().max()));
  kept->lease = std::move(room->lease);
  kept->state = std::move(room->memory);
  kept->state.arrive_by(nullptr);
  if (kept->state.n_bytes() == 0) {
    SW_ASSIGN(kept->state, State::uninitialised(model->layout(), model->state_allocator()));
  }
  std::memcpy(kept->state.floats().data(), payload + token_bytes, kept->state.n_bytes());
  if (model->pins_states()) {
    kept->spares = store.spares();
    kept->model = model;
  }
  snapshot.kept = std::move(kept);
  snapshot.model = std::move(model);
  return snapshot;
}

}  // namespace sw
