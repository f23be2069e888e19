// Between vec_test.cc, compiled for every machine, and its parts, compiled for one instruction set each.
#ifndef HANDGRAD_TEST_VEC_TEST_H_
#define HANDGRAD_TEST_VEC_TEST_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

struct VecTestValues {
  const float* floats;
  int float_count;
  const double* doubles;
  int double_count;
};

struct VecTestReport {
  long checks;
  long failures;
  int lines[8];
};

#define HANDGRAD_DECLARE_VEC_TEST(isa)                              \
  namespace isa {                                                   \
  void TestVec(const VecTestValues& values, VecTestReport* report); \
  }
HANDGRAD_DECLARE_VEC_TEST(scalar)
HANDGRAD_DECLARE_VEC_TEST(sse)
HANDGRAD_DECLARE_VEC_TEST(avx2)
HANDGRAD_DECLARE_VEC_TEST(avx512)
HANDGRAD_DECLARE_VEC_TEST(neon)
#undef HANDGRAD_DECLARE_VEC_TEST

}  // namespace handgrad

#endif  // HANDGRAD_TEST_VEC_TEST_H_
