// r[t] = table[ids[t]] as float32
// Oracle: kernels/cpu/ref/embed.cc.
// Grid:   one block for a token.
#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

__global__ void embed_rows(EmbedArgs a) {
  previous_done();
  allow_next();
  const int t = blockIdx.x;
  const int id = a.ids != nullptr ? a.ids[t] : a.control[t].token;
  const bf16* row = a.table + size_t(id) * a.table_stride;
  for (int i = threadIdx.x; i < a.d_model; i += blockDim.x) a.out[size_t(t) * a.d_model + i] = float(row[i]);
}

}  // namespace

cudaError_t embed(const EmbedArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(args.n_tokens), dim3(256), 0, stream, overlap}, embed_rows, args);
}

}  // namespace sw::cuda
