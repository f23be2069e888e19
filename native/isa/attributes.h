// What compilers spell differently. Macros only, so that every unit may include it.
#ifndef HANDGRAD_ISA_ATTRIBUTES_H_
#define HANDGRAD_ISA_ATTRIBUTES_H_

#if defined(_MSC_VER) && !defined(__clang__)
#define HANDGRAD_INLINE __forceinline
#define HANDGRAD_NOINLINE __declspec(noinline)
#define HANDGRAD_RESTRICT __restrict
#define HANDGRAD_UNROLL
#define HANDGRAD_INDEPENDENT __pragma(loop(ivdep))
#else
// Vector functions must melt into their callers: a call would pass 512-bit registers through memory.
#define HANDGRAD_INLINE inline __attribute__((always_inline))
#define HANDGRAD_NOINLINE __attribute__((noinline))
#define HANDGRAD_RESTRICT __restrict__
#if defined(__clang__)
#define HANDGRAD_UNROLL _Pragma("clang loop unroll(full)")
#define HANDGRAD_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
// Before a loop whose count is a constant: unrolls it wholly, so that arrays of vectors become registers.
#define HANDGRAD_UNROLL _Pragma("GCC unroll 64")
// Before a loop no turn of which reads what an earlier one wrote; a result exactly on an operand is fine.
#define HANDGRAD_INDEPENDENT _Pragma("GCC ivdep")
#endif
#endif

#endif  // HANDGRAD_ISA_ATTRIBUTES_H_
