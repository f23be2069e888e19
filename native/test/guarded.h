// Memory that ends (or begins) right at a page that nobody may touch, so that reading or writing one element
// too many is a crash and not a matter of luck.
#ifndef HANDGRAD_TEST_GUARDED_H_
#define HANDGRAD_TEST_GUARDED_H_

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

namespace handgrad::test {

enum class Guard { kBefore, kAfter };

template <typename T>
class Guarded {
 public:
  Guarded(size_t count, Guard guard) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t bytes = count * sizeof(T);
    const size_t middle = (bytes + page - 1) / page * page;
    size_ = middle + 2 * page;
    void* memory = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort();
    base_ = static_cast<char*>(memory);
    if (middle > 0 && mprotect(base_ + page, middle, PROT_READ | PROT_WRITE) != 0) abort();
    data_ = reinterpret_cast<T*>(base_ + page + (guard == Guard::kAfter ? middle - bytes : 0));
  }
  ~Guarded() { munmap(base_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  T* data() const { return data_; }

 private:
  char* base_;
  size_t size_;
  T* data_;
};

}  // namespace handgrad::test

#endif  // HANDGRAD_TEST_GUARDED_H_
