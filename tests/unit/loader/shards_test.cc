// Shards behind an index: the index is believed only where the shards agree, and never leads out of its folder.
#include <gtest/gtest.h>

#include "loader/checkpoint.h"
#include "loader/weight_files.h"
#include "support.h"
#include "tiny_model.h"

namespace sw::test {
namespace {

namespace fs = std::filesystem;

const std::string kTensor = "backbone.layers.1.mixer.D";

class Shards : public ::testing::Test {
 protected:
  Shards() { map_ = write_shards(folder_.path(), smallest_spec(), 3); }

  std::string index_path() const { return folder_.path("model.safetensors.index.json"); }
  // Sends one tensor to another shard.
  Status open_with(const std::string& tensor, const std::string& shard) {
    auto map = map_;
    map[tensor] = shard;
    write_file(index_path(), index_json(map));
    return open_checkpoint(folder_.path()).status();
  }

  TempDir folder_;
  std::map<std::string, std::string> map_;
};

TEST_F(Shards, AnyNumberOfShardsIsOneModel) {
  const Result<Checkpoint> three = open_checkpoint(folder_.path());
  ASSERT_TRUE(three.ok()) << three.status().message();
  for (const size_t n : {1, 2, 7, 20}) {
    const TempDir other;
    write_shards(other.path(), smallest_spec(), n);
    const Result<Checkpoint> result = open_checkpoint(other.path());
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(hash_of(result.value()), hash_of(three.value()));
    touch(result.value());
  }
}

TEST_F(Shards, NamesThatLeadOutOfTheFolderAreRefused) {
  const TempDir outside;
  const std::string name = map_.at(kTensor);
  fs::copy_file(folder_.path(name), outside.path(name));
  const std::string to_outside = "../" + fs::path(outside.path()).filename().string() + "/" + name;
  for (const std::string& bad :
       {to_outside, outside.path(name), std::string("../") + name, std::string("./") + name, std::string(".."),
        std::string("."), std::string(), std::string("sub/") + name, std::string("sub\\\\") + name,
        std::string("..\\\\") + name, std::string("C:") + name, name + "\\u0000", std::string("/"),
        std::string(256, 'x'), std::string("file://") + name}) {
    SCOPED_TRACE(bad);
    expect_error(open_with(kTensor, bad), Code::format,
                 {index_path(), "tensor '" + kTensor + "' at byte ", "not the name of a file in the folder"});
  }
}

TEST_F(Shards, LinksOutOfTheFolderAreRefused) {
  const TempDir outside;
  const std::string name = map_.at(kTensor);
  fs::rename(folder_.path(name), outside.path(name));
  fs::create_symlink(outside.path(name), folder_.path(name));
  expect_error(open_checkpoint(folder_.path()).status(), Code::format, {index_path(), name, "link out of the folder"});
  fs::remove(folder_.path(name));
  fs::create_directory_symlink(outside.path(), folder_.path(name));
  EXPECT_FALSE(open_checkpoint(folder_.path()).ok());
}

TEST_F(Shards, LinksInsideTheFolderAndTheHuggingFaceCacheAreFollowed) {
  const std::string name = map_.at(kTensor);
  fs::rename(folder_.path(name), folder_.path("elsewhere"));
  fs::create_symlink("elsewhere", folder_.path(name));
  EXPECT_TRUE(open_checkpoint(folder_.path()).ok());

  const TempDir cache;
  for (const char* sub : {"blobs", "snapshots", "snapshots/abc", "secret"}) fs::create_directory(cache.path(sub));
  for (const auto& file : fs::directory_iterator(folder_.path())) {
    const std::string base = file.path().filename().string();
    fs::copy_file(file.path(), cache.path("blobs/" + base));
    fs::create_symlink("../../blobs/" + base, cache.path("snapshots/abc/" + base));
  }
  const auto cached = open_checkpoint(cache.path("snapshots/abc"));
  EXPECT_TRUE(cached.ok()) << cached.status().message();
  fs::rename(cache.path("snapshots"), cache.path("folders"));
  expect_error(open_checkpoint(cache.path("folders/abc")).status(), Code::format, {"link out of the folder"});
  fs::rename(cache.path("folders"), cache.path("snapshots"));
  fs::rename(cache.path("blobs/" + name), cache.path("secret/" + name));
  fs::remove(cache.path("snapshots/abc/" + name));
  fs::create_symlink("../../secret/" + name, cache.path("snapshots/abc/" + name));
  expect_error(open_checkpoint(cache.path("snapshots/abc")).status(), Code::format, {name, "link out of the folder"});
}

TEST_F(Shards, AnIndexThatLiesIsRefused) {
  const std::string wrong = map_.at(kTensor) == shard_name(0, 3) ? shard_name(1, 3) : shard_name(0, 3);
  expect_error(open_with(kTensor, wrong), Code::mismatch,
               {index_path(), "tensor '" + kTensor + "' at byte ", "not in its shard", wrong});
  expect_error(open_with("backbone.nothing", shard_name(0, 3)), Code::mismatch,
               {index_path(), "tensor 'backbone.nothing' at byte ", shard_name(0, 3)});
  expect_error(open_with(kTensor, "absent.safetensors"), Code::not_found, {index_path(), "absent.safetensors"});
  expect_error(open_with(kTensor, "config.json"), Code::format, {"config.json"});
  auto map = map_;
  map.erase(kTensor);
  write_file(index_path(), index_json(map));
  expect_error(open_checkpoint(folder_.path()).status(), Code::format, {index_path(), kTensor, "missing"});
}

TEST_F(Shards, ATensorInTwoShardsIsRefused) {
  std::vector<FakeTensor> tensors = tiny_weights(smallest_spec());
  const std::string other = "extra.safetensors";
  write_file(folder_.path(other), safetensors_file({tensor_named(tensors, kTensor), {"z", "U8", {1}, "z"}}));
  expect_error(open_with("z", other), Code::mismatch, {"tensor '" + kTensor + "' at byte ", other, map_.at(kTensor)});
}

TEST_F(Shards, EveryShardIsChecked) {
  for (size_t i = 0; i < 3; ++i) {
    const std::string path = folder_.path(shard_name(i, 3));
    const std::string file = read_file(path);
    for (const size_t n : {size_t{0}, size_t{7}, file.size() / 2, file.size() - 1}) {
      write_file(path, file.substr(0, n));
      expect_error(open_checkpoint(folder_.path()).status(), Code::format, {path, "byte"});
    }
    fs::remove(path);
    expect_error(open_checkpoint(folder_.path()).status(), Code::not_found, {index_path(), shard_name(i, 3)});
    write_file(path, file);
  }
  EXPECT_TRUE(open_checkpoint(folder_.path()).ok());
}

TEST_F(Shards, BrokenIndexesAreRefusedWithTheirByte) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "JSON at byte 0"},
      {"[]", "weight_map"},
      {"{}", "weight_map"},
      {R"({"weight_map": []})", "byte 1"},
      {R"({"weight_map": {"a": 1}})", "tensor 'a' at byte 16"},
      {R"({"weight_map": {"a": null}})", "tensor 'a' at byte 16"},
      {R"({"weight_map": {"a": "s", "a": "s"}})", "duplicate key 'a' at byte 26"},
      {R"({"weight_map": {}, "weight_map": {}})", "duplicate key 'weight_map' at byte 19"},
      {R"({"weight_map": {"a": "s"})", "JSON at byte"},
  };
  for (const auto& [text, part] : cases) {
    write_file(index_path(), text);
    expect_error(open_checkpoint(folder_.path()).status(), Code::format, {index_path(), part});
  }
  write_file(index_path(), R"({"weight_map": {}})");
  expect_error(open_checkpoint(folder_.path()).status(), Code::format, {index_path(), "missing"});
}

TEST_F(Shards, TruncatedAndFlippedIndexesAreSafe) {
  const std::string index = read_file(index_path());
  const std::string hash = hash_of(open_checkpoint(folder_.path()).value());
  for (size_t n = 0; n < index.size(); ++n) {
    write_file(index_path(), index.substr(0, n));
    ASSERT_FALSE(open_checkpoint(folder_.path()).ok()) << n;
  }
  for (size_t at = 0; at < index.size(); ++at) {
    std::string damaged = index;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
    write_file(index_path(), damaged);
    const auto result = open_checkpoint(folder_.path());
    ASSERT_TRUE(!result.ok() || hash_of(result.value()) == hash) << at;
  }
}

TEST_F(Shards, TooManyShardsAreRefused) {
  std::map<std::string, std::string> map;
  for (int i = 0; i <= 4096; ++i) map["t" + std::to_string(i)] = "s" + std::to_string(i);
  std::string text = "{\"weight_map\":{";
  for (const auto& [tensor, shard] : map) text += "\"" + tensor + "\":\"" + shard + "\",";
  text.back() = '}';
  const auto result = parse_shard_index(text + "}", "index.json");
  ASSERT_FALSE(result.ok());
  expect_error(result.status(), Code::format, {"index.json", "4096 shards", "byte"});
}

}  // namespace
}  // namespace sw::test
