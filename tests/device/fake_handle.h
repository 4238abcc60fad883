// The fake plugin's switches, as they are at first for each test.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "device/fake_plugin.h"

namespace sw::test {

inline FakeDevice& fake_device() {
  void* library = ::dlopen(SW_FAKE_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(library, nullptr) << ::dlerror();
  return *reinterpret_cast<FakeDeviceFunction>(::dlsym(library, kFakeDeviceSymbol))();
}

// Everything works again at the end, and nothing that a test made on the device is left there.
class WithFakeDevice : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(device_.n_alive, 0) << "models, sequences, snapshots or pinned memory were not given back";
    EXPECT_EQ(device_.n_overlaps, 0) << "two calls on one model at a time";
    EXPECT_EQ(device_.n_early, 0) << "memory was used while a transfer wrote to it";
    device_.version = cuda::kDeviceVersion;
    device_.probe = device_.create = cuda::DeviceStatus::ok;
    device_.bytes_left = device_.state_bytes_left = device_.calls_left = int64_t{1} << 40;
  }
  FakeDevice& device_ = fake_device();
};

}  // namespace sw::test
