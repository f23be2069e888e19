// All kernels for one instruction set. A unit in isa/ defines HANDGRAD_ISA, includes its vec_*.h, then this.
//
// Everything lies in a namespace without a name inside handgrad::HANDGRAD_ISA: an instruction set exports
// its table and nothing else. (A named inline function or template would be a weak symbol; the linker might
// keep the AVX-512 copy of it for the whole program, which then dies on older machines.)
#include "kernels/kernel_table.h"

namespace handgrad {
namespace HANDGRAD_ISA {

#define HANDGRAD_QUOTE_(x) #x
#define HANDGRAD_QUOTE(x) HANDGRAD_QUOTE_(x)

extern const KernelTable kTable;
const KernelTable kTable = {
    HANDGRAD_QUOTE(HANDGRAD_ISA),
#define HANDGRAD_KERNEL(name, parameters) &name,
#include "kernels/kernel_list.inc"
};

}  // namespace HANDGRAD_ISA
}  // namespace handgrad
