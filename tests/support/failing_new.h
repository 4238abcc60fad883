// The program's operator new, which can be made to fail. Its own file, so that no compiler sees through it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sw::test {

// Counts down while it is 0 or more; the allocation that finds 0 fails and sets `fired`. Any thread; -1 is off.
extern std::atomic<int64_t> countdown;
extern std::atomic<bool> fired;

// Memory from the same count, for std::free(). nullptr when it fails. `caller`: an address in
// the code that asks.
void* counted_allocate(std::size_t n, std::size_t alignment, const void* caller);

}  // namespace sw::test
