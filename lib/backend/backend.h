// Binds the op table and runs each op over the threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "backend/allocator.h"
#include "backend/thread_pool.h"
#include "ops.h"

namespace sw {

class Backend {
 public:
  // All rows but those that take activations rounded: ops::CpuFeature bits.
  static const uint32_t kDefaultRows;

  // cpu_mask: ops::CpuFeature bits that may be bound.
  Backend(uint32_t cpu_mask, const ThreadOptions& threads, const Allocator& allocator);
  // Ops of the caller's choice.
  Backend(const ops::OpTable& ops, const ThreadOptions& threads, const Allocator& allocator);

  const Allocator& allocator() const { return allocator_; }
  int n_threads() const { return pool_.n_threads(); }
  // "embed=ref rms_norm=avx512 ...": which row runs each op.
  const std::string& rows() const { return rows_; }
  // What must be equal for two states to be equal bytes: the rows and the version of their arithmetic.
  std::string numerics() const { return "1 " + rows_; }

  // Each runs one op of kernels/ops.h, split so that no result depends on the split.
  void embed(const ops::EmbedArgs& args);
  void rms_norm(const ops::RmsNormArgs& args);
  void matmul(ops::MatmulArgs args);
  void conv(std::span<const ops::ConvArgs> sequences);  // of one shape, each with a state of its own
  void ssd(std::span<const ops::SsdArgs> sequences);
  void gated_norm(const ops::GatedNormArgs& args);
  void quantize(const ops::QuantizeArgs& args);
  void matmul_packed(ops::MatmulPackedArgs args);
  // Whether products with a matrix of this type are matmul_bf16's.
  bool rounds(ops::WeightType type) const { return ops_.rounds_bf16 && type == ops::WeightType::bf16; }
  void round_bf16(const ops::RoundBf16Args& args);
  void matmul_bf16(const ops::MatmulBf16Args& args);

  // body(part) for each part, on several threads; it must not throw.
  template <class Body>
  void parallel(int n_parts, const Body& body) { pool_.run(n_parts, body); }

 private:
  template <class Args>
  void run(void (*op)(const Args&, ops::Part), const Args& args, int n_items, double work);
  template <class Args>
  void run_each(void (*op)(const Args&, ops::Part), std::span<const Args> all, int n_items, double work);
  int parts_of(int n_items, double work) const;

  Allocator allocator_;
  ops::OpTable ops_;
  ThreadPool pool_;
  std::string rows_;
};

}  // namespace sw
