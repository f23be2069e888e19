// Which kernels this build holds and this machine can run.
#ifndef HANDGRAD_RUNTIME_DISPATCH_H_
#define HANDGRAD_RUNTIME_DISPATCH_H_

#include <string_view>
#include <vector>

#include "kernels/kernel_table.h"

namespace handgrad {

/// The tables that the machine can run, best last; scalar, which every machine can, is first.
std::vector<const KernelTable*> AvailableTables();

/// The table of that name, or null where the machine lacks it or the build does not hold it.
const KernelTable* FindTable(std::string_view isa);

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_DISPATCH_H_
