// FileRecord to bytes and back. Little-endian; a checksum at the end. Nothing that is read is believed before it is checked.
#include <xxhash.h>

#include <cstring>
#include <type_traits>

#include "context/file_record.h"
#include "tokenizer/tokenizer.h"

namespace sw {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

constexpr uint32_t kMagic = 0x31525753;  // "SWR1": another layout is another number

class Writer {
 public:
  void number(uint32_t value) { raw(&value, sizeof value); }
  void text(std::string_view text) {
    number(static_cast<uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  template <class T>
  void list(const std::vector<T>& items) {
    static_assert(std::has_unique_object_representations_v<T>);
    number(static_cast<uint32_t>(items.size()));
    raw(items.data(), items.size() * sizeof(T));
  }
  std::string finish() && {
    const uint64_t sum = XXH3_64bits(bytes_.data(), bytes_.size());
    raw(&sum, sizeof sum);
    return std::move(bytes_);
  }

 private:
  void raw(const void* data, size_t n) { bytes_.append(static_cast<const char*>(data), n); }
  std::string bytes_;
};

// Every read says whether there was so much.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool number(uint32_t& value) { return raw(&value, sizeof value); }
  bool text(std::string& text) {
    uint32_t n = 0;
    if (!number(n) || rest_.size() < n) return false;
    text.assign(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return true;
  }
  template <class T>
  bool list(std::vector<T>& items) {
    uint32_t n = 0;
    if (!number(n) || rest_.size() / sizeof(T) < n) return false;
    items.resize(n);
    return raw(items.data(), n * sizeof(T));
  }
  bool at_end() const { return rest_.empty(); }

 private:
  bool raw(void* out, size_t n) {
    if (rest_.size() < n) return false;
    if (n > 0) std::memcpy(out, rest_.data(), n);
    rest_.remove_prefix(n);
    return true;
  }
  std::string_view rest_;
};

bool read_fields(Reader& in, FileRecord& record) {
  uint32_t magic = 0, n_imports = 0;
  if (!in.number(magic) || magic != kMagic || !in.number(record.n_bytes) || !in.number(record.n_lines)) return false;
  if (!in.list(record.chunks) || !in.list(record.terms) || !in.list(record.counts) || !in.list(record.definitions)) return false;
  if (!in.text(record.skeleton) || !in.number(n_imports)) return false;
  for (uint32_t i = 0; i < n_imports; ++i) {
    if (!in.text(record.imports.emplace_back())) return false;
  }
  return in.at_end();
}

bool chunks_in_order(const FileRecord& record) {
  uint32_t at = 0, term = 0;
  for (const FileRecord::Chunk& chunk : record.chunks) {
    if (chunk.begin != at || chunk.end <= chunk.begin || chunk.first_term != term || chunk.n_terms > record.terms.size() - term)
      return false;
    at = chunk.end;
    term += chunk.n_terms;
  }
  return at == record.n_bytes && term == record.terms.size();
}

bool is_in_order(const FileRecord& record) {
  if (record.counts.size() != record.terms.size() || !chunks_in_order(record)) return false;
  for (const FileRecord::Definition& d : record.definitions) {
    if (d.begin > d.end || d.end > d.body_end || d.body_end > record.n_bytes) return false;
  }
  for (const std::string& import : record.imports) {
    if (first_invalid_utf8(import)) return false;
  }
  return !first_invalid_utf8(record.skeleton);
}

}  // namespace

std::string write_record(const FileRecord& record) {
  Writer out;
  out.number(kMagic);
  out.number(record.n_bytes);
  out.number(record.n_lines);
  out.list(record.chunks);
  out.list(record.terms);
  out.list(record.counts);
  out.list(record.definitions);
  out.text(record.skeleton);
  out.number(static_cast<uint32_t>(record.imports.size()));
  for (const std::string& import : record.imports) out.text(import);
  return std::move(out).finish();
}

std::shared_ptr<const FileRecord> read_record(std::string_view bytes) {
  uint64_t sum = 0;
  if (bytes.size() < sizeof sum) return nullptr;
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof sum);
  std::memcpy(&sum, bytes.data() + body.size(), sizeof sum);
  if (sum != XXH3_64bits(body.data(), body.size())) return nullptr;
  auto record = std::make_shared<FileRecord>();
  Reader in(body);
  if (!read_fields(in, *record) || !is_in_order(*record)) return nullptr;
  return record;
}

}  // namespace sw
