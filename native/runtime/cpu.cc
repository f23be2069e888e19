#include "runtime/cpu.h"

#if defined(HANDGRAD_X64)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#include <stdint.h>
#endif

namespace handgrad {

#if defined(HANDGRAD_X64)

namespace {

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};

CpuidResult Cpuid(uint32_t leaf, uint32_t subleaf) {
#if defined(_MSC_VER)
  int registers[4];
  __cpuidex(registers, static_cast<int>(leaf), static_cast<int>(subleaf));
  return {static_cast<uint32_t>(registers[0]), static_cast<uint32_t>(registers[1]),
          static_cast<uint32_t>(registers[2]), static_cast<uint32_t>(registers[3])};
#else
  CpuidResult result{};
  __cpuid_count(leaf, subleaf, result.eax, result.ebx, result.ecx, result.edx);
  return result;
#endif
}

/// XCR0: the register sets that the operating system saves.
uint64_t SavedRegisterSets() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  // The instruction and not the intrinsic, which would need -mxsave for this file.
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool Bit(uint32_t word, int bit) { return (word >> bit & 1) != 0; }

}  // namespace

CpuFeatures DetectCpu() {
  CpuFeatures features;
  const uint32_t max_leaf = Cpuid(0, 0).eax;
  const CpuidResult leaf1 = Cpuid(1, 0);
  features.sse41 = Bit(leaf1.ecx, 19);

  const bool os_saves = Bit(leaf1.ecx, 27);  // OSXSAVE: XCR0 can be read
  const uint64_t saved = os_saves ? SavedRegisterSets() : 0;
  const bool ymm = (saved & 0x06) == 0x06;  // SSE and AVX state
  const bool zmm = (saved & 0xe6) == 0xe6;  // and masks, upper halves, upper sixteen registers
  const bool avx = Bit(leaf1.ecx, 28) && ymm;
  if (!avx || max_leaf < 7) return features;

  const CpuidResult leaf7 = Cpuid(7, 0);
  features.fma = Bit(leaf1.ecx, 12);
  features.avx2 = Bit(leaf7.ebx, 5);
  if (!zmm) return features;
  features.avx512f = Bit(leaf7.ebx, 16);
  features.avx512dq = Bit(leaf7.ebx, 17);
  features.avx512bw = Bit(leaf7.ebx, 30);
  features.avx512vl = Bit(leaf7.ebx, 31);
  return features;
}

#else

CpuFeatures DetectCpu() {
  CpuFeatures features;
#if defined(HANDGRAD_ARM64)
  features.neon = true;  // part of every 64-bit ARM
  features.fma = true;
#endif
  return features;
}

#endif

std::vector<std::string> FeatureNames(const CpuFeatures& features) {
  const struct {
    const char* name;
    bool present;
  } all[] = {
      {"sse4.1", features.sse41},      {"avx2", features.avx2},         {"fma", features.fma},
      {"avx512f", features.avx512f},   {"avx512vl", features.avx512vl}, {"avx512bw", features.avx512bw},
      {"avx512dq", features.avx512dq}, {"neon", features.neon},
  };
  std::vector<std::string> names;
  for (const auto& feature : all) {
    if (feature.present) names.emplace_back(feature.name);
  }
  return names;
}

}  // namespace handgrad
