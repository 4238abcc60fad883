// What this processor computes at best: the multiply-adds of each row of kernels, from registers alone, by several threads.
#pragma once

#include <string>
#include <vector>

namespace sw::tool {

struct Peak {
  const char* name;   // "fma_avx2", "maddubs_avx2", "vnni_avx2", "fma_avx512", "vnni_avx512", "tiles_int8"
  void (*turn)();     // one run of a fixed number of operations
  double operations;  // of a turn: a multiply-add counts as two
};

// Those that this processor has; tiles only where an engine was given them before the first call.
const std::vector<Peak>& peaks();
// The one that bounds an op ("matmul", "matmul_packed", "ssd") on a row of kernels ("avx512_vnni"); nullptr where none is known.
const Peak* peak_of(const std::string& op, const std::string& row);
// Operations per second of so many threads, over some milliseconds.
double measure(const Peak& peak, int n_threads);

}  // namespace sw::tool
