// What the addon tells about the machine, and what can be set.
#ifndef HANDGRAD_BINDINGS_PROCESS_H_
#define HANDGRAD_BINDINGS_PROCESS_H_

#include "bindings/call.h"

namespace handgrad {

/// info() → {cpu: features, isas: those that can run, best last, isa: the chosen one, threads, scratchBytes}
napi_value Info(Call& call);

/// setIsa(name): which instruction set kernels use from now on.
napi_value SetIsa(Call& call);

napi_value NumThreads(Call& call);
/// setNumThreads(count): threads that a kernel may use, from 1.
napi_value SetNumThreads(Call& call);

/// initialize(parameters, OutOfMemoryError): the block that holds the numbers of each call (parameters.h),
/// and the class that a failed allocation throws.
napi_value Initialize(Call& call);

/// failAllocations(after): for tests: `after` more allocations of working space succeed, later ones fail;
/// −1 ends that. Gives back the working space held, so that the next use allocates.
napi_value FailAllocations(Call& call);

/// adviseHugePages(x): asks the system to back the memory of the Uint8Array x by large pages, where it has them.
/// What lies in the memory, and who may use it, stays as it is.
napi_value AdviseHugePages(Call& call);

/// bytesToCacheLine(x): the bytes from where the Uint8Array x begins to where a cache line does, 0 to 63.
napi_value BytesToCacheLine(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_PROCESS_H_
