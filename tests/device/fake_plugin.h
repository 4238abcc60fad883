// A plugin without a device: the table of kernels/device.h over the scalar rows of the CPU. It holds to the seam's words as strictly as
// the real one: what was not logged is forgotten, a state inside a cell is refused, and its memory is as small as a test wants.
#pragma once

#include <atomic>
#include <cstdint>

#include "device.h"

namespace sw::test {

// What a test turns, and what it may read. One for a process.
struct FakeDevice {
  std::atomic<uint32_t> version{cuda::kDeviceVersion};  // that its table has; 0: none at all
  std::atomic<cuda::DeviceStatus> probe{cuda::DeviceStatus::ok};
  std::atomic<cuda::DeviceStatus> create{cuda::DeviceStatus::ok};
  std::atomic<int64_t> bytes_left{int64_t{1} << 40};  // of the device and of pinned memory
  std::atomic<int64_t> state_bytes_left{int64_t{1} << 40};  // of the device for sequences and snapshots
  std::atomic<int64_t> state_bytes{0};  // that they take
  std::atomic<int64_t> calls_left{int64_t{1} << 40};  // then the device has failed, until there are some again
  std::atomic<int> n_alive{0};                        // models, sequences, snapshots and pinned buffers
  std::atomic<int> n_pinned{0};                       // buffers that were ever pinned
  std::atomic<int> n_overlaps{0};                     // calls on a model while another one ran
  std::atomic<int> n_early{0};                        // host memory read, freed or written again before its transfer was waited for
  std::atomic<int> n_steps{0};                        // of several sequences at once
  std::atomic<int> n_draws{0};                        // tokens drawn
  std::atomic<int> n_replays{0};                      // rewinds that went before the sequence's cell
};

constexpr int64_t kFakeStateBytes = 100;  // of a sequence or a snapshot

using FakeDeviceFunction = FakeDevice* (*)();
constexpr const char* kFakeDeviceSymbol = "sw_fake_device";

}  // namespace sw::test
