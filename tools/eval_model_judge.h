// What a model wrote into a pinned hole, against what stood there. The same questions, asked the same way, as models/recipe/evaluate.py.
#pragma once

#include <optional>
#include <string_view>

#include "eval_model_holes.h"
#include "fim_judge.h"

namespace sw::tool {

// Of all that the model wrote until it ended, or was stopped for its length.
struct RawJudgement {
  bool ended = false;       // by itself
  bool exact = false;       // ended, and the text is the hole's, white space around both aside
  bool first_line = false;  // the first line is the hole's; of a block, the first that is not empty
  bool ran_past = false;    // a later line is the first of at least 6 characters behind the hole, and none of the hole's own
};

// Of what would be shown, white space around both texts aside.
struct ShownJudgement {
  bool exact = false;
  double similarity = 0;        // as in fim_judge.h
  bool fits = false;            // fim_judge.h's `ended`: as many lines and brackets as in the hole, and not cut off for its length
  std::optional<double> names;  // the share of the hole's names that it holds; none where the hole has none
  std::optional<bool> syntax;   // the file has no more syntax errors with it than with the hole's own text; none without a grammar
};

RawJudgement judge_raw(const PinnedHole& hole, std::string_view text, bool ended);

// All but `syntax`, which takes a parser.
ShownJudgement judge_shown(const PinnedHole& hole, std::string_view shown, sw_finish finish);

}  // namespace sw::tool
