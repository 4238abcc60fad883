#include "context/syntax_cut.h"

#include <algorithm>
#include <vector>

#include "context/joined_tree.h"
#include "context/lines.h"

namespace sw {
namespace {

constexpr size_t kParsesMax = 12;

char opener_of(char closer) { return closer == ')' ? '(' : closer == ']' ? '[' : '{'; }

// Brackets by characters: quotes that close on their line hide what they hold.
std::vector<Bracket> bracket_characters(std::string_view text, size_t begin, size_t end) {
  std::vector<Bracket> found;
  for (size_t at = begin; at < end; ++at) {
    const char c = text[at];
    if (std::string_view("()[]{}").find(c) != std::string_view::npos) found.push_back({at, c});
    if (c != '"' && c != '\'') continue;
    size_t close = at + 1;
    while (close < end && text[close] != c && text[close] != '\n') close += text[close] == '\\' ? 2 : 1;
    if (close < end && text[close] == c) at = close;
  }
  return found;
}

size_t first_text(std::string_view text, size_t at) {
  const size_t found = text.find_first_not_of(" \t\r\n", at);
  return found == std::string_view::npos ? text.size() : found;
}

// Prefix, a part of the completion, suffix.
class Hole {
 public:
  Hole(std::string_view prefix, std::string_view completion, std::string_view suffix, const Language* language, const Control& control)
      : prefix_(prefix), completion_(completion), suffix_(suffix), language_(language), control_(control) {
    const size_t newline = prefix.rfind('\n');
    line_ = newline == std::string_view::npos ? 0 : newline + 1;
  }

  SyntaxCut cut() {
    SyntaxCut cut{completion_.size(), SyntaxCutRule::none, ""};
    std::shared_ptr<const SyntaxTree> tree = parse(cut.end);
    at_bracket(tree.get(), cut);
    if (tree == nullptr) return cut;
    at_block_end(*tree, cut);
    at_error(cut);
    return cut;
  }

 private:
  // The tree with the first `n` bytes of the completion; null without a grammar or time.
  std::shared_ptr<const SyntaxTree> parse(size_t n) {
    if (language_ == nullptr) return nullptr;
    text_.assign(prefix_).append(completion_.substr(0, n)).append(suffix_);
    auto parsed = SyntaxTree::parse(*language_, text_, control_);
    return parsed.ok() ? std::move(parsed).value() : nullptr;
  }

  void at_bracket(const SyntaxTree* tree, SyntaxCut& cut) const {
    const std::string text = std::string(prefix_) + std::string(completion_);
    std::vector<char> open;
    for (const Bracket& b : tree == nullptr ? bracket_characters(text, line_, text.size())
                                            : bracket_tokens(*tree, text, line_, text.size())) {
      const bool opens = b.sign == '(' || b.sign == '[' || b.sign == '{';
      const bool matches = !opens && !open.empty() && open.back() == opener_of(b.sign);
      if (opens) {
        open.push_back(b.sign);
      } else if (matches) {
        open.pop_back();
      } else if (b.at >= prefix_.size()) {
        cut.end = trim_right(completion_.substr(0, b.at - prefix_.size())).size();
        cut.rule = SyntaxCutRule::bracket;
        cut.why = std::string("it closes a '") + opener_of(b.sign) + "' that it did not open";
        return;
      }
    }
  }

  void at_block_end(const SyntaxTree& tree, SyntaxCut& cut) const {
    const size_t inserted = prefix_.size() + first_text(completion_, 0);
    if (inserted >= prefix_.size() + cut.end) return;
    const size_t statement = line_ + first_text(prefix_.substr(line_), 0);
    const auto end = statement < prefix_.size() ? statement_end(tree, statement, inserted) : block_end(tree, line_, inserted);
    if (!end || *end <= inserted) return;
    // The rest of the line on which it ends belongs to it: a semicolon, a comment.
    const size_t newline = completion_.find('\n', *end - 1 - prefix_.size());
    if (newline >= cut.end || first_text(completion_, newline) >= cut.end) return;
    cut.end = trim_right(completion_.substr(0, newline)).size();
    cut.rule = SyntaxCutRule::block;
    cut.why = "it left what held the cursor";
  }

  // From all lines to fewer; a fault inside says which line is to blame.
  void at_error(SyntaxCut& cut) {
    const auto before = parse(0);
    if (before == nullptr) return;
    const Faults without = faults(*before, 0, 0);
    const size_t first = completion_.find('\n', first_text(completion_, 0));  // ends the first line
    size_t end = cut.end;
    for (size_t n = 0; n < kParsesMax && first < end; ++n) {
      const auto tree = parse(end);
      if (tree == nullptr) return;  // no more time: unjudged lines stay
      const Faults with = faults(*tree, prefix_.size(), prefix_.size() + trim_right(completion_.substr(0, end)).size());
      if (!with.inside && with.n <= without.n && std::includes(without.missing_after.begin(), without.missing_after.end(),
                                                               with.missing_after.begin(), with.missing_after.end())) {
        break;
      }
      const size_t at = with.inside ? std::min(*with.inside - prefix_.size(), end - 1) : end - 1;
      const size_t newline = at == 0 ? std::string_view::npos : completion_.rfind('\n', at - 1);
      end = newline == std::string_view::npos || newline < first ? first : trim_right(completion_.substr(0, newline)).size();
    }
    if (end >= cut.end) return;
    cut = {trim_right(completion_.substr(0, end)).size(), SyntaxCutRule::error, "the next line adds an error"};
  }

  const std::string_view prefix_, completion_, suffix_;
  const Language* language_;
  const Control& control_;
  size_t line_;  // where the cursor's line begins
  std::string text_;
};

}  // namespace

SyntaxCut cut_at_syntax(std::string_view prefix, std::string_view completion, std::string_view suffix, const Language* language,
                        const Control& control) {
  return Hole(prefix, completion, suffix, language, control).cut();
}

}  // namespace sw
