// What the tests of the contract share: one of each object.
#pragma once

#include "support/session.h"

namespace sw::test {

class Contract : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_completer(folder_.path(), nano_vocabulary());
    engine_ = make_engine(2);
    sw_model* model = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine_.get(), folder_.path().c_str(), nullptr, &model));
    model_.reset(model);
    info_ = info_of(model);
    sequence_ = make_sequence(model);
    const int32_t ids[] = {1, 2, 3};
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequence_.get(), ids, 3, nullptr, nullptr));
    sw_snapshot* snapshot = nullptr;
    ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence_.get(), &snapshot));
    snapshot_.reset(snapshot);
    sw_buffer* buffer = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(model, nullptr, kText, sizeof kText - 1, &buffer));
    buffer_.reset(buffer);
  }

  RequestHandle complete(size_t offset, const sw_complete_options* options) {
    sw_request* request = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(buffer_.get(), offset, options, &request));
    return RequestHandle(request);
  }

  static constexpr char kText[] = "def add(a, b):\n    return a + b\n\nprint(add(1, 2))\n";
  TempDir folder_;
  EngineHandle engine_;
  ModelHandle model_;
  sw_model_info info_{};
  SequenceHandle sequence_;
  SnapshotHandle snapshot_;
  BufferHandle buffer_;
};

template <class T>
T* garbage() {
  return reinterpret_cast<T*>(uintptr_t{0x10});  // what an out parameter may hold before the call
}

}  // namespace sw::test
