// A checkpoint with packed matrices, written as a new folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "backend/backend.h"
#include "base/control.h"
#include "base/status.h"
#include "loader/checkpoint.h"
#include "model/importance.h"

namespace sw {

// Texts to measure which columns count (model/importance.h), and how: asked once, when the folder is held for this call.
struct Calibration {
  uint64_t n_tokens = 0;
  std::function<Result<Importance>(const Control&)> run;  // empty: none
};

// Writes `from` to `folder` in the layout of HF transformers: config.json, model.safetensors with the matrices as `to` (q8 or q4), tokenizer
// and settings: those that lie beside `from`, but `tokenizer`, the bytes of a tokenizer.model, if it is not empty. The weights are written
// to a file of another name, which a later call with an equal calibration goes on with, then read again and compared with what they were
// made of, and renamed last: the folder opens when it is complete. The file's metadata have a hash of the calibration.
// Progress in bytes written and compared, before them those that calibrating takes the time of.
// Errors: argument for the folder of `from` itself; mismatch when the folder holds something else; state when somebody is writing there;
// format for weights that have no such form, and for a file that does not read as written (it is then removed); io; the calibration's.
Status quantize_file(const Checkpoint& from, DType to, const std::string& folder, const std::string& tokenizer, const Calibration& calibration,
                     Backend& backend, const Control& control);

}  // namespace sw
