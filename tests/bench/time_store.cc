#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "state/codec.h"
#include "state/disk_store.h"
#include "store_bench.h"

namespace sw::bench {
namespace {

constexpr size_t kPrefix = 1500;
constexpr size_t kCopyBytes = size_t{64} << 20;

double gb(const std::vector<double>& rates) {
  return median(rates) * 1e-9;
}

// A real state of the model, of code.
Result<State> real_state(const Opened& opened, std::vector<int32_t>& ids) {
  SW_ASSIGN(ids, tokens_of(*opened.tokenizer, some_code()[0], kPrefix));
  return state_after(*opened.model, ids);
}

std::vector<StateCodec> codecs() {
  std::vector<StateCodec> all;
  for (const ValueCodec values : {ValueCodec::f32, ValueCodec::bf16, ValueCodec::int8}) {
    for (const bool packed : {false, true}) all.push_back({values, packed});
  }
  return all;
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (size_t i = 0; i < a.size(); ++i) out.push_back(a[i] / b[i]);
  return out;
}

Result<std::string> time_codec(const HostModel& model, const State& state, StateCodec codec, CopyBandwidth& copy,
                               int repeats) {
  SW_ASSIGN(State live, model.new_state());
  const auto n_bytes = static_cast<double>(state.n_bytes());
  std::vector<double> copies, encodes, decodes;
  size_t encoded_bytes = 0;
  for (int i = -1; i < repeats; ++i) {
    const double copied = copy.measure(1);
    double start = seconds();
    SW_ASSIGN(const EncodedState encoded, encode(model.layout(), state.floats(), codec, system_allocator()));
    const double encode_seconds = seconds() - start;
    start = seconds();
    SW_TRY(decode(model.layout(), codec, encoded.bytes(), system_allocator(), live.floats()));
    const double decode_seconds = seconds() - start;
    encoded_bytes = encoded.bytes().size();
    if (i < 0) continue;
    copies.push_back(copied);
    encodes.push_back(n_bytes / encode_seconds);
    decodes.push_back(n_bytes / decode_seconds);
  }
  const double of_encode = median(ratios(encodes, copies)), of_decode = median(ratios(decodes, copies));
  print({{"what", "codec"},
         {"codec", codec.name()},
         {"state_bytes", state.n_bytes()},
         {"encoded_bytes", encoded_bytes},
         {"encode_bytes_per_s", median(encodes)},
         {"decode_bytes_per_s", median(decodes)},
         {"encode_ratio_to_memcpy", of_encode},
         {"decode_ratio_to_memcpy", of_decode},
         {"memcpy_bytes_per_s", median(copies)}});
  return format("| %s | %.2f | %.1f | %.2f | %.2f | %.2f | %.2f |\n", codec.name().c_str(),
                static_cast<double>(encoded_bytes) * 1e-6, n_bytes / static_cast<double>(encoded_bytes), gb(encodes),
                of_encode, gb(decodes), of_decode);
}

// Removes what it made.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "store-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct DiskTimes {
  std::vector<double> put, put_not_durable, find, load;
};

// Puts the state after tokens that nobody has put before, with `last` as the last one.
Result<double> time_put(DiskStore& store, const StoreIdentity& identity, const HostModel& model, std::vector<int32_t> ids,
                        int last, const State& state) {
  ids.back() = last;
  const double start = seconds();
  SW_TRY(store.put(identity, model.layout(), ids, state.floats(), {}));
  return seconds() - start;
}

Result<DiskTimes> disk_times(const HostModel& model, const std::vector<int32_t>& ids, const State& state, StateCodec codec,
                             int repeats) {
  const Folder durable_folder, other_folder;
  DiskStore::Options options;
  options.codec = codec;
  SW_ASSIGN(const auto durable, DiskStore::open(durable_folder.path(), options));
  options.durable = false;
  SW_ASSIGN(const auto other, DiskStore::open(other_folder.path(), options));
  SW_ASSIGN(const std::string weights, model.hash({}));
  const StoreIdentity identity{weights, "", model.numerics()};
  SW_ASSIGN(State live, model.new_state());
  DiskTimes times;
  for (int i = 0; i < repeats; ++i) {
    SW_ASSIGN(const double put, time_put(*durable, identity, model, ids, i, state));
    SW_ASSIGN(const double put_other, time_put(*other, identity, model, ids, i, state));
    times.put.push_back(put);
    times.put_not_durable.push_back(put_other);
    std::vector<int32_t> wanted = ids;
    wanted.back() = i;
    double start = seconds();
    SW_ASSIGN(const auto entry, durable->find(identity, model.layout(), wanted));
    times.find.push_back(seconds() - start);
    if (!entry) return error(Code::internal, "what was put is not found");
    start = seconds();
    SW_ASSIGN(const Verdict verdict, durable->load(*entry, identity, model.layout(), wanted, live.floats(), {}));
    times.load.push_back(seconds() - start);
    if (verdict.reason != MissReason::none) return error(Code::internal, "%s", verdict.why.c_str());
  }
  return times;
}

}  // namespace

Result<std::string> time_codecs(const Opened& opened, int repeats) {
  std::vector<int32_t> ids;
  SW_ASSIGN(const State state, real_state(opened, ids));
  CopyBandwidth copy(kCopyBytes);
  std::string table =
      "| codec | MB | size ratio | encode, GB/s of float32 | of memcpy | decode, GB/s of float32 | of memcpy |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const StateCodec codec : codecs()) {
    SW_ASSIGN(const std::string row, time_codec(*opened.model, state, codec, copy, 2 * repeats));
    table += row;
  }
  return table + format("\nOne thread, the state of the embedded model (%.1f MB) after %zu tokens of code.\n",
                        static_cast<double>(state.n_bytes()) * 1e-6, ids.size());
}

Result<std::string> time_disk(const Opened& opened, int repeats) {
  std::vector<int32_t> ids;
  SW_ASSIGN(const State state, real_state(opened, ids));
  std::string table =
      "| codec | put, durable, ms | largest | put, not synced, ms | find, ms | load, ms | load, GB/s of float32 |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const StateCodec codec : codecs()) {
    SW_ASSIGN(const DiskTimes times, disk_times(*opened.model, ids, state, codec, repeats));
    const double load_rate = static_cast<double>(state.n_bytes()) / median(times.load);
    print({{"what", "disk"},
           {"codec", codec.name()},
           {"state_bytes", state.n_bytes()},
           {"put_ms", 1e3 * median(times.put)},
           {"put_ms_max", 1e3 * quantile(times.put, 1)},
           {"put_not_durable_ms", 1e3 * median(times.put_not_durable)},
           {"find_ms", 1e3 * median(times.find)},
           {"load_ms", 1e3 * median(times.load)},
           {"load_bytes_per_s", load_rate}});
    table += format("| %s | %.1f | %.1f | %.1f | %.2f | %.1f | %.2f |\n", codec.name().c_str(), 1e3 * median(times.put),
                    1e3 * quantile(times.put, 1), 1e3 * median(times.put_not_durable), 1e3 * median(times.find),
                    1e3 * median(times.load), load_rate * 1e-9);
  }
  return table + "\nLoads are of files that the page cache holds.\n";
}

}  // namespace sw::bench
