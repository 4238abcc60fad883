// Failures inside the plugin: thrown here, turned into a status and a text at the seam (plugin.cc).
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "device.h"

namespace sw::cuda {

class DeviceFailure : public std::runtime_error {
 public:
  DeviceFailure(DeviceStatus status, const std::string& text) : std::runtime_error(text), status_(status) {}
  DeviceStatus status() const { return status_; }

 private:
  DeviceStatus status_;
};

inline DeviceStatus status_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return DeviceStatus::no_memory;
    case cudaErrorInsufficientDriver:
      return DeviceStatus::old_driver;
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
      return DeviceStatus::no_device;
    default:
      return DeviceStatus::failed;
  }
}

inline void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // one that is not sticky must not be found by the next call
  throw DeviceFailure(status_of(error), std::string(what) + ": " + cudaGetErrorString(error));
}

class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync), "event"); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }

  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "event"); }
  // What is enqueued in `stream` from now on waits for it; at once where it was never recorded.
  void hold(cudaStream_t stream) const { check(cudaStreamWaitEvent(stream, event_, 0), "event"); }
  void wait(const char* what) const { check(cudaEventSynchronize(event_), what); }

 private:
  cudaEvent_t event_ = nullptr;
};

// Device memory of n values.
template <class T>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(size_t n) : n_(n) {
    if (n > 0) check(cudaMalloc(reinterpret_cast<void**>(&data_), n * sizeof(T)), "device memory");
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept : data_(other.data_), n_(other.n_) {
    other.data_ = nullptr;
    other.n_ = 0;
  }
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(n_, other.n_);
    return *this;
  }
  ~DeviceBuffer() { cudaFree(data_); }

  T* data() const { return data_; }
  size_t n_bytes() const { return n_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  size_t n_ = 0;
};

}  // namespace sw::cuda
