// A checkpoint with packed matrices, written as a new folder.
#pragma once

#include <string>

#include "backend/backend.h"
#include "base/control.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// Writes `from` to `folder` in the layout of HF transformers: config.json, model.safetensors with the matrices as `to` (q8 or q4), tokenizer
// and settings: those that lie beside `from`, but `tokenizer`, the bytes of a tokenizer.model, if it is not empty. The weights are written to a file of another name, which a later call goes on with, then read again and compared
// with what they were made of, and renamed last: the folder opens when it is complete. Progress in bytes written and compared.
// Errors: argument for the folder of `from` itself; mismatch when the folder holds something else; state when somebody is writing there;
// format for weights that have no such form, and for a file that does not read as written (it is then removed); io.
Status quantize_file(const Checkpoint& from, DType to, const std::string& folder, const std::string& tokenizer, Backend& backend,
                     const Control& control);

}  // namespace sw
