// Completions on a device, which draws their tokens itself: those of the host, to the byte.
#include <gtest/gtest.h>

#include "device/fake_handle.h"
#include "support/session.h"
#include "support/shown.h"

namespace sw::test {
namespace {

const std::string kText =
    "import os\n\n\ndef read_lines(path):\n    with open(path) as file:\n        return file.readlines()\n\n\ndef main():\n    "
    "for line in read_lines('a.txt'):\n        print(line)\n\n\nif __name__ == '__main__':\n    main()\n";

// A buffer on a model of an engine of its own.
class Editor {
 public:
  Editor(const std::string& folder, sw_device device) {
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.n_threads = 1;
    options.cpu_mask = SW_CPU_REF;  // the rows that the fake device runs
    options.device = device;
    options.device_plugin = SW_FAKE_PLUGIN;
    sw_engine* engine = nullptr;
    EXPECT_STATUS(SW_OK, sw_engine_create(&options, &engine));
    engine_.reset(engine);
    sw_model* model = nullptr;
    EXPECT_STATUS(SW_OK, sw_model_open(engine, folder.c_str(), nullptr, &model));
    model_.reset(model);
    sw_buffer* buffer = nullptr;
    EXPECT_STATUS(SW_OK, sw_buffer_create(model, nullptr, kText.data(), kText.size(), &buffer));
    buffer_.reset(buffer);
  }

  // Done, whatever came of it.
  RequestHandle ask(size_t offset, const sw_complete_options& options) {
    sw_request* request = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(buffer_.get(), offset, &options, &request));
    EXPECT_STATUS(SW_OK, sw_request_wait(request, -1));
    return RequestHandle(request);
  }

  std::vector<Shown> complete(size_t offset, const sw_complete_options& options) {
    const RequestHandle request = ask(offset, options);
    EXPECT_EQ(sw_request_status(request.get()), SW_OK) << sw_request_error(request.get());
    return candidates_of(request.get());
  }

 private:
  EngineHandle engine_;
  ModelHandle model_;
  BufferHandle buffer_;
};

class DeviceCompletions : public WithFakeDevice {
 protected:
  void SetUp() override {
    n_pieces_ = nano_vocabulary();
    write_tiny_completer(folder_.path(), n_pieces_ + 5);  // rows beyond the vocabulary are no tokens
  }

  sw_complete_options some_options() {
    sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
    options.max_tokens = 1 + static_cast<int32_t>(random_() % 12);
    options.multiline = 2;
    options.n_candidates = 1 + static_cast<int32_t>(random_() % 5);
    options.mode = random_() % 3 == 0 ? SW_FILL_PREFIX : SW_FILL_DEFAULT;
    options.heal = random_() % 2 == 0 ? SW_HEAL_OFF : SW_HEAL_ON;
    options.sampling.temperature = random_() % 3 == 0 ? 0.0f : 0.1f * static_cast<float>(1 + random_() % 20);
    options.sampling.min_p = random_() % 3 == 0 ? 0.3f : 0.0f;
    options.sampling.seed = random_();
    return options;
  }

  TempDir folder_;
  int32_t n_pieces_ = 0;
  std::mt19937_64 random_{1};
};

TEST_F(DeviceCompletions, DrawnOnTheDeviceTheyAreThoseOfTheCpu) {
  Editor on_cpu(folder_.path(), SW_DEVICE_CPU), on_device(folder_.path(), SW_DEVICE_CUDA);
  const int before = device_.n_draws;
  for (int i = 0; i < 60; ++i) {
    const sw_complete_options options = some_options();
    const size_t offset = random_() % (kText.size() + 1);
    const auto expected = on_cpu.complete(offset, options);
    ASSERT_EQ(on_device.complete(offset, options), expected) << i << " at " << offset;
  }
  EXPECT_GT(device_.n_draws - before, 300) << "tokens were drawn on the host";
}

// What the law does not say is drawn on the host, from the same logits: a cut that leaves all in gives the same.
TEST_F(DeviceCompletions, ItDoesNotMatterWhoDraws) {
  Editor editor(folder_.path(), SW_DEVICE_CUDA);
  const int first = device_.n_draws;
  int by_host = 0;
  for (int i = 0; i < 60; ++i) {
    sw_complete_options options = some_options();
    options.sampling.temperature = 0.1f * static_cast<float>(1 + random_() % 20);
    const size_t offset = random_() % (kText.size() + 1);
    const auto expected = editor.complete(offset, options);
    options.sampling.top_k = n_pieces_;
    const int before = device_.n_draws;
    ASSERT_EQ(editor.complete(offset, options), expected) << i << " at " << offset;
    by_host += device_.n_draws - before;
  }
  EXPECT_EQ(by_host, 0) << "the device drew what it cannot";
  EXPECT_GT(device_.n_draws - first, 300);
}

// At the n-th call from when it was asked for: its status, and what is asked next is right again.
TEST_F(DeviceCompletions, ADeviceThatFailsIsTheRequestsStatus) {
  Editor reference(folder_.path(), SW_DEVICE_CUDA);
  int n_failed = 0;
  for (int n = 0; n < 16; ++n) {
    const sw_complete_options options = some_options();
    Editor editor(folder_.path(), SW_DEVICE_CUDA);
    device_.calls_left = n;
    const RequestHandle request = editor.ask(80, options);
    device_.calls_left = int64_t{1} << 40;
    if (sw_request_status(request.get()) != SW_OK) {
      ++n_failed;
      EXPECT_EQ(sw_request_status(request.get()), SW_E_IO) << sw_request_error(request.get());
      EXPECT_EQ(sw_request_n_candidates(request.get()), 0u);
    }
    EXPECT_EQ(editor.complete(80, options), reference.complete(80, options));
  }
  EXPECT_GT(n_failed, 8);
}

}  // namespace
}  // namespace sw::test
