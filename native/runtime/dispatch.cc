#include "runtime/dispatch.h"

#include "runtime/cpu.h"

namespace handgrad {

namespace scalar {
extern const KernelTable kTable;
}
#if defined(HANDGRAD_X64)
namespace sse {
extern const KernelTable kTable;
}
namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512 {
extern const KernelTable kTable;
}
#elif defined(HANDGRAD_ARM64)
namespace neon {
extern const KernelTable kTable;
}
#endif

std::vector<const KernelTable*> AvailableTables() {
  const CpuFeatures cpu = DetectCpu();
  std::vector<const KernelTable*> tables = {&scalar::kTable};
#if defined(HANDGRAD_X64)
  if (cpu.sse41) tables.push_back(&sse::kTable);
  if (cpu.avx2 && cpu.fma) tables.push_back(&avx2::kTable);
  if (cpu.avx2 && cpu.fma && cpu.avx512f && cpu.avx512vl && cpu.avx512bw && cpu.avx512dq) {
    tables.push_back(&avx512::kTable);
  }
#elif defined(HANDGRAD_ARM64)
  if (cpu.neon) tables.push_back(&neon::kTable);
#endif
  return tables;
}

const KernelTable* FindTable(std::string_view isa) {
  for (const KernelTable* table : AvailableTables()) {
    if (isa == table->isa) return table;
  }
  return nullptr;
}

}  // namespace handgrad
