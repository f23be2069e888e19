// What the processor and the operating system allow.
#ifndef HANDGRAD_RUNTIME_CPU_H_
#define HANDGRAD_RUNTIME_CPU_H_

#include <string>
#include <vector>

namespace handgrad {

#if defined(__x86_64__) || defined(_M_X64)
#define HANDGRAD_X64 1
#elif defined(__aarch64__) || defined(_M_ARM64)
#define HANDGRAD_ARM64 1
#endif

struct CpuFeatures {
  bool sse41 = false;
  bool avx2 = false;
  bool fma = false;
  bool avx512f = false;
  bool avx512vl = false;
  bool avx512bw = false;
  bool avx512dq = false;
  bool neon = false;
};

/// Asks the processor (CPUID) and the operating system (OSXSAVE, XCR0: who does not save the wide registers
/// on a task switch must not use them). Never by model name: those mislead, in virtual machines above all.
CpuFeatures DetectCpu();

/// The names of the features that are there, for people to look at.
std::vector<std::string> FeatureNames(const CpuFeatures& features);

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_CPU_H_
