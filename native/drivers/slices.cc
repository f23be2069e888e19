// Scalar code, compiled once for all instruction sets: where an element goes depends on those before it, so vectors
// would have nothing to do. Threads share the slices.
#include "drivers/slices.h"

#include <algorithm>
#include <type_traits>

#include "drivers/order.h"
#include "drivers/tiles.h"

namespace handgrad {

namespace {

template <typename T>
using KeyType = decltype(KeyOf(T()));

/// Calls slice(data, thread) for all slices, on threads; data[i] is the first element of operand i.
template <typename Slice>
void ForEachSlice(const Context& context, const SliceJob& job, const Loops& loops, const Slice& slice) {
  const size_t size = std::max<size_t>(1, job.x.size);
  const Tiling tiling(loops, job.operands, 1, std::max<size_t>(1, kGrain / size));
  tiling.Distribute(
      context,
      [&](size_t begin, size_t end, size_t thread) {
        tiling.ForEach(begin, end, [&](const Tile& tile) {
          for (size_t i = 0; i < tile.columns; ++i) {
            char* data[3];
            for (size_t k = 0; k < 3; ++k) {
              const ptrdiff_t step = static_cast<ptrdiff_t>(i) * tiling.column_stride(k);
              data[k] = job.operands[k].data == nullptr ? nullptr
                                                        : Advance(tile.data[k], step, job.operands[k].bytes);
            }
            slice(data, thread);
          }
        });
      },
      size);
}

/// From here on a pass over each byte of the keys is quicker than comparing them.
constexpr size_t kManyItems = 1024;

/// Sorts byte by byte, from the lowest (Knuth 1998, 5.2.5), between two arrays; which of them holds the result is
/// returned. A byte that is the same in all keys needs no pass.
template <typename Key>
Ranked<Key>* RadixSort(Ranked<Key>* items, Ranked<Key>* other, size_t n) {
  constexpr size_t kBytes = sizeof(Key);
  static_assert(sizeof(uint32_t) >= sizeof(items->place), "places count what is counted here");
  uint32_t counts[kBytes][256] = {};
  for (size_t i = 0; i < n; ++i) {
    for (size_t byte = 0; byte < kBytes; ++byte) ++counts[byte][items[i].key >> 8 * byte & 255];
  }
  for (size_t byte = 0; byte < kBytes; ++byte) {
    if (counts[byte][items[0].key >> 8 * byte & 255] == n) continue;
    uint32_t start = 0;
    for (uint32_t& count : counts[byte]) {
      const uint32_t of_this = count;
      count = start;
      start += of_this;
    }
    for (size_t i = 0; i < n; ++i) other[counts[byte][items[i].key >> 8 * byte & 255]++] = items[i];
    std::swap(items, other);
  }
  return items;
}

template <typename T>
void SortSlices(const Context& context, const SliceJob& job, bool descending, const Loops& loops) {
  using Item = Ranked<KeyType<T>>;
  const size_t n = job.x.size, count = job.values.size;
  context.scratch.Reserve(std::min(context.pool.threads(), loops.Count()), 2 * n * sizeof(Item));
  const auto turn = static_cast<KeyType<T>>(descending ? ~KeyType<T>{0} : 0);
  ForEachSlice(context, job, loops, [&](char** data, size_t thread) {
    Item* items = static_cast<Item*>(context.scratch.OfThread(thread));
    const T* x = reinterpret_cast<const T*>(data[0]);
    for (size_t i = 0; i < n; ++i) {
      items[i] = {static_cast<KeyType<T>>(KeyOf(x[static_cast<ptrdiff_t>(i) * job.x.stride]) ^ turn),
                  static_cast<uint32_t>(i)};
    }
    if (count < n / 4) {
      std::partial_sort(items, items + count, items + n);
    } else if (n < kManyItems) {
      std::sort(items, items + n);
    } else {
      items = RadixSort(items, items + n, n);
    }
    for (size_t k = 0; k < count; ++k) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(k), place = static_cast<ptrdiff_t>(items[k].place);
      if (data[1] != nullptr) reinterpret_cast<T*>(data[1])[at * job.values.stride] = x[place * job.x.stride];
      if (data[2] != nullptr) {
        reinterpret_cast<int32_t*>(data[2])[at * job.indices.stride] = static_cast<int32_t>(place);
      }
    }
  });
}

template <typename T>
void Medians(const Context& context, const SliceJob& job, const Loops& loops) {
  using Item = Ranked<KeyType<T>>;
  const size_t n = job.x.size;
  context.scratch.Reserve(std::min(context.pool.threads(), loops.Count()), n * sizeof(Item));
  ForEachSlice(context, job, loops, [&](char** data, size_t thread) {
    Item* items = static_cast<Item*>(context.scratch.OfThread(thread));
    const T* x = reinterpret_cast<const T*>(data[0]);
    size_t found = n;  // the first NaN
    for (size_t i = 0; i < n; ++i) {
      const T value = x[static_cast<ptrdiff_t>(i) * job.x.stride];
      items[i] = {KeyOf(value), static_cast<uint32_t>(i)};
      if (found == n && value != value) found = i;
    }
    if (found == n) {
      Item* const middle = items + (n + 1) / 2 - 1;
      std::nth_element(items, middle, items + n);
      // Of equal ones the first: all before the middle are in front of it.
      found = middle->place;
      for (const Item* item = items; item < middle; ++item) {
        if (item->key == middle->key) found = std::min<size_t>(found, item->place);
      }
    }
    *reinterpret_cast<T*>(data[1]) = x[static_cast<ptrdiff_t>(found) * job.x.stride];
    if (data[2] != nullptr) *reinterpret_cast<int32_t*>(data[2]) = static_cast<int32_t>(found);
  });
}

template <typename T, ScanOp kOp>
void Scans(const Context& context, const SliceJob& job, const Loops& loops) {
  using Out = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  ForEachSlice(context, job, loops, [&](char** data, size_t) {
    const T* x = reinterpret_cast<const T*>(data[0]);
    Out* out = reinterpret_cast<Out*>(data[1]);
    double total = kOp == kCumsum ? 0 : 1;
    for (size_t i = 0; i < job.x.size; ++i, x += job.x.stride, out += job.values.stride) {
      const double value = static_cast<double>(*x);
      total = kOp == kCumsum ? total + value : total * value;
      if (!std::is_floating_point_v<T>) total += 0.0;  // integers know one 0, and -0 + 0 is that
      *out = static_cast<Out>(total);
    }
  });
}

template <typename T>
void ScansOf(const Context& context, const SliceJob& job, ScanOp op, const Loops& loops) {
  op == kCumsum ? Scans<T, kCumsum>(context, job, loops) : Scans<T, kCumprod>(context, job, loops);
}

void Prepare(Loops* loops) {
  SortLoops(loops, 0);
  MergeLoops(loops);
}

}  // namespace

void RunSort(const Context& context, const SliceJob& job, bool descending, Loops* loops) {
  Prepare(loops);
  switch (job.type) {
    case kFloat32:
      return SortSlices<float>(context, job, descending, *loops);
    case kFloat64:
      return SortSlices<double>(context, job, descending, *loops);
    case kInt32:
      return SortSlices<int32_t>(context, job, descending, *loops);
    default:
      return SortSlices<uint8_t>(context, job, descending, *loops);
  }
}

void RunMedian(const Context& context, const SliceJob& job, Loops* loops) {
  Prepare(loops);
  switch (job.type) {
    case kFloat32:
      return Medians<float>(context, job, *loops);
    case kFloat64:
      return Medians<double>(context, job, *loops);
    case kInt32:
      return Medians<int32_t>(context, job, *loops);
    default:
      return Medians<uint8_t>(context, job, *loops);
  }
}

void RunScan(const Context& context, const SliceJob& job, ScanOp op, Loops* loops) {
  Prepare(loops);
  switch (job.type) {
    case kFloat32:
      return ScansOf<float>(context, job, op, *loops);
    case kFloat64:
      return ScansOf<double>(context, job, op, *loops);
    case kInt32:
      return ScansOf<int32_t>(context, job, op, *loops);
    default:
      return ScansOf<uint8_t>(context, job, op, *loops);
  }
}

}  // namespace handgrad
