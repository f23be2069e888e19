// All kernels for one instruction set. A unit in isa/ defines HANDGRAD_ISA, includes its vec_*.h, then this.
//
// Everything but the table lies in a namespace without a name inside handgrad::HANDGRAD_ISA. (A named inline
// function or template would be a weak symbol; the linker might keep the AVX-512 copy of it for the whole
// program, which then dies on older machines.)
#include "kernels/arg_fold-inl.h"
#include "kernels/binary-inl.h"
#include "kernels/compare-inl.h"
#include "kernels/copy-inl.h"
#include "kernels/elementwise-inl.h"
#include "kernels/fold-inl.h"
#include "kernels/indexing-inl.h"
#include "kernels/kernel_table.h"
#include "kernels/limits-inl.h"
#include "kernels/losses-inl.h"
#include "kernels/masks-inl.h"
#include "kernels/math-inl.h"
#include "kernels/matmul-inl.h"
#include "kernels/power-inl.h"
#include "kernels/sgd-inl.h"
#include "kernels/ternary-inl.h"
#include "kernels/trigonometry-inl.h"
#include "kernels/unary-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {

#define HANDGRAD_QUOTE_(x) #x
#define HANDGRAD_QUOTE(x) HANDGRAD_QUOTE_(x)

extern const KernelTable kTable;
const KernelTable kTable = {
    HANDGRAD_QUOTE(HANDGRAD_ISA),
    {
#define HANDGRAD_UNARY(name, Functor) {UnaryLoop<Functor, float>, UnaryLoop<Functor, double>},
#define HANDGRAD_UNARY_LIBRARY(name) {nullptr, nullptr},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_BINARY(name, Functor) \
  {BinaryLoop<Functor, float>, BinaryLoop<Functor, double>, nullptr, nullptr},
#define HANDGRAD_BINARY_INTEGER(name, Functor) \
  {nullptr, nullptr, IntegerLoop<Functor, int32_t, int32_t>, IntegerLoop<Functor, uint8_t, uint8_t>},
#define HANDGRAD_BINARY_LIBRARY(name, Function) {nullptr, nullptr, nullptr, nullptr},
#define HANDGRAD_BINARY_FLOAT(name, Functor) {BinaryLoop<Functor, float>, nullptr, nullptr, nullptr},
#define HANDGRAD_BINARY_ANY(name, Functor)                                                          \
  {BinaryLoop<Functor, float>, BinaryLoop<Functor, double>, IntegerLoop<Functor, int32_t, int32_t>, \
   IntegerLoop<Functor, uint8_t, uint8_t>},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_TERNARY(name, Functor) {TernaryLoop<Functor, float>, TernaryLoop<Functor, double>},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_COMPARE(name, Functor)                                                               \
  {CompareLoop<Functor, float>, CompareLoop<Functor, double>, IntegerLoop<Functor, int32_t, uint8_t>, \
   IntegerLoop<Functor, uint8_t, uint8_t>},
#include "kernels/kernel_list.inc"
    },
    WhereBytes,
    WhereLoop<float>,
    WhereLoop<double>,
    {
        {nullptr, CastLoop<float, double>, CastLoop<float, int32_t>, CastLoop<float, uint8_t>,
         TruthLoop<float>},
        {CastLoop<double, float>, nullptr, CastLoop<double, int32_t>, CastLoop<double, uint8_t>,
         TruthLoop<double>},
        {CastLoop<int32_t, float>, CastLoop<int32_t, double>, nullptr, CastLoop<int32_t, uint8_t>,
         TruthLoop<int32_t>},
        {CastLoop<uint8_t, float>, CastLoop<uint8_t, double>, CastLoop<uint8_t, int32_t>, nullptr,
         TruthLoop<uint8_t>},
    },
    {
#define HANDGRAD_FOLD(name, Functor) {FoldRowsLoop<Functor, float>, FoldRowsLoop<Functor, double>},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_FOLD(name, Functor) {FoldColumnsLoop<Functor, float>, FoldColumnsLoop<Functor, double>},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_ARG_FOLD(name, Functor) {ArgFoldLoop<Functor, float>, ArgFoldLoop<Functor, double>},
#include "kernels/kernel_list.inc"
    },
    {
#define HANDGRAD_FOLD(name, Functor) Functor::kStart,
#include "kernels/kernel_list.inc"
    },
    kMatmulKernels<float>,
    kMatmulKernels<double>,
#define HANDGRAD_FLOAT_KERNEL(name, Function, parameters) {Function<float>, Function<double>},
#include "kernels/kernel_list.inc"
#define HANDGRAD_TYPED_KERNEL(name, Function, parameters) \
  {Function<float>, Function<double>, Function<int32_t>, Function<uint8_t>},
#include "kernels/kernel_list.inc"
#define HANDGRAD_KERNEL(name, parameters) &name,
#include "kernels/kernel_list.inc"
};

}  // namespace HANDGRAD_ISA
}  // namespace handgrad
