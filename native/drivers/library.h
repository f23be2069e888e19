// Rarely used functions, computed one by one with the C library's, in double also for floats: vectors of them would
// be much code for little use. They are compiled once, and run as all elementwise kernels do, on threads too.
#ifndef HANDGRAD_DRIVERS_LIBRARY_H_
#define HANDGRAD_DRIVERS_LIBRARY_H_

#include "kernels/kernel_table.h"

namespace handgrad {

/// The function for elements of `type`; null where there is none. As the instruction sets' kernels: neighbours, and
/// either input of two may be a single element.
ElementwiseKernel LibraryUnary(size_t op, ElementType type);
ElementwiseKernel LibraryBinary(size_t op, ElementType type);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_LIBRARY_H_
