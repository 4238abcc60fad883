// Whether what was written into a hole leaves the file's syntax as whole as it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eval_model_holes.h"

namespace sw::tool {

class SyntaxErrors {
 public:
  // Keeps a reference to the hole.
  explicit SyntaxErrors(const PinnedHole& hole) : hole_(hole) {}

  // Counts the errors of the file as it was, as far as the record shows it.
  Outcome read();
  // True when there are no more with `text` in the hole. None when there is no grammar, or a parse takes too long.
  Outcome judge(std::string_view text, std::optional<bool>& out) const;

 private:
  Outcome count(std::string_view text, std::optional<size_t>& out) const;

  const PinnedHole& hole_;
  std::optional<size_t> before_;
};

}  // namespace sw::tool
