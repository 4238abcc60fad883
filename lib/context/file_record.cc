#include "context/file_record.h"

#include <xxhash.h>

#include <algorithm>
#include <chrono>

#include "context/chunks.h"
#include "context/outline.h"

namespace sw {
namespace {

constexpr std::chrono::milliseconds kParseTime{1000};
constexpr size_t kImportsMax = 4096;
constexpr size_t kImportBytesMax = 512;

Result<std::shared_ptr<const SyntaxTree>> parse(std::string_view text, const Language* language, const Control& control) {
  if (language == nullptr) return std::shared_ptr<const SyntaxTree>();
  Control short_control{control.cancel, Clock::now() + kParseTime, {}};
  auto tree = SyntaxTree::parse(*language, text, short_control);
  SW_TRY(control.check());
  if (!tree.ok() && tree.status().code() == Code::deadline) return std::shared_ptr<const SyntaxTree>();
  return tree;
}

void count_terms(std::string_view text, FileRecord::Chunk& chunk, std::vector<Term>& scratch, FileRecord& record) {
  scratch.clear();
  for_each_identifier(text, [&](std::string_view word, size_t) { append_terms(word, scratch); });
  std::sort(scratch.begin(), scratch.end());
  chunk.first_term = static_cast<uint32_t>(record.terms.size());
  chunk.n_words = static_cast<uint32_t>(scratch.size());
  for (size_t i = 0; i < scratch.size();) {
    const size_t begin = i;
    while (i < scratch.size() && scratch[i] == scratch[begin]) ++i;
    record.terms.push_back(scratch[begin]);
    record.counts.push_back(static_cast<uint8_t>(std::min<size_t>(i - begin, 255)));
  }
  chunk.n_terms = static_cast<uint32_t>(record.terms.size()) - chunk.first_term;
}

void add_chunks(std::string_view text, const SyntaxTree* tree, FileRecord& record) {
  std::vector<Term> scratch;
  for (const Chunk& c : chunks_of(text, tree)) {
    FileRecord::Chunk chunk{};
    chunk.begin = static_cast<uint32_t>(c.begin);
    chunk.end = static_cast<uint32_t>(c.end);
    chunk.first_line = static_cast<uint32_t>(c.first_line);
    count_terms(text.substr(c.begin, c.end - c.begin), chunk, scratch, record);
    record.chunks.push_back(chunk);
  }
}

void add_definitions(std::string_view text, const Outline& outline, FileRecord& record) {
  size_t at = 0;
  uint32_t line = 0;
  for (const Declaration& d : outline.declarations) {
    if (d.name.empty()) continue;
    const size_t begin = std::min(text.rfind('\n', d.whole.begin == 0 ? 0 : d.whole.begin - 1) + 1, d.whole.begin);
    if (begin < at) {
      at = 0;
      line = 0;
    }
    line +=
        static_cast<uint32_t>(std::count(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(begin), '\n'));
    at = begin;
    const size_t end = std::max(begin, d.signature.end), body_end = std::max(end, d.whole.end);
    record.definitions.push_back(
        {term_of(d.name), static_cast<uint32_t>(begin), static_cast<uint32_t>(end), static_cast<uint32_t>(body_end), line});
  }
}

}  // namespace

ContentHash hash_of(std::string_view text) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
  ContentHash hash;
  std::copy_n(canonical.digest, hash.size(), hash.begin());
  return hash;
}

size_t FileRecord::memory_bytes() const {
  size_t n = sizeof *this + chunks.capacity() * sizeof(Chunk) + terms.capacity() * sizeof(Term) + counts.capacity() +
             definitions.capacity() * sizeof(Definition) + skeleton.capacity();
  for (const std::string& import : imports) n += sizeof import + import.capacity();
  return n;
}

Result<std::shared_ptr<const FileRecord>> make_record(std::string_view text, const Language* language, const Control& control) {
  SW_ASSIGN(const auto tree, parse(text, language, control));
  auto record = std::make_shared<FileRecord>();
  record->n_bytes = static_cast<uint32_t>(text.size());
  record->n_lines = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n') + (text.empty() || text.back() == '\n' ? 0 : 1));
  add_chunks(text, tree.get(), *record);
  const Outline outline = outline_of(text, tree.get());
  add_definitions(text, outline, *record);
  for (const Import& import : outline.imports) {
    if (record->imports.size() < kImportsMax && import.target.size() <= kImportBytesMax) record->imports.push_back(import.target);
  }
  record->skeleton = skeleton_of(text, outline);
  record->chunks.shrink_to_fit();
  record->terms.shrink_to_fit();
  record->counts.shrink_to_fit();
  record->definitions.shrink_to_fit();
  record->skeleton.shrink_to_fit();
  return std::shared_ptr<const FileRecord>(std::move(record));
}

}  // namespace sw
