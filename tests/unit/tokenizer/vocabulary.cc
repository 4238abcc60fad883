#include "vocabulary.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <queue>
#include <set>

#include "tokenizer/utf8.h"
#include "tokenizer/wire.h"

namespace sw::test {

Vocabulary Vocabulary::with_bytes() {
  Vocabulary v;
  v.add("<unk>", 0, PieceType::unknown);
  for (const char* name : {"<s>", "</s>", "[PREFIX]"}) v.add(name, 0, PieceType::control);
  for (int byte = 0; byte < 256; ++byte) {
    v.add(format("<0x%02X>", static_cast<unsigned>(byte)), 0, PieceType::byte);
  }
  return v;
}

Vocabulary& Vocabulary::add(std::string text, float score, PieceType type) {
  pieces.push_back({std::move(text), score, type});
  return *this;
}

std::string Vocabulary::file() const {
  WireWriter out;
  for (const Piece& piece : pieces) {
    WireWriter message;
    message.bytes(1, piece.text).float32(2, piece.score);
    if (piece.type != PieceType::normal) message.varint(3, static_cast<uint64_t>(piece.type));
    out.bytes(1, message.message());
  }
  WireWriter trainer;
  trainer.varint(3, model_type).varint(24, space_as_suffix).varint(35, byte_fallback);
  if (!unk_surface.empty()) trainer.bytes(44, unk_surface);
  WireWriter normalizer;
  normalizer.bytes(1, "identity").bytes(2, charsmap);
  normalizer.varint(3, dummy_prefix).varint(4, remove_spaces).varint(5, escape_spaces);
  out.bytes(2, trainer.message()).bytes(3, normalizer.message());
  if (!denormalizer_charsmap.empty()) out.bytes(5, WireWriter().bytes(2, denormalizer_charsmap).message());
  return out.message();
}

namespace {

const std::vector<std::string>& alphabet() {
  static const std::vector<std::string> characters = {
      "\xE2\x96\x81", "\xE2\x96\x81", "a", "b", "c", "=", "é", "日", "😀", "\t", "\r", "\n"};
  return characters;
}

// A text that no vocabulary with exact line starts may hold: a newline before its end.
bool joins_lines(std::string_view text) {
  return text.substr(0, text.size() - 1).find('\n') != std::string_view::npos;
}

}  // namespace

Vocabulary random_vocabulary(Random& random) {
  Vocabulary v = Vocabulary::with_bytes();
  std::set<std::string> texts;
  std::vector<std::string> parts;
  const auto add = [&](const std::string& text, PieceType type) {
    if (joins_lines(text) || !texts.insert(text).second) return;
    // Few distinct scores: ties are the rule, so that "leftmost" matters.
    v.add(text, -static_cast<float>(below(random, 12)), type);
    parts.push_back(text);
  };
  add(std::string(kSpaceMark), PieceType::normal);
  for (const std::string& character : alphabet()) {
    if (below(random, 4) != 0) add(character, PieceType::normal);
  }
  const size_t n_merges = below(random, 60);
  for (size_t i = 0; i < n_merges; ++i) {
    const std::string left = parts[below(random, parts.size())];
    add(left + parts[below(random, parts.size())], PieceType::normal);
  }
  const size_t n_user_defined = below(random, 4);
  for (size_t i = 0; i < n_user_defined; ++i) {
    std::string text;
    for (size_t n = 1 + below(random, 4); n > 0; --n) text += alphabet()[below(random, alphabet().size())];
    add(text, PieceType::user_defined);
  }
  v.dummy_prefix = below(random, 2) == 0;
  std::shuffle(v.pieces.begin(), v.pieces.end(), random);
  return v;
}

std::string random_text(Random& random, size_t n_parts, bool with_space_mark) {
  static const std::vector<std::string> parts = {"a",
                                                 "b",
                                                 "c",
                                                 "ab",
                                                 "ca",
                                                 "=",
                                                 "==",
                                                 "é",
                                                 "日",
                                                 "😀",
                                                 "\t",
                                                 "\r\n",
                                                 "\n",
                                                 "\n\n",
                                                 "    ",
                                                 " ",
                                                 "  ",
                                                 "\r",
                                                 "def f(x):\n    return x + 12345\n",
                                                 "for (int i = 0; i < n; ++i) {\r\n\t\tsum += a[i];\r\n\t}",
                                                 "[INST]",
                                                 "</s>",
                                                 "[PREFIX]",
                                                 "[REFERENCE_DOC_3]",
                                                 "[REFERENCE_DOC_",
                                                 "<0x41>",
                                                 "<unk>",
                                                 "ÿþ",
                                                 "\u2028",
                                                 "\uFFFD",
                                                 "ﬁ",
                                                 "ÅÅ",
                                                 "self.assertEqual(",
                                                 "std::vector<std::string_view>",
                                                 "0x7FFFFFFF",
                                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                                 "你好，世界",
                                                 "                                        ",
                                                 "\"\\n\\t%s\"",
                                                 "// TODO\n",
                                                 "\x01",
                                                 "\x7F"};
  std::string text;
  for (size_t i = 0; i < n_parts; ++i) {
    const size_t pick = below(random, parts.size() + 3);
    if (pick < parts.size()) {
      text += parts[pick];
    } else if (pick == parts.size()) {
      text += '\0';
    } else if (pick == parts.size() + 1) {
      text += static_cast<char>(32 + below(random, 95));
    } else {
      text += with_space_mark ? kSpaceMark : "_";
    }
  }
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

namespace {

std::string if_there(const std::string& path) {
  return std::filesystem::exists(path) ? path : "";
}

}  // namespace

std::string mistral_path() {
  return if_there(SW_SHARED_DIR "/data/tokenizer.model.v3");
}

std::string nano_path() {
  const std::string own = if_there(SW_SOURCE_DIR "/models/nano/tokenizer.model");
  return own.empty() ? if_there(SW_SHARED_DIR "/models/nano-v0/tokenizer.model") : own;
}

namespace {

struct Symbol {
  std::string text;
  bool frozen;
};

std::vector<Symbol> split(const std::set<std::string>& user_defined, std::string_view text) {
  std::vector<Symbol> symbols;
  while (!text.empty()) {
    std::string longest;
    for (const std::string& piece : user_defined) {
      if (text.starts_with(piece) && piece.size() > longest.size()) longest = piece;
    }
    const bool frozen = !longest.empty();
    if (!frozen) longest = text.substr(0, read_character(text).n_bytes);
    symbols.push_back({longest, frozen});
    text.remove_prefix(longest.size());
  }
  return symbols;
}

std::string spelled_with_marks(std::string_view text) {
  std::string result;
  for (const char c : text) c == ' ' ? result += kSpaceMark : result += c;
  return result;
}

}  // namespace

std::vector<TokenId> reference_bpe(const PieceModel& model, std::string_view text) {
  std::map<std::string, TokenId, std::less<>> ids;
  std::vector<TokenId> byte_ids(256);
  std::set<std::string> user_defined;
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    const auto id = static_cast<TokenId>(i);
    if (piece.type == PieceType::normal || piece.type == PieceType::user_defined) ids[piece.text] = id;
    if (piece.type == PieceType::byte)
      byte_ids[static_cast<size_t>(std::stoi(piece.text.substr(3, 2), nullptr, 16))] = id;
    if (piece.type == PieceType::user_defined) user_defined.insert(piece.text);
  }
  std::vector<Symbol> symbols = split(user_defined, spelled_with_marks(text));
  while (true) {
    size_t best = symbols.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      if (symbols[i].frozen || symbols[i + 1].frozen) continue;
      const auto it = ids.find(symbols[i].text + symbols[i + 1].text);
      if (it == ids.end()) continue;
      const float score = model.pieces[static_cast<size_t>(it->second)].score;
      if (best == symbols.size() || score > best_score) {
        best = i;
        best_score = score;
      }
    }
    if (best == symbols.size()) break;
    symbols[best].text += symbols[best + 1].text;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  std::vector<TokenId> result;
  for (const Symbol& symbol : symbols) {
    if (const auto it = ids.find(symbol.text); it != ids.end()) {
      result.push_back(it->second);
    } else {
      for (const char c : symbol.text) result.push_back(byte_ids[static_cast<unsigned char>(c)]);
    }
  }
  return result;
}

}  // namespace sw::test
