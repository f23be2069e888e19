#include "drivers/indices.h"

#include <algorithm>

namespace handgrad {

bool CopyChecked(const Indices& indices, size_t size, int32_t* out, BadIndex* bad) {
  // As unsigned numbers, negative ones are too large as well.
  const uint32_t limit = static_cast<uint32_t>(std::min<size_t>(size, size_t{1} << 31));
  uint32_t outside = 0;
  const int32_t* from = indices.data;
  for (size_t i = 0; i < indices.n; ++i, from += indices.stride) {
    out[i] = *from;
    outside |= static_cast<uint32_t>(static_cast<uint32_t>(out[i]) >= limit);
  }
  if (outside == 0) return true;
  for (size_t i = 0;; ++i) {
    if (static_cast<uint32_t>(out[i]) < limit) continue;
    *bad = {i, out[i]};
    return false;
  }
}

}  // namespace handgrad
