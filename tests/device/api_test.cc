// The device through the public API: who asks for one and gets it, gets the CPU instead, or gets the reason.
#include <gtest/gtest.h>

#include "device/fake_handle.h"
#include "support/session.h"

namespace sw::test {
namespace {

using cuda::DeviceStatus;

sw_status create(sw_device device, EngineHandle& out, const char* plugin = SW_FAKE_PLUGIN, const char* folder = nullptr) {
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.n_threads = 1;
  options.device = device;
  options.device_plugin = plugin;
  options.store_folder = folder;
  sw_engine* engine = nullptr;
  const sw_status status = sw_engine_create(&options, &engine);
  out.reset(engine);
  return status;
}

sw_engine_info engine_info(const EngineHandle& engine) {
  sw_engine_info info = SW_ENGINE_INFO_INIT;
  EXPECT_STATUS(SW_OK, sw_engine_get_info(engine.get(), &info));
  return info;
}

class DeviceApi : public WithFakeDevice {
 protected:
  void SetUp() override {
    TinySpec spec;
    spec.d_model = 16;
    spec.d_state = 16;
    spec.head_dim = 8;
    spec.d_inner = 32;
    write_hf(folder_.path(), spec);
  }
  TempDir folder_;
};

TEST_F(DeviceApi, NobodyGetsADeviceUnasked) {
  EngineHandle engine;
  ASSERT_STATUS(SW_OK, create(SW_DEVICE_CPU, engine));
  const sw_engine_info info = engine_info(engine);
  EXPECT_EQ(info.device, SW_DEVICE_CPU);
  EXPECT_STREQ(info.device_name, "");
  EXPECT_STREQ(info.device_note, "");
  EXPECT_EQ(info_of(open_weights(engine.get(), folder_.path()).get()).device, SW_DEVICE_CPU);
}

TEST_F(DeviceApi, WhoAsksGetsIt) {
  for (const sw_device device : {SW_DEVICE_AUTO, SW_DEVICE_CUDA}) {
    EngineHandle engine;
    ASSERT_STATUS(SW_OK, create(device, engine));
    EXPECT_EQ(engine_info(engine).device, SW_DEVICE_CUDA);
    EXPECT_STREQ(engine_info(engine).device_name, "Fake, compute capability 9.0, driver 13.0");
    const ModelHandle model = open_weights(engine.get(), folder_.path());
    EXPECT_EQ(info_of(model.get()).device, SW_DEVICE_CUDA);
    EXPECT_GT(device_.n_alive, 0);
    sw_model_options counting = SW_MODEL_OPTIONS_INIT;
    counting.without_tokenizer = counting.count_only = 1;
    sw_model* counted = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine.get(), folder_.path().c_str(), &counting, &counted));
    EXPECT_EQ(info_of(counted).device, SW_DEVICE_CPU) << "counting needs no device";
    sw_model_free(counted);
  }
}

TEST_F(DeviceApi, WithoutAUsableDeviceAutoIsTheCpuAndCudaSaysWhy) {
  const std::pair<DeviceStatus, sw_status> cases[] = {{DeviceStatus::no_driver, SW_E_UNSUPPORTED},
                                                      {DeviceStatus::old_driver, SW_E_UNSUPPORTED},
                                                      {DeviceStatus::no_device, SW_E_UNSUPPORTED},
                                                      {DeviceStatus::unsupported, SW_E_UNSUPPORTED},
                                                      {DeviceStatus::no_memory, SW_E_NO_MEMORY},
                                                      {DeviceStatus::failed, SW_E_IO}};
  for (const auto& [probe, expected] : cases) {
    device_.probe = probe;
    EngineHandle engine;
    EXPECT_STATUS(expected, create(SW_DEVICE_CUDA, engine));
    EXPECT_EQ(engine, nullptr);
    EXPECT_NE(std::string(sw_last_error()).find("the fake probe says no"), std::string::npos) << sw_last_error();
    ASSERT_STATUS(SW_OK, create(SW_DEVICE_AUTO, engine));
    EXPECT_EQ(engine_info(engine).device, SW_DEVICE_CPU);
    EXPECT_NE(std::string(engine_info(engine).device_note).find("the fake probe says no"), std::string::npos);
    EXPECT_EQ(info_of(open_weights(engine.get(), folder_.path()).get()).device, SW_DEVICE_CPU);
  }
}

TEST_F(DeviceApi, WithoutAPluginToo) {
  device_.version = 77;
  const std::string missing = folder_.path() + "/none.so";
  const std::pair<const char*, sw_status> cases[] = {
      {SW_FAKE_PLUGIN, SW_E_MISMATCH}, {SW_NO_PLUGIN, SW_E_MISMATCH}, {missing.c_str(), SW_E_NOT_FOUND}};
  for (const auto& [plugin, expected] : cases) {
    EngineHandle engine;
    EXPECT_STATUS(expected, create(SW_DEVICE_CUDA, engine, plugin));
    EXPECT_STATUS(SW_OK, create(SW_DEVICE_AUTO, engine, plugin));
    EXPECT_STRNE(engine_info(engine).device_note, "");
  }
}

TEST_F(DeviceApi, AModelThatTheDeviceCannotTakeRunsOnTheCpuOrNot) {
  const std::pair<DeviceStatus, sw_status> cases[] = {
      {DeviceStatus::unsupported, SW_E_UNSUPPORTED}, {DeviceStatus::no_memory, SW_E_NO_MEMORY}, {DeviceStatus::failed, SW_E_IO}};
  for (const auto& [status, expected] : cases) {
    device_.create = status;
    EngineHandle automatic, cuda;
    ASSERT_STATUS(SW_OK, create(SW_DEVICE_AUTO, automatic));
    const ModelHandle model = open_weights(automatic.get(), folder_.path());
    EXPECT_EQ(info_of(model.get()).device, SW_DEVICE_CPU);
    EXPECT_NE(std::string(info_of(model.get()).device_note).find("does not take the model"), std::string::npos);
    EXPECT_STREQ(engine_info(automatic).device_note, "");
    ASSERT_STATUS(SW_OK, create(SW_DEVICE_CUDA, cuda));
    sw_model_options options = SW_MODEL_OPTIONS_INIT;
    options.without_tokenizer = 1;
    sw_model* none = nullptr;
    EXPECT_STATUS(expected, sw_model_open(cuda.get(), folder_.path().c_str(), &options, &none));
    EXPECT_EQ(none, nullptr);
  }
}

TEST_F(DeviceApi, ValuesOutOfRangeAreRefused) {
  EngineHandle engine;
  for (const sw_device device : {-1, 3}) EXPECT_STATUS(SW_E_ARGUMENT, create(device, engine));
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.device_index = -1;
  sw_engine* none = nullptr;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_create(&options, &none));
  ASSERT_STATUS(SW_OK, create(SW_DEVICE_CUDA, engine));
  for (const sw_device_weights weights : {-1, 3}) {
    sw_model_options o = SW_MODEL_OPTIONS_INIT;
    o.without_tokenizer = 1;
    o.device_weights = weights;
    sw_model* model = nullptr;
    EXPECT_STATUS(SW_E_ARGUMENT, sw_model_open(engine.get(), folder_.path().c_str(), &o, &model));
  }
}

// Two sequences and no more; a third one when one has gone.
TEST_F(DeviceApi, SequencesKeepToTheDeviceMemoryTheyMayTake) {
  EngineHandle engine;
  ASSERT_STATUS(SW_OK, create(SW_DEVICE_CUDA, engine));
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.without_tokenizer = 1;
  options.device_bytes_max = 2 * kFakeStateBytes;
  sw_model* opened = nullptr;
  ASSERT_STATUS(SW_OK, sw_model_open(engine.get(), folder_.path().c_str(), &options, &opened));
  const ModelHandle model(opened);
  SequenceHandle first = make_sequence(model.get());
  const SequenceHandle second = make_sequence(model.get());
  const std::vector<int32_t> ids(200, 3);
  ASSERT_STATUS(SW_OK, sw_sequence_append(first.get(), ids.data(), ids.size(), nullptr, nullptr));
  sw_sequence* third = nullptr;
  EXPECT_STATUS(SW_E_NO_MEMORY, sw_sequence_create(model.get(), &third));
  EXPECT_NE(std::string(sw_last_error()).find("device_bytes_max"), std::string::npos) << sw_last_error();
  EXPECT_EQ(third, nullptr);
  first.reset();
  const SequenceHandle fourth = make_sequence(model.get());
  EXPECT_STATUS(SW_OK, sw_sequence_append(fourth.get(), ids.data(), ids.size(), nullptr, nullptr));
}

// States on disk serve the kind of device alone that has made them.
TEST_F(DeviceApi, StatesOnDiskDoNotMix) {
  std::vector<int32_t> ids(1200);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * i * 7 % 40);
  const auto run = [&](sw_device device, const TempDir& store, bool writes) {
    EngineHandle engine;
    EXPECT_STATUS(SW_OK, create(device, engine, SW_FAKE_PLUGIN, store.path().c_str()));
    const ModelHandle model = open_weights(engine.get(), folder_.path());
    const SequenceHandle sequence = make_sequence(model.get());
    EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
    if (writes) EXPECT_STATUS(SW_OK, sw_engine_save(engine.get(), nullptr));
    EXPECT_STATUS(SW_OK, sw_engine_trim(engine.get(), 0));
    EXPECT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), 1000, nullptr));  // beyond the device's log
    sw_store_stats stats = SW_STORE_STATS_INIT;
    EXPECT_STATUS(SW_OK, sw_engine_get_store_stats(engine.get(), &stats));
    return stats.disk_hits;
  };
  for (const auto& [writer, other] : {std::pair{SW_DEVICE_CPU, SW_DEVICE_CUDA}, std::pair{SW_DEVICE_CUDA, SW_DEVICE_CPU}}) {
    TempDir store;
    EXPECT_GT(run(writer, store, true), 0u);
    EXPECT_EQ(run(other, store, false), 0u);
    EXPECT_GT(run(writer, store, false), 0u);
  }
}

TEST_F(DeviceApi, ADeviceThatFailsIsAStatusAndLeavesAnEmptySequence) {
  EngineHandle engine;
  ASSERT_STATUS(SW_OK, create(SW_DEVICE_CUDA, engine));
  const ModelHandle model = open_weights(engine.get(), folder_.path());
  const SequenceHandle sequence = make_sequence(model.get());
  const std::vector<int32_t> ids(100, 3);
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  device_.calls_left = 0;
  EXPECT_STATUS(SW_E_IO, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  EXPECT_EQ(sw_sequence_length(sequence.get()), 0u);
  EXPECT_STATUS(SW_E_IO, sw_sequence_append(sequence.get(), ids.data(), 1, nullptr, nullptr));
}

}  // namespace
}  // namespace sw::test
