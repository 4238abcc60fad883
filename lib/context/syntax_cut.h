// Cuts a finished completion where the syntax says that it is over.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/control.h"
#include "context/language.h"

namespace sw {

enum class SyntaxCutRule {
  none,     // all of it stays
  bracket,  // it closes a bracket that neither it nor the cursor's line opened
  block,    // it leaves the statement or the block that held the cursor
  error,    // a line of it adds an error to the text
};

struct SyntaxCut {
  size_t end = 0;  // bytes of the completion that stay
  SyntaxCutRule rule = SyntaxCutRule::none;
  std::string why;  // for people; "" when nothing was cut
};

// `prefix` and `suffix` are windows of the text around the cursor that begin and end at lines, as the prompt's are.
// What stays are whole lines of the completion, but for an unmatched bracket, before which it ends. The first line
// always stays: half a line may be an error and still be right. Without a grammar, and once the control says that time
// is over, only brackets are looked at: indentation is for the stop rules (lib/complete), which see the text while it
// is generated.
SyntaxCut cut_at_syntax(std::string_view prefix, std::string_view completion, std::string_view suffix, const Language* language,
                        const Control& control);

}  // namespace sw
