#include "model/pack_checkpoint.h"

#include <algorithm>
#include <map>
#include <utility>

#include "loader/block_formats.h"
#include "loader/roles.h"
#include "model/pack.h"

namespace sw {
namespace {

// What became of the matrices, by the format that they were stored in.
class Changes {
 public:
  void add(DType from, DType to, const Rounding& rounding) {
    Change& change = by_types_[{from, to}];
    ++change.n_matrices;
    change.rounding += rounding;
  }

  // "Q4_K (98 matrices) held as Q8, relative error 0.0048; Q8_0 (2 matrices) held as Q8, exactly"
  std::string text() const {
    std::string out;
    for (const auto& [types, change] : by_types_) {
      const std::string loss = change.rounding.error == 0 ? "exactly" : format("relative error %.2g", change.rounding.relative());
      out += format("%s%s (%d %s) held as %s, %s", out.empty() ? "" : "; ", dtype_name(types.first), change.n_matrices,
                    change.n_matrices == 1 ? "matrix" : "matrices", dtype_name(types.second), loss.c_str());
    }
    return out;
  }

 private:
  struct Change {
    int n_matrices = 0;
    Rounding rounding;
  };
  std::map<std::pair<DType, DType>, Change> by_types_;
};

class Packer {
 public:
  Packer(std::optional<DType> to, Backend& backend, const Control& control) : to_(to), backend_(backend), control_(control) {}

  void count(const TensorView& matrix) { total_ += target(matrix) == matrix.dtype ? 0 : matrix.n_bytes; }
  std::string note() const { return changes_.text(); }

  Status pack(TensorView& matrix) {
    const DType to = target(matrix);
    SW_TRY(check_packable(matrix, to));
    if (matrix.dtype == to) return {};
    const size_t n_bytes = packed_bytes(to, matrix.shape[0], matrix.shape[1]);
    SW_ASSIGN(FloatBuffer buffer, FloatBuffer::create(backend_.allocator(), (n_bytes + 3) / 4));
    auto memory = std::make_shared<FloatBuffer>(std::move(buffer));
    auto* out = reinterpret_cast<std::byte*>(memory->data());
    SW_TRY(fill(matrix, to, out));
    matrix.dtype = to;
    matrix.data = out;
    matrix.n_bytes = n_bytes;
    matrix.memory = std::move(memory);
    return {};
  }

 private:
  DType target(const TensorView& matrix) const { return to_ ? *to_ : held_type(matrix.dtype); }

  Status fill(const TensorView& matrix, DType to, std::byte* out) {
    const int n_rows = static_cast<int>(matrix.shape[0]);
    const size_t row_bytes = matrix.n_bytes / static_cast<size_t>(n_rows);
    Rounding total;
    for (int row = 0; row < n_rows; row += kPackStepRows) {
      const int end = std::min(row + kPackStepRows, n_rows);
      SW_ASSIGN(const Rounding rounding, pack_step(matrix, to, {}, row, end, out + packed_bytes(to, row, matrix.shape[1]), backend_));
      total += rounding;
      const size_t done = static_cast<size_t>(end - row) * row_bytes;
      if (matrix.file != nullptr) matrix.file->drop(matrix.data + static_cast<size_t>(row) * row_bytes, done);
      done_ += done;
      SW_TRY(control_.step(done_, total_));
    }
    changes_.add(matrix.dtype, to, total);
    return {};
  }

  std::optional<DType> to_;
  Backend& backend_;
  const Control& control_;
  uint64_t done_ = 0, total_ = 0;
  Changes changes_;
};

// Every matrix that may be packed, a tied head once.
template <class Visit>
Status for_each_matrix(Checkpoint& checkpoint, Visit&& visit) {
  SW_TRY(visit(checkpoint.embedding));
  for (BlockWeights& block : checkpoint.blocks) {
    SW_TRY(visit(std::get<Mamba2Weights>(block).in_proj));
    SW_TRY(visit(std::get<Mamba2Weights>(block).out_proj));
  }
  return checkpoint.tied ? Status() : visit(checkpoint.head);
}

}  // namespace

Result<Checkpoint> pack_checkpoint(Checkpoint checkpoint, std::optional<DType> to, Backend& backend, const Control& control) {
  Packer packer(to, backend, control);
  SW_TRY(for_each_matrix(checkpoint, [&](TensorView& matrix) {
    packer.count(matrix);
    return Status();
  }));
  SW_TRY(for_each_matrix(checkpoint, [&](TensorView& matrix) { return packer.pack(matrix); }));
  if (checkpoint.tied) checkpoint.head = checkpoint.embedding;
  checkpoint.weights_note = packer.note();
  count_weights(&checkpoint);
  return checkpoint;
}

}  // namespace sw
