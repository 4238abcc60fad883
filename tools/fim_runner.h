// A model that fills holes, with more and more of the repository before its eyes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fim_records.h"
#include "options.h"
#include "package_copy.h"

namespace sw::tool {

class FimRunner {
 public:
  Outcome open(const ModelFlags& flags, const std::string& mode, bool keep_prompts, FimSettings& settings);
  // The package whose holes are run from now on.
  Outcome enter(const Package& package);
  Outcome run(const FimHole& hole, FimRecord& out);

 private:
  // What the file-only prompt shows of the file: nothing of it is shown again by a context.
  struct Window {
    size_t begin = 0, end = 0;
  };

  Outcome complete(const FimHole& hole, const std::string& text, uint32_t budget, Window& window, FimResult& out);
  Outcome set_context(sw_buffer* buffer, const FimHole& hole, const std::string& text, const Window& window, FimResult& out);
  Outcome read_result(const FimHole& hole, const sw_request* request, Window& window, FimResult& out);

  Engine engine_;
  Model model_;
  sw_model_info info_ = SW_MODEL_INFO_INIT;
  FimSettings settings_;
  sw_fill_mode mode_ = SW_FILL_DEFAULT;
  bool keep_prompts_ = false;
  std::string folder_;
  PackageCopy copy_;
};

}  // namespace sw::tool
