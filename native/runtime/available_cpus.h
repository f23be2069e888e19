// How many threads can run at once here.
#ifndef HANDGRAD_RUNTIME_AVAILABLE_CPUS_H_
#define HANDGRAD_RUNTIME_AVAILABLE_CPUS_H_

#include <stddef.h>

namespace handgrad {

/// The cores that this process may use, at least 1: those in its affinity mask, hyperthreads of one core
/// counted once (they share the arithmetic units), and no more than the cgroup's CPU quota allows. Beyond
/// the quota the kernel stops all threads for the rest of each period, so a fraction is rounded down.
size_t AvailableCpus();

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_AVAILABLE_CPUS_H_
