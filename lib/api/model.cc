#include <mutex>

#include "api/handles.h"
#include "complete/quantize_checkpoint.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

static_assert(SW_FILL_DEFAULT == int(FillMode::model_default) && SW_FILL_SPM == int(FillMode::spm) &&
              SW_FILL_PSM == int(FillMode::psm) && SW_FILL_INSTRUCT == int(FillMode::instruct) &&
              SW_FILL_PREFIX == int(FillMode::prefix));

static_assert(SW_DEVICE_WEIGHTS_BF16 == int(cuda::DeviceWeights::bf16) && SW_DEVICE_WEIGHTS_INT8 == int(cuda::DeviceWeights::int8) &&
              SW_DEVICE_WEIGHTS_INT4 == int(cuda::DeviceWeights::int4));

namespace {

// The format of all matrices, when it is one.
const char* weights_of(const Checkpoint& c) {
  bool same = c.embedding.dtype == c.head.dtype;
  for (const BlockWeights& block : c.blocks) {
    const Mamba2Weights& w = std::get<Mamba2Weights>(block);
    same = same && w.in_proj.dtype == c.head.dtype && w.out_proj.dtype == c.head.dtype;
  }
  return same ? dtype_name(c.head.dtype) : "mixed";
}

void describe(const LoadedModel& loaded, sw_model_info& info) {
  const Checkpoint& c = loaded.model->checkpoint();
  info.path = loaded.path.c_str();
  info.name = loaded.settings.name.c_str();
  info.layout = layout_name(c.layout);
  info.vocab_size = c.vocab_size;
  info.d_model = c.d_model;
  info.n_layers = static_cast<int32_t>(c.blocks.size());
  if (!c.blocks.empty()) {
    const Mamba2Config& m = std::get<Mamba2Weights>(c.blocks.front()).config;
    info.d_inner = m.d_inner;
    info.n_heads = m.n_heads;
    info.head_dim = m.head_dim;
    info.d_state = m.d_state;
    info.n_groups = m.n_groups;
    info.d_conv = m.d_conv;
  }
  info.tied = c.tied ? 1 : 0;
  info.weights = weights_of(c);
  info.weights_note = c.weights_note.c_str();
  info.n_parameters = c.n_parameters;
  info.weight_bytes = c.n_bytes;
  const StateLayout& layout = loaded.model->layout();
  info.state_bytes = (layout.n_ssm() + layout.n_conv()) * sizeof(float);
  info.kept_bytes = loaded.model->state_bytes();
  info.fill_modes = loaded.settings.mode_bits();
  info.fill_mode = static_cast<sw_fill_mode>(loaded.settings.mode);
  info.fill_note = loaded.settings.note.c_str();
  info.document_header = loaded.settings.document.c_str();
  info.context_tokens = static_cast<uint32_t>(loaded.settings.context_tokens);
  info.device = loaded.on_device ? SW_DEVICE_CUDA : SW_DEVICE_CPU;
  info.device_note = loaded.device_note.c_str();
  if (loaded.tokenizer) {
    info.bos_id = loaded.tokenizer->bos_id();
    info.eos_id = loaded.tokenizer->eos_id();
  } else {
    info.fill_modes = 0;
    info.fill_mode = SW_FILL_DEFAULT;
    info.fill_note = "opened without a tokenizer";
  }
}

}  // namespace

extern "C" {

sw_status sw_model_open(sw_engine* engine, const char* path, const sw_model_options* options, sw_model** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (engine == nullptr) return missing("engine");
    sw_model_options o = SW_MODEL_OPTIONS_INIT;
    SW_TRY(read_options(options, o, "sw_model_options"));
    OpenOptions open;
    SW_TRY(check_nested(o.run, "sw_model_options.run"));
    SW_TRY(read_run_options(&o.run, open.control));
    open.check_weights = o.check_weights != 0;
    open.without_tokenizer = o.without_tokenizer != 0;
    open.count_only = o.count_only != 0;
    if (o.tokenizer != nullptr) open.tokenizer_path = o.tokenizer;
    if (o.device_weights < SW_DEVICE_WEIGHTS_BF16 || o.device_weights > SW_DEVICE_WEIGHTS_INT4) {
      return error(Code::argument, "device_weights is %d; it must be SW_DEVICE_WEIGHTS_*", o.device_weights);
    }
    if (o.weights < SW_WEIGHTS_STORED || o.weights > SW_WEIGHTS_F32) {
      return error(Code::argument, "weights is %d; it must be SW_WEIGHTS_*", o.weights);
    }
    constexpr DType kFormats[] = {DType::bf16, DType::q8, DType::q4, DType::f32};
    if (o.weights != SW_WEIGHTS_STORED) open.weights = kFormats[o.weights - SW_WEIGHTS_BF16];
    open.device_weights = static_cast<cuda::DeviceWeights>(o.device_weights);
    open.device_bytes_max = o.device_bytes_max;
    std::string folder;
    if (path != nullptr) {
      folder = path;
    } else {
      SW_ASSIGN(folder, embedded_model_path());
    }
    SW_ASSIGN(auto loaded, open_model(engine->engine, folder, open));
    auto tokenizer = loaded->tokenizer;
    *out = new sw_model{std::move(loaded), {std::move(tokenizer)}, {}, {}};
    return {};
  });
}

sw_status sw_checkpoint_quantize(sw_engine* engine, const char* path, sw_weights to, const char* folder,
                                 const sw_quantize_options* options) {
  return guard([&]() -> Status {
    if (engine == nullptr) return missing("engine");
    if (folder == nullptr) return missing("folder");
    if (to != SW_WEIGHTS_Q8 && to != SW_WEIGHTS_Q4) return error(Code::argument, "to is %d; it must be SW_WEIGHTS_Q8 or SW_WEIGHTS_Q4", to);
    sw_quantize_options o = SW_QUANTIZE_OPTIONS_INIT;
    SW_TRY(read_options(options, o, "sw_quantize_options"));
    Control control;
    SW_TRY(check_nested(o.run, "sw_quantize_options.run"));
    SW_TRY(read_run_options(&o.run, control));
    QuantizeOptions quantize;
    quantize.to = to == SW_WEIGHTS_Q8 ? DType::q8 : DType::q4;
    SW_TRY(read_strings(o.calibration, o.n_calibration, "calibration", "a calibration text", quantize.calibration));
    quantize.calibration_tokens = o.calibration_tokens;
    std::string from;
    if (path != nullptr) {
      from = path;
    } else {
      SW_ASSIGN(from, embedded_model_path());
    }
    return quantize_checkpoint(from, quantize, folder, engine->engine->backend(), control);
  });
}

void sw_model_free(sw_model* model) { delete model; }

sw_status sw_model_get_info(const sw_model* model, sw_model_info* out) {
  return guard([&]() -> Status {
    if (model == nullptr) return missing("model");
    sw_model_info info = SW_MODEL_INFO_INIT;
    describe(*model->loaded, info);
    return write_info(info, out, "sw_model_info");
  });
}

sw_status sw_model_hash(const sw_model* model, const sw_run_options* options, const char** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (model == nullptr) return missing("model");
    Control control;
    SW_TRY(read_run_options(options, control));
    SW_ASSIGN(std::string hash, model->loaded->model->hash(control));
    const std::lock_guard lock(model->hashing);
    if (model->hash.empty()) model->hash = std::move(hash);
    *out = model->hash.c_str();
    return {};
  });
}

const sw_tokenizer* sw_model_tokenizer(const sw_model* model) {
  return model == nullptr || model->tokenizer.tokenizer == nullptr ? nullptr : &model->tokenizer;
}

}  // extern "C"
