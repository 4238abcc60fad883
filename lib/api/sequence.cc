#include <algorithm>
#include <tuple>
#include <vector>

#include "api/handles.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

namespace {

// Gathers one kind of state of all layers.
void gather(const StateLayout& layout, const float* floats, bool ssm, float* out) {
  for (const StateLayout::Block& block : layout.blocks) {
    const size_t offset = ssm ? block.ssm_offset : block.conv_offset;
    const size_t size = ssm ? block.ssm_size : block.conv_size;
    out = std::copy_n(floats + offset, size, out);
  }
}

Status check_count(const char* name, size_t given, size_t wanted) {
  if (given == wanted) return {};
  return error(Code::argument, "%s has room for %zu floats; it must be exactly %zu", name, given, wanted);
}

}  // namespace

extern "C" {

sw_status sw_sequence_create(sw_model* model, sw_sequence** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (model == nullptr) return missing("model");
    SW_ASSIGN(auto sequence, Sequence::create(model->loaded->model, model->loaded->engine->store(), model->loaded->tokenizer_hash()));
    *out = new sw_sequence{model->loaded, std::move(sequence)};
    return {};
  });
}

void sw_sequence_free(sw_sequence* sequence) { delete sequence; }

sw_status sw_sequence_append(sw_sequence* sequence, const int32_t* ids, size_t n_ids, const sw_run_options* options,
                             float* logits) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    if (ids == nullptr && n_ids > 0) return missing("ids");
    Control control;
    SW_TRY(read_run_options(options, control));
    return sequence->sequence->append({ids, n_ids}, control, logits);
  });
}

sw_status sw_sequences_step(sw_sequence* const* sequences, size_t n, const int32_t* ids, const sw_run_options* options, float* logits) {
  return guard([&]() -> Status {
    if (sequences == nullptr && n > 0) return missing("sequences");
    if (ids == nullptr && n > 0) return missing("ids");
    Control control;
    SW_TRY(read_run_options(options, control));
    std::vector<Sequence*> all;
    for (size_t i = 0; i < n; ++i) {
      if (sequences[i] == nullptr) return error(Code::argument, "sequences[%zu] is NULL", i);
      all.push_back(sequences[i]->sequence.get());
    }
    return Sequence::step(all, {ids, n}, control, logits);
  });
}

size_t sw_sequence_length(const sw_sequence* sequence) {
  return sequence == nullptr ? 0 : sequence->sequence->tokens().size();
}

const int32_t* sw_sequence_tokens(const sw_sequence* sequence) {
  return sequence == nullptr ? nullptr : sequence->sequence->tokens().data();
}

sw_status sw_sequence_logits(sw_sequence* sequence, float* out, size_t n_out) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    if (out == nullptr) return missing("out");
    SW_TRY(check_count("out", n_out, static_cast<size_t>(sequence->sequence->model().vocab_size())));
    SW_ASSIGN(const auto logits, sequence->sequence->logits());
    std::copy(logits.begin(), logits.end(), out);
    return {};
  });
}

sw_status sw_sequence_state(const sw_sequence* sequence, float* ssm_state, size_t n_ssm, float* conv_state, size_t n_conv) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    const StateLayout& layout = sequence->sequence->model().layout();
    if (ssm_state != nullptr) SW_TRY(check_count("ssm_state", n_ssm, layout.n_ssm()));
    if (conv_state != nullptr) SW_TRY(check_count("conv_state", n_conv, layout.n_conv()));
    SW_ASSIGN(const auto state, sequence->sequence->state());
    if (ssm_state != nullptr) gather(layout, state.data(), true, ssm_state);
    if (conv_state != nullptr) gather(layout, state.data(), false, conv_state);
    return {};
  });
}

sw_status sw_sequence_sample(sw_sequence* sequence, const sw_sampling_options* options, int32_t* out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = 0;
    if (sequence == nullptr) return missing("sequence");
    SamplingOptions sampling;
    SW_TRY(read_sampling(options, sampling));
    SW_ASSIGN(auto logits, sequence->sequence->logits());
    if (const auto& tokenizer = sequence->loaded->tokenizer) {
      logits = logits.first(static_cast<size_t>(tokenizer->vocab_size()));  // padding rows are no tokens
    }
    *out = sample(logits, sampling, sequence->sequence->tokens().size());
    return {};
  });
}

sw_status sw_sequence_fork(const sw_sequence* sequence, sw_sequence** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (sequence == nullptr) return missing("sequence");
    SW_ASSIGN(auto fork, sequence->sequence->fork());
    *out = new sw_sequence{sequence->loaded, std::move(fork)};
    return {};
  });
}

sw_status sw_sequence_snapshot(const sw_sequence* sequence, sw_snapshot** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (sequence == nullptr) return missing("sequence");
    SW_ASSIGN(Snapshot snapshot, sequence->sequence->snapshot());
    *out = new sw_snapshot{sequence->loaded, std::move(snapshot)};
    return {};
  });
}

sw_status sw_sequence_restore(sw_sequence* sequence, const sw_snapshot* snapshot) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    if (snapshot == nullptr) return missing("snapshot");
    return sequence->sequence->restore(snapshot->snapshot);
  });
}

sw_status sw_sequence_rewind(sw_sequence* sequence, size_t length, const sw_run_options* options) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    Control control;
    SW_TRY(read_run_options(options, control));
    return sequence->sequence->rewind(length, control);
  });
}

sw_status sw_sequence_get_stats(const sw_sequence* sequence, sw_sequence_stats* out) {
  return guard([&]() -> Status {
    if (sequence == nullptr) return missing("sequence");
    const SequenceStats& stats = sequence->sequence->stats();
    sw_sequence_stats info = SW_SEQUENCE_STATS_INIT;
    info.tokens_run = stats.tokens_run;
    info.tokens_rerun = stats.tokens_rerun;
    info.rewinds = stats.rewinds;
    std::tie(info.kept_states, info.kept_bytes) = sequence->sequence->kept();
    info.tokens_replayed = stats.tokens_replayed;
    return write_info(info, out, "sw_sequence_stats");
  });
}

void sw_snapshot_retain(sw_snapshot* snapshot) {
  if (snapshot != nullptr) snapshot->holds.fetch_add(1, std::memory_order_relaxed);
}

void sw_snapshot_free(sw_snapshot* snapshot) {
  if (snapshot != nullptr && snapshot->holds.fetch_sub(1, std::memory_order_acq_rel) == 1) delete snapshot;
}

uint64_t sw_snapshot_bytes(const sw_snapshot* snapshot) { return snapshot == nullptr ? 0 : snapshot->snapshot.n_bytes(); }

size_t sw_snapshot_length(const sw_snapshot* snapshot) { return snapshot == nullptr ? 0 : snapshot->snapshot.tokens.size(); }

sw_status sw_snapshot_save(const sw_snapshot* snapshot, const char* path, const sw_run_options* options) {
  return guard([&]() -> Status {
    if (snapshot == nullptr) return missing("snapshot");
    if (path == nullptr) return missing("path");
    Control control;
    SW_TRY(read_run_options(options, control));
    return save_snapshot(snapshot->snapshot, path, control);
  });
}

sw_status sw_snapshot_load(sw_model* model, const char* path, const sw_run_options* options, sw_snapshot** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (model == nullptr) return missing("model");
    if (path == nullptr) return missing("path");
    Control control;
    SW_TRY(read_run_options(options, control));
    const auto& loaded = model->loaded;
    SW_ASSIGN(Snapshot snapshot, load_snapshot(loaded->model, *loaded->engine->store(), path, control));
    *out = new sw_snapshot{loaded, std::move(snapshot)};
    return {};
  });
}

}  // extern "C"
