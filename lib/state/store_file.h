// One file of the store on disk: a state, the tokens that led to it, and who can use it.
//
//   StoreHeader  fixed size, little-endian, below; with a checksum of its own, so that it can be believed without reading the rest
//   tokens       n_tokens int32
//   payload      payload_bytes: what encode() makes (state/codec.h)
//   u64          XXH3-64 of tokens, payload and header, in this order (a packed payload's size, so the header, is known last)
//
// Files are read, never mapped: another process may shorten one at any time, and a mapping would then kill the host by SIGBUS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "base/control.h"
#include "state/codec.h"

namespace sw {

// Whose state it is. A state is only served to the very same.
struct StoreIdentity {
  std::string weights;    // Model::hash(): 32 hex digits
  std::string tokenizer;  // its hash, 32 hex digits; or empty: the tokens came without one
  std::string numerics;   // Backend::numerics(), any text
};

// Why there is no state to serve, or why a file is none.
enum class MissReason : uint8_t {
  none,             // there is one
  absent,           // never stored, or evicted
  not_longer,       // there is one, but the caller has a longer one already
  gone,             // removed by another process between find() and load()
  unreadable,       // the operating system refused, or the file is none
  truncated,        // shorter than it says
  damaged,          // a checksum, or something that it protects, is wrong
  other_version,    // written by another version of the format
  other_weights,
  other_tokenizer,
  other_kernels,
  other_codec,
  other_layout,     // of the same weights under another configuration
  other_tokens,     // a collision of hashes
  no_memory,
};
constexpr size_t kMissReasons = static_cast<size_t>(MissReason::no_memory) + 1;
const char* name_of(MissReason reason);

// Names a file: XXH3-128 of identity, codec and tokens.
struct StoreKey {
  uint64_t high = 0;
  uint64_t low = 0;
  std::string hex() const;
  friend bool operator==(const StoreKey&, const StoreKey&) = default;
};

struct StoreHeader {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;
  char weights[32];    // hex
  char tokenizer[32];  // hex; zeros when there is none
  char numerics[32];   // hex, XXH3-128 of the text
  uint32_t values;     // ValueCodec
  uint32_t packed;
  uint64_t layout;  // XXH3-64 of where the parts of the state lie
  uint64_t n_floats;
  uint64_t n_tokens;
  uint64_t tokens_high;  // XXH3-128 of the tokens
  uint64_t tokens_low;
  uint64_t payload_bytes;
  uint64_t sum;  // XXH3-64 of all that precedes

  StateCodec codec() const { return {static_cast<ValueCodec>(values), packed != 0}; }
  StoreKey key() const;
  uint64_t file_bytes() const;  // of a header that checks out
};
static_assert(std::has_unique_object_representations_v<StoreHeader>);
constexpr uint32_t kStoreVersion = 1;

// A header without tokens: what find() and load() compare with. Errors: argument for hashes that are not 32 hex digits.
Result<StoreHeader> store_header(const StoreIdentity& identity, const StateLayout& layout, StateCodec codec);

// XXH3-128 of tokens that come bit by bit.
class TokenHash {
 public:
  TokenHash();
  void update(std::span<const int32_t> tokens);
  void put(StoreHeader& header) const;  // n_tokens, tokens_high, tokens_low

 private:
  struct Memory;
  struct Delete {
    void operator()(Memory*) const;
  };
  std::unique_ptr<Memory, Delete> memory_;
  uint64_t n_tokens_ = 0;
};

// What a file turned out to be.
struct Verdict {
  MissReason reason = MissReason::none;
  std::string why;  // names the path
};

// An opened file of the store. Not thread-safe.
class StoreFile {
 public:
  // Opens without following links and checks the header, and that `named`, the key in its name, is the header's. On a reason other
  // than `none` the object can only be closed.
  static std::pair<StoreFile, Verdict> open(const std::string& path, const StoreKey& named);
  StoreFile(StoreFile&& other) noexcept;
  StoreFile& operator=(StoreFile&&) = delete;
  ~StoreFile();

  const std::string& path() const { return path_; }
  const StoreHeader& header() const { return header_; }
  // Reads all and checks it against its checksum. Errors: only cancelled and deadline; anything else is the verdict.
  Result<Verdict> verify(const Control& control);
  // The same, comparing tokens and decoding into `out`, which holds anything unless the reason is `none`.
  Result<Verdict> load(const StateLayout& layout, std::span<const int32_t> tokens, std::span<float> out, const Allocator& allocator,
                       const Control& control);
  // Now is when it was last used: what eviction goes by. A read-only folder lets it be.
  void touch();

 private:
  explicit StoreFile(std::string path) : path_(std::move(path)) {}
  Verdict read_header();

  std::string path_;
  int fd_ = -1;
  StoreHeader header_{};
};

// Why a file with header `found` is not for the one who expects `expected` (tokens aside); none when it is.
MissReason compare(const StoreHeader& found, const StoreHeader& expected);

// Writes aside, syncs when `durable`, renames. `header` as store_header() and TokenHash::put() made it.
// Errors: what encode() says, io, cancelled and deadline; nothing is left then.
Status write_store_file(const std::string& path, StoreHeader header, const StateLayout& layout, std::span<const int32_t> tokens,
                        std::span<const float> state, const Allocator& allocator, bool durable, const Control& control);

}  // namespace sw
