#include "runtime/freed_memory.h"

#include <stdlib.h>
#include <string.h>

#include <vector>

#include "test/check.h"

// The sanitizers have a malloc of their own.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <sys/resource.h>

namespace handgrad {
namespace {

long PageFaults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// 32 MB of slabs, written to and freed, as between two of V8's collections.
void UseSlabs() {
  constexpr size_t kSlabs = 256, kBytes = size_t{128} << 10;
  std::vector<void*> slabs(kSlabs);
  for (void*& slab : slabs) slab = memset(malloc(kBytes), 1, kBytes);
  for (void* slab : slabs) free(slab);
}

TEST(FreedSlabsKeepTheirPages) {
  KeepFreedMemory();
  UseSlabs();
  const long before = PageFaults();
  for (int round = 0; round < 10; ++round) UseSlabs();
  const long faults = PageFaults() - before;
  CHECK(faults < 1000, "%ld page faults in 10 rounds of 8192 pages", faults);
}

}  // namespace
}  // namespace handgrad

#endif
