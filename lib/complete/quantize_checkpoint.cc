#include "complete/quantize_checkpoint.h"

#include <algorithm>

#include "complete/model_tokenizer.h"
#include "model/host_model.h"
#include "model/pack_checkpoint.h"
#include "model/quantize_file.h"

namespace sw {
namespace {

constexpr size_t kCalibrationTokens = 1024;

using Texts = std::vector<std::vector<int32_t>>;

Status check(const QuantizeOptions& options) {
  if (!options.calibration.empty() && options.to != DType::q4) {
    return error(Code::argument, "a calibration is for int4; int8 loses next to nothing without one");
  }
  if (options.calibration_tokens > HostModel::kMeanSquaresTokensMax) {
    return error(Code::argument, "%zu tokens of each calibration text; at most %zu are taken", options.calibration_tokens,
                 HostModel::kMeanSquaresTokensMax);
  }
  return {};
}

// Packed matrices are copied as they are, and a file must not say that it was calibrated when it was not.
Status check_unpacked(const Checkpoint& checkpoint) {
  if (!is_packed(checkpoint.embedding.dtype)) return {};
  return error(Code::mismatch, "%s: stored as %s already, which a calibration cannot change; take the checkpoint that it was made of",
               checkpoint.embedding.where().c_str(), dtype_name(checkpoint.embedding.dtype));
}

Result<Texts> encode(const Checkpoint& checkpoint, const QuantizeOptions& options) {
  SW_ASSIGN(const auto tokenizer, open_tokenizer(checkpoint));
  SW_TRY(check_vocabulary(checkpoint, *tokenizer));
  const size_t n_max = options.calibration_tokens == 0 ? kCalibrationTokens : options.calibration_tokens;
  Texts texts;
  for (size_t i = 0; i < options.calibration.size(); ++i) {
    auto ids = tokenizer->encode(options.calibration[i]);
    if (!ids.ok()) return error(ids.status().code(), "calibration text %zu: %s", i, ids.status().message().c_str());
    texts.push_back(std::move(ids).value());
    texts.back().resize(std::min(texts.back().size(), n_max));
  }
  return texts;
}

Result<Importance> importance_of(const Checkpoint& checkpoint, const Texts& texts, const std::shared_ptr<Backend>& backend,
                                 const Control& control) {
  Control packing = control;
  packing.progress = nullptr;  // its units are not the calibration's
  SW_ASSIGN(Checkpoint held, pack_checkpoint(checkpoint, std::nullopt, *backend, packing));
  SW_ASSIGN(const auto model, HostModel::create(std::move(held), backend));
  return model->mean_squares(texts, control);
}

}  // namespace

Status quantize_checkpoint(const std::string& path, const QuantizeOptions& options, const std::string& out,
                           const std::shared_ptr<Backend>& backend, const Control& control) {
  SW_TRY(check(options));
  SW_ASSIGN(const Checkpoint checkpoint, open_checkpoint(path));
  Calibration calibration;
  Texts texts;
  if (!options.calibration.empty()) {
    SW_TRY(check_unpacked(checkpoint));
    SW_ASSIGN(texts, encode(checkpoint, options));
    for (const auto& text : texts) calibration.n_tokens += text.size();
    calibration.run = [&](const Control& part) { return importance_of(checkpoint, texts, backend, part); };
  }
  return quantize_file(checkpoint, options.to, out, vocabulary_file(checkpoint), calibration, *backend, control);
}

}  // namespace sw
