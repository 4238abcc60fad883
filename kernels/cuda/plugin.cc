// The table of kernels/device.h: checks, and the wall that exceptions do not pass.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "cuda/errors.h"
#include "cuda/sequence.h"
#include "device.h"

namespace sw::cuda {
namespace {

DeviceStatus fail(DeviceText* text, DeviceStatus status, const char* what) {
  if (text != nullptr) {
    const size_t n = std::min(std::strlen(what), sizeof(text->text) - 1);
    std::memcpy(text->text, what, n);
    text->text[n] = '\0';
  }
  return status;
}

template <class Body>
DeviceStatus guard(DeviceText* text, Body&& body) noexcept {
  try {
    body();
    return DeviceStatus::ok;
  } catch (const DeviceFailure& failure) {
    return fail(text, failure.status(), failure.what());
  } catch (const std::bad_alloc&) {
    return fail(text, DeviceStatus::no_memory, "out of host memory");
  } catch (...) {
    return fail(text, DeviceStatus::failed, "unexpected exception");
  }
}

// The same for what belongs to a model: the calling thread may have used another device, or none.
template <class Body>
DeviceStatus guard_on(const DeviceModel& model, DeviceText* text, Body&& body) noexcept {
  return guard(text, [&] {
    check(cudaSetDevice(model.device), "CUDA device");
    body();
  });
}

// Frees on the model's device, whatever the calling thread has used.
template <class T>
void release(T* owned, int device) {
  cudaSetDevice(device);
  delete owned;
}

void require(bool holds, const char* what) {
  if (!holds) throw DeviceFailure(DeviceStatus::argument, what);
}

DeviceStatus probe(int device, DeviceInfo* out, DeviceText* text) {
  return guard(text, [&] {
    require(out != nullptr, "no place for the device's properties");
    *out = {};
    cudaRuntimeGetVersion(&out->runtime_version);
    cudaDriverGetVersion(&out->driver_version);
    if (out->driver_version == 0) throw DeviceFailure(DeviceStatus::no_driver, "no CUDA driver");
    int n_devices = 0;
    check(cudaGetDeviceCount(&n_devices), "CUDA devices");
    if (device < 0 || device >= n_devices) throw DeviceFailure(DeviceStatus::no_device, "no CUDA device of that index");
    check(cudaSetDevice(device), "CUDA device");
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "CUDA device properties");
    std::memcpy(out->name, properties.name, sizeof(out->name) - 1);
    out->compute_capability = properties.major * 10 + properties.minor;
    out->n_multiprocessors = properties.multiProcessorCount;
    if (out->compute_capability < 80) throw DeviceFailure(DeviceStatus::unsupported, "compute capability below 8.0");
    size_t bytes_free = 0, bytes_total = 0;
    check(cudaMemGetInfo(&bytes_free, &bytes_total), "CUDA device memory");
    out->bytes_free = bytes_free;
    out->bytes_total = bytes_total;
  });
}

DeviceStatus model_create(const DeviceModelArgs* args, DeviceModel** out, DeviceText* text) {
  return guard(text, [&] {
    require(args != nullptr && out != nullptr && args->layers != nullptr, "no model");
    *out = nullptr;
    *out = new DeviceModel(*args);
  });
}

void model_free(DeviceModel* model) {
  if (model != nullptr) release(model, model->device);
}
uint64_t model_bytes(const DeviceModel* model) {
  return model->n_bytes;
}
const char* model_numerics(const DeviceModel* model) {
  return model->numerics.c_str();
}

DeviceStatus sequence_create(DeviceModel* model, int log_len, DeviceSequence** out, DeviceText* text) {
  return guard_on(*model, text, [&] {
    require(out != nullptr && log_len >= 0, "room for a sequence");
    *out = nullptr;
    *out = new DeviceSequence(*model, log_len);
  });
}

void sequence_free(DeviceSequence* sequence) {
  if (sequence != nullptr) release(sequence, sequence->model.device);
}
uint64_t sequence_bytes(const DeviceModel* model, int log_len) {
  return DeviceSequence::bytes_of(*model, log_len);
}
DeviceStatus sequence_reset(DeviceSequence* sequence, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { sequence->reset(); });
}
DevicePositions sequence_positions(const DeviceSequence* sequence) {
  return sequence->at;
}

DeviceStatus forward(DeviceSequence* sequence, const int32_t* ids, int n, int n_logits, float* logits, DeviceText* text) {
  return guard_on(sequence->model, text, [&] {
    require(n >= 0 && n_logits >= 0 && n_logits <= n && (n_logits == 0 || logits != nullptr),
            "n_logits of at most n, and room");
    for (int i = 0; i < n; ++i) require(ids[i] >= 0 && ids[i] < sequence->model.vocab_size, "token ids of the vocabulary");
    sequence->forward(ids, n, n_logits, logits);
  });
}

DeviceStatus head(DeviceSequence* sequence, float* logits, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { sequence->head(logits); });
}

DeviceStatus draw(DeviceSequence* sequence, const DeviceSampling* sampling, DeviceDraw* drawn, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { *drawn = sequence->draw(*sampling); });
}

DeviceStatus generate(DeviceSequence* sequence, int32_t first, int n, const DeviceSampling* sampling, int32_t* ids,
                      DeviceText* text) {
  return guard_on(sequence->model, text, [&] {
    require(n >= 0 && sampling != nullptr && ids != nullptr, "room for the ids");
    require(first >= 0 && first < sequence->model.vocab_size, "token ids of the vocabulary");
    sequence->generate(first, n, *sampling, ids);
  });
}

DeviceStatus step(DeviceSequence* const* sequences, int n, const int32_t* ids, float* logits, const DeviceSampling* sampling,
                  DeviceDraw* drawn, DeviceText* text) {
  if (sequences == nullptr || n < 1 || n > kStepMax) return fail(text, DeviceStatus::argument, "1 to 16 sequences");
  return guard_on(sequences[0]->model, text, [&] {
    require(drawn == nullptr || sampling != nullptr, "how to draw");
    for (int i = 0; i < n; ++i) {
      require(&sequences[i]->model == &sequences[0]->model, "sequences of one model");
      require(std::find(sequences, sequences + i, sequences[i]) == sequences + i, "sequences that differ");
      require(ids[i] >= 0 && ids[i] < sequences[0]->model.vocab_size, "token ids of the vocabulary");
    }
    DeviceSequence::step(sequences, n, ids, logits, sampling, drawn);
  });
}

DeviceStatus snapshot_create(DeviceModel* model, DeviceSnapshot** out, DeviceText* text) {
  return guard_on(*model, text, [&] {
    *out = nullptr;
    *out = new DeviceSnapshot(*model);
  });
}
void snapshot_free(DeviceSnapshot* snapshot) {
  if (snapshot != nullptr) release(snapshot, snapshot->model.device);
}
uint64_t snapshot_bytes(const DeviceModel* model) {
  return DeviceSnapshot::bytes_of(*model);
}
DeviceStatus snapshot_save(DeviceSnapshot* snapshot, const DeviceSequence* sequence, DeviceText* text) {
  return guard_on(snapshot->model, text, [&] { sequence->save(*snapshot); });
}
DeviceStatus snapshot_load(const DeviceSnapshot* snapshot, DeviceSequence* sequence, DeviceText* text) {
  return guard_on(snapshot->model, text, [&] { sequence->load(*snapshot); });
}

DeviceStatus rewind(DeviceSequence* sequence, const DeviceSnapshot* base, int64_t position, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { sequence->rewind(base, position); });
}

uint64_t state_floats(const DeviceModel* model) {
  return model->state_floats();
}
DeviceStatus download(DeviceSequence* sequence, int64_t position, float* state, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { sequence->download(position, state); });
}
DeviceStatus download_begin(DeviceSequence* sequence, int64_t position, float* state, DeviceTransfer** out, DeviceText* text) {
  return guard_on(sequence->model, text, [&] {
    *out = nullptr;
    auto transfer = std::make_unique<DeviceTransfer>();
    sequence->download_begin(position, state, *transfer);
    *out = transfer.release();
  });
}
DeviceStatus transfer_wait(DeviceTransfer* transfer, DeviceText* text) {
  return guard(text, [&] { transfer->wait(); });
}
void transfer_free(DeviceTransfer* transfer) {
  delete transfer;
}
DeviceStatus upload(DeviceSequence* sequence, const float* state, int64_t position, DeviceText* text) {
  return guard_on(sequence->model, text, [&] { sequence->upload(state, position); });
}

DeviceStatus host_alloc(uint64_t n_bytes, void** out, DeviceText* text) {
  return guard(text, [&] { check(cudaMallocHost(out, n_bytes), "pinned host memory"); });
}
void host_free(void* memory) {
  cudaFreeHost(memory);
}

constexpr DeviceTable kTable = {kDeviceVersion,
                                sizeof(DeviceTable),
                                probe,
                                model_create,
                                model_free,
                                model_bytes,
                                model_numerics,
                                sequence_create,
                                sequence_free,
                                sequence_bytes,
                                sequence_reset,
                                sequence_positions,
                                forward,
                                head,
                                draw,
                                generate,
                                step,
                                snapshot_create,
                                snapshot_free,
                                snapshot_bytes,
                                snapshot_save,
                                snapshot_load,
                                rewind,
                                state_floats,
                                download,
                                download_begin,
                                transfer_wait,
                                transfer_free,
                                upload,
                                host_alloc,
                                host_free};

}  // namespace
}  // namespace sw::cuda

extern "C" __attribute__((visibility("default"))) const sw::cuda::DeviceTable* sw_device_table(uint32_t version) {
  return version == sw::cuda::kDeviceVersion ? &sw::cuda::kTable : nullptr;
}
