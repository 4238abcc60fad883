// A checkpoint written anew with int8 or int4 matrices, after texts have told which columns count.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/control.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

struct QuantizeOptions {
  DType to = DType::q8;                  // or q4
  std::vector<std::string> calibration;  // texts; for q4 alone. None: all columns count alike
  size_t calibration_tokens = 0;         // at most so many of each; 0: 1024
};

// The checkpoint at `path`, as open_checkpoint() finds it, to the folder `out`: quantize_file() (model/quantize_file.h). The calibration runs
// the model with its weights as open_model() would hold them.
// Errors: those of open_checkpoint(), quantize_file(), open_tokenizer() and Tokenizer::encode(); argument for a calibration that cannot be.
Status quantize_checkpoint(const std::string& path, const QuantizeOptions& options, const std::string& out,
                           const std::shared_ptr<Backend>& backend, const Control& control);

}  // namespace sw
