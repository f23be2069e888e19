// Large pages for large memory.
#ifndef HANDGRAD_RUNTIME_HUGE_PAGES_H_
#define HANDGRAD_RUNTIME_HUGE_PAGES_H_

#include <stddef.h>

namespace handgrad {

/// Asks the system to back the whole pages within `bytes` bytes at `data` by large ones when they are first touched. A
/// hint: nothing happens where there are none.
void AdviseHugePages(void* data, size_t bytes);

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_HUGE_PAGES_H_
