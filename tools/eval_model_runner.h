// A model that fills pinned holes, in each order, with and without their context.
#pragma once

#include <string>
#include <vector>

#include "eval_model_records.h"
#include "handles.h"
#include "options.h"

namespace sw::tool {

class EvalModelRunner {
 public:
  // mode: "" for spm and psm, as far as the model has them. Fills in settings but for `holes`.
  Outcome open(const ModelFlags& flags, const std::string& mode, bool keep_prompts, ModelSettings& settings);
  Outcome run(const PinnedHole& hole, ModelRecord& out);

 private:
  Outcome choose_orders(const std::string& mode, const sw_model_info& info);
  Outcome fill_hole(const PinnedHole& hole, bool with_context, std::vector<ModelFill>& out);
  Outcome complete(const PinnedHole& hole, sw_buffer* buffer, ModelFill& out);
  // What the model writes on where the completion was cut.
  Outcome write_on(const PinnedHole& hole, sw_buffer* buffer, std::vector<int32_t> ids, ModelFill& out);

  Engine engine_;
  Model model_;
  int32_t eos_ = -1;
  std::vector<sw_fill_mode> orders_;
  bool keep_prompts_ = false;
};

}  // namespace sw::tool
