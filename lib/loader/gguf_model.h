// A checkpoint of a GGUF file: its metadata as a config, its tensors by their roles.
#pragma once

#include <memory>

#include "base/status.h"
#include "loader/checkpoint.h"
#include "loader/config.h"
#include "loader/gguf.h"
#include "loader/vocabulary.h"

namespace sw {

// Architecture `mamba2`, one file. Errors: unsupported for other architectures, hybrids, Mamba-1 and split files, each by name;
// format for what is missing or out of range, old conversions among it.
Result<ModelConfig> config_of(const Gguf& file);

// Fills everything in a Checkpoint but its paths. Shapes come back as those of the other layouts: matrices (rows, columns), the
// convolution (d_conv_in, 1, d_conv). Reads ssm_a, to see that it is not A_log.
Result<Checkpoint> bind_gguf(const Gguf& file);

// The tokenizer in the metadata, when it is one of SentencePiece. Errors: not_found without one, unsupported for another kind, format,
// mismatch for ids that contradict the pieces.
Result<std::shared_ptr<const Vocabulary>> vocabulary_of(const Gguf& file);

}  // namespace sw
