#include "bits.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "options.h"
#include "terminal.h"
#include "tokens.h"

namespace sw::tool {
namespace {

constexpr size_t kChunkTokens = 256;  // so many rows of logits are kept at a time

// -log2 of the probability that logits give to a token.
double bits_for(std::span<const float> logits, int32_t id) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;  // of at most vocab_size terms up to 1: off by less than a part in a million
  for (const float logit : logits) sum += std::exp(logit - largest);
  return (std::log(double{sum}) + double{largest} - double{logits[static_cast<size_t>(id)]}) * M_LOG2E;
}

}  // namespace

Outcome bits_of(sw_model* model, std::string_view text, Bits& out) {
  sw_model_info info;
  SW_TRY(get_info(model, info));
  std::vector<int32_t> ids;
  SW_TRY(encode(sw_model_tokenizer(model), text, SW_ENCODE_TEXT, "a document", ids));
  if (info.bos_id >= 0) ids.insert(ids.begin(), info.bos_id);
  sw_sequence* raw = nullptr;
  SW_TRY(from_status(sw_sequence_create(model, &raw), kExitFailed));
  const Sequence sequence(raw);
  const auto width = static_cast<size_t>(info.vocab_size);
  std::vector<float> logits(kChunkTokens * width);
  const sw_run_options options = run_options(nullptr);
  for (size_t at = 0; at + 1 < ids.size(); at += kChunkTokens) {
    const size_t n = std::min(kChunkTokens, ids.size() - 1 - at);
    SW_TRY(from_status(sw_sequence_append(raw, ids.data() + at, n, &options, logits.data()), kExitFailed));
    for (size_t i = 0; i < n; ++i) out.bits += bits_for(std::span(logits).subspan(i * width, width), ids[at + i + 1]);
    out.n_tokens += n;
  }
  return success();
}

}  // namespace sw::tool
