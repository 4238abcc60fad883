// Snapshot files: a damaged, foreign or half-written one never becomes a state, and a failed save leaves the folder as it was.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "support/session.h"

namespace sw::test {
namespace {

class SnapshotFile : public testing::Test {
 protected:
  void SetUp() override {
    write_hf(folder_.path(), shapes()[1]);
    engine_ = make_engine();
    model_ = open_weights(engine_.get(), folder_.path());
    info_ = info_of(model_.get());
    std::mt19937_64 random(8);
    ids_ = random_ids(random, 77, info_.vocab_size);
    const SequenceHandle sequence = make_sequence(model_.get());
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), nullptr, nullptr));
    sw_snapshot* out = nullptr;
    ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &out));
    snapshot_.reset(out);
    path_ = files_.path("state");
    ASSERT_STATUS(SW_OK, sw_snapshot_save(out, path_.c_str(), nullptr));
    bytes_ = read_file(path_);
  }

  // What loading these bytes gives; a state that is taken must be the right one.
  sw_status load(const std::string& bytes) {
    write_file(path_, bytes);
    return load_from(model_.get());
  }
  sw_status load_from(sw_model* model) {
    sw_snapshot* out = reinterpret_cast<sw_snapshot*>(uintptr_t{0x10});
    const sw_status status = sw_snapshot_load(model, path_.c_str(), nullptr, &out);
    EXPECT_EQ(out != nullptr, status == SW_OK);
    SnapshotHandle handle(out);
    if (status == SW_OK) {
      const SequenceHandle sequence = make_sequence(model);
      EXPECT_STATUS(SW_OK, sw_sequence_restore(sequence.get(), out));
      EXPECT_EQ(bytes_of(sequence.get(), info_), cold_bytes(model, ids_));
    }
    handle.reset();
    EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
    EXPECT_EQ(info_of(engine_.get()).snapshot_bytes, kept_);
    return status;
  }

  TempDir folder_, files_;
  EngineHandle engine_;
  ModelHandle model_;
  sw_model_info info_{};
  std::vector<int32_t> ids_;
  SnapshotHandle snapshot_;
  std::string path_;
  std::string bytes_;
  uint64_t kept_ = 0;
};

TEST_F(SnapshotFile, LoadsWhatWasSaved) {
  sw_snapshot* out = nullptr;
  ASSERT_STATUS(SW_OK, sw_snapshot_load(model_.get(), path_.c_str(), nullptr, &out));
  const SnapshotHandle loaded(out);
  EXPECT_EQ(sw_snapshot_length(out), ids_.size());
  EXPECT_EQ(sw_snapshot_bytes(out), sw_snapshot_bytes(snapshot_.get()));
  const SequenceHandle sequence = make_sequence(model_.get());
  ASSERT_STATUS(SW_OK, sw_sequence_restore(sequence.get(), out));
  EXPECT_EQ(bytes_of(sequence.get(), info_), cold_bytes(model_.get(), ids_));
  // Saving what was loaded gives the same file, over the old one.
  ASSERT_STATUS(SW_OK, sw_snapshot_save(out, path_.c_str(), nullptr));
  EXPECT_EQ(read_file(path_), bytes_);
}

TEST_F(SnapshotFile, EveryTruncationIsRefused) {
  EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
  kept_ = info_of(engine_.get()).snapshot_bytes;
  const size_t header = 256;
  for (size_t n = 0; n < bytes_.size(); n += n < header || n + header > bytes_.size() ? 1 : 101) {
    ASSERT_EQ(load(bytes_.substr(0, n)), SW_E_FORMAT) << n << " of " << bytes_.size() << " bytes: " << sw_last_error();
  }
  for (const size_t extra : {1, 7, 8, 4096}) ASSERT_EQ(load(bytes_ + std::string(extra, '\0')), SW_E_FORMAT) << sw_last_error();
  ASSERT_EQ(load(bytes_), SW_OK) << sw_last_error();
}

TEST_F(SnapshotFile, NoBitFlipMakesAState) {
  EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
  kept_ = info_of(engine_.get()).snapshot_bytes;
  std::mt19937_64 random(5);
  const size_t header = 128;
  for (size_t i = 0; i < header * 8 + 3000; ++i) {
    const size_t bit = i < header * 8 ? i : random() % (bytes_.size() * 8);
    std::string damaged = bytes_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const sw_status status = load(damaged);
    ASSERT_TRUE(status == SW_E_FORMAT || (status == SW_E_MISMATCH && bit < header * 8)) << "bit " << bit << ": " << name_of(status);
  }
  for (int i = 0; i < 300; ++i) {  // whole stretches of something else
    std::string damaged = bytes_;
    const size_t at = random() % bytes_.size(), n = std::min<size_t>(1 + random() % 600, bytes_.size() - at);
    for (size_t k = at; k < at + n; ++k) damaged[k] = static_cast<char>(random());
    ASSERT_NE(load(damaged), SW_OK);
  }
}

TEST_F(SnapshotFile, OtherWeightsAndOtherKernelsAreAMismatch) {
  EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
  kept_ = info_of(engine_.get()).snapshot_bytes;
  TinySpec spec = shapes()[1];
  spec.seed = 42;
  TempDir folder;
  write_hf(folder.path(), spec);
  const ModelHandle other = open_weights(engine_.get(), folder.path());
  EXPECT_EQ(load_from(other.get()), SW_E_MISMATCH) << sw_last_error();
  const EngineHandle ref = make_engine(1, SW_CPU_REF);
  if (std::string(info_of(ref.get()).kernels) == info_of(engine_.get()).kernels) return;
  const ModelHandle same = open_weights(ref.get(), folder_.path());
  EXPECT_EQ(load_from(same.get()), SW_E_MISMATCH) << sw_last_error();
  // The same weights in another layout are the same model.
  TempDir layout;
  write_mamba_ssm(layout.path(), shapes()[1]);
  const ModelHandle again = open_weights(engine_.get(), layout.path());
  EXPECT_EQ(load_from(again.get()), SW_OK) << sw_last_error();
}

TEST_F(SnapshotFile, WhatIsNoFile) {
  sw_snapshot* out = nullptr;
  EXPECT_STATUS(SW_E_NOT_FOUND, sw_snapshot_load(model_.get(), files_.path("none").c_str(), nullptr, &out));
  EXPECT_STATUS(SW_E_IO, sw_snapshot_load(model_.get(), files_.path().c_str(), nullptr, &out));
  ASSERT_EQ(::mkfifo(files_.path("fifo").c_str(), 0600), 0);
  EXPECT_STATUS(SW_E_IO, sw_snapshot_load(model_.get(), files_.path("fifo").c_str(), nullptr, &out));
  EXPECT_STATUS(SW_E_IO, sw_snapshot_load(model_.get(), "/dev/zero", nullptr, &out));
}

TEST_F(SnapshotFile, AFailedSaveLeavesTheFolderAsItWas) {
  write_file(path_, "what was there");
  const auto names = listing(files_.path());
  const auto expect_unchanged = [&] {
    EXPECT_EQ(read_file(path_), "what was there");
    EXPECT_EQ(listing(files_.path()), names);
  };
  // A folder where the file should be, and folders that are not there or cannot be written.
  std::filesystem::create_directory(files_.path("folder"));
  write_file(files_.path("folder/inside"), "x");
  EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), files_.path("folder").c_str(), nullptr));
  std::filesystem::remove_all(files_.path("folder"));
  expect_unchanged();
  EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), files_.path("none/state").c_str(), nullptr));
  EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), (path_ + "/state").c_str(), nullptr));
  EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), "", nullptr));
  EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), "/proc/state", nullptr));
  expect_unchanged();
  if (::geteuid() != 0) {
    ASSERT_EQ(::chmod(files_.path().c_str(), 0500), 0);
    EXPECT_STATUS(SW_E_IO, sw_snapshot_save(snapshot_.get(), path_.c_str(), nullptr));
    ASSERT_EQ(::chmod(files_.path().c_str(), 0700), 0);
    expect_unchanged();
  }
  // Cancelled on the way.
  sw_run_options stop = SW_RUN_OPTIONS_INIT;
  stop.progress = [](void*, uint64_t, uint64_t) -> int32_t { return 1; };
  EXPECT_STATUS(SW_E_CANCELLED, sw_snapshot_save(snapshot_.get(), path_.c_str(), &stop));
  expect_unchanged();
  sw_snapshot* out = nullptr;
  write_file(files_.path("good"), bytes_);
  EXPECT_STATUS(SW_E_CANCELLED, sw_snapshot_load(model_.get(), files_.path("good").c_str(), &stop, &out));
  EXPECT_EQ(out, nullptr);
}

// A disk that is full after any number of bytes: the limit on file sizes fails writes alike.
TEST_F(SnapshotFile, AFullDiskLeavesTheFolderAsItWas) {
  write_file(path_, "what was there");
  const auto names = listing(files_.path());
  struct rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const size_t room : {size_t{0}, size_t{1}, size_t{100}, bytes_.size() / 2, bytes_.size() - 9, bytes_.size() - 1}) {
    const struct rlimit small = {room, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const sw_status status = sw_snapshot_save(snapshot_.get(), path_.c_str(), nullptr);
    const std::string said = sw_last_error();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_EQ(status, SW_E_IO) << said;
    EXPECT_NE(said.find(path_), std::string::npos) << said;
    EXPECT_EQ(read_file(path_), "what was there");
    EXPECT_EQ(listing(files_.path()), names);
  }
  std::signal(SIGXFSZ, handler);
  ASSERT_STATUS(SW_OK, sw_snapshot_save(snapshot_.get(), path_.c_str(), nullptr));
  EXPECT_EQ(read_file(path_), bytes_);
}

TEST_F(SnapshotFile, ASpentBudgetRefusesToLoad) {
  const EngineHandle engine = make_engine(1, 0, 16);
  const ModelHandle model = open_weights(engine.get(), folder_.path());
  sw_snapshot* out = nullptr;
  EXPECT_STATUS(SW_E_NO_MEMORY, sw_snapshot_load(model.get(), path_.c_str(), nullptr, &out));
  EXPECT_EQ(out, nullptr);
}

}  // namespace
}  // namespace sw::test
