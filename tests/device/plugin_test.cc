// What is opened as a plugin, and what is said of everything that cannot be used as one.
#include <gtest/gtest.h>

#include "backend/device_plugin.h"
#include "device/fake_handle.h"
#include "unit/loader/tiny_model.h"

namespace sw::test {
namespace {

using cuda::DeviceStatus;

class Plugin : public WithFakeDevice {
 protected:
  static void expect_refused(const std::string& path, int index, Code code, const std::string& text) {
    const auto plugin = DevicePlugin::open(path, index);
    ASSERT_FALSE(plugin.ok()) << path;
    EXPECT_EQ(plugin.status().code(), code) << plugin.status().message();
    EXPECT_NE(plugin.status().message().find(text), std::string::npos) << plugin.status().message();
  }
};

TEST_F(Plugin, OneThatAnswersIsOpened) {
  const auto plugin = DevicePlugin::open(SW_FAKE_PLUGIN, 0);
  ASSERT_TRUE(plugin.ok()) << plugin.status().message();
  EXPECT_EQ(plugin.value()->name(), "Fake, compute capability 9.0, driver 13.0");
  EXPECT_EQ(plugin.value()->bytes_free(), uint64_t{1} << 40);
}

TEST_F(Plugin, WhatIsNoPluginIsRefused) {
  TempDir folder;
  const std::string text = folder.path() + "/libsidewinder-cuda.so";
  write_file(text, std::string("not a library"));
  expect_refused(text, 0, Code::unsupported, text);
  expect_refused(SW_NO_PLUGIN, 0, Code::mismatch, "sw_device_table");
  expect_refused(folder.path() + "/none.so", 0, Code::not_found, "none.so");
  expect_refused(folder.path(), 0, Code::not_found, folder.path());
  expect_refused("libc.so.6", 0, Code::not_found, "libc.so.6");  // a file of that name, not what the linker would find
}

// Without a path it looks beside this code: a build with CUDA has one there, which then speaks of its driver or device.
TEST_F(Plugin, WithoutAPathItLooksBesideThisCode) {
  const auto plugin = DevicePlugin::open("", 0);
  if (plugin.ok()) return;
  const std::string& message = plugin.status().message();
  const std::string expected = plugin.status().code() == Code::not_found ? "libsidewinder-cuda.so" : "CUDA device 0";
  EXPECT_NE(message.find(expected), std::string::npos) << message;
}

TEST_F(Plugin, AnotherVersionIsRefused) {
  for (const uint32_t version : {0u, cuda::kDeviceVersion - 1, cuda::kDeviceVersion + 1, 0xffffffffu}) {
    device_.version = version;
    expect_refused(SW_FAKE_PLUGIN, 0, Code::mismatch, "another version");
  }
}

TEST_F(Plugin, ADeviceThatCannotBeUsedIsRefusedWithItsReason) {
  const std::pair<DeviceStatus, Code> cases[] = {
      {DeviceStatus::no_driver, Code::unsupported},   {DeviceStatus::old_driver, Code::unsupported},
      {DeviceStatus::no_device, Code::unsupported},   {DeviceStatus::unsupported, Code::unsupported},
      {DeviceStatus::no_memory, Code::no_memory},     {DeviceStatus::failed, Code::io},
      {DeviceStatus::argument, Code::internal},       {static_cast<DeviceStatus>(99), Code::internal}};
  for (const auto& [status, code] : cases) {
    device_.probe = status;
    expect_refused(SW_FAKE_PLUGIN, 0, code, "the fake probe says no");
  }
  device_.probe = DeviceStatus::ok;
  expect_refused(SW_FAKE_PLUGIN, 7, Code::unsupported, "device 7");
}

TEST_F(Plugin, PinnedMemoryIsAlignedAndMayBeRefused) {
  const auto plugin = DevicePlugin::open(SW_FAKE_PLUGIN, 0).value();
  device_.bytes_left = 4000;
  {
    const auto buffer = FloatBuffer::create(plugin->pinned_allocator(), 900);
    ASSERT_TRUE(buffer.ok());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.value().data()) % FloatBuffer::kAlignment, 0u);
    EXPECT_EQ(FloatBuffer::create(plugin->pinned_allocator(), 900).status().code(), Code::no_memory);
  }
  EXPECT_TRUE(FloatBuffer::create(plugin->pinned_allocator(), 900).ok()) << "freed memory is there again";
}

}  // namespace
}  // namespace sw::test
