// Keys whose order, as unsigned numbers, is that of the elements.
#ifndef HANDGRAD_DRIVERS_ORDER_H_
#define HANDGRAD_DRIVERS_ORDER_H_

#include <stdint.h>
#include <string.h>

namespace handgrad {

template <typename Key, typename T>
Key BitsAs(T value) {
  Key bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// All NaNs are one key, above infinity; 0 and -0 are one key. Negative numbers have their bits turned around.
template <typename Key, typename T>
Key FloatKey(T value) {
  constexpr Key kSign = Key{1} << (8 * sizeof(Key) - 1);
  if (value != value) return static_cast<Key>(~Key{0});
  const Key bits = BitsAs<Key>(value == 0 ? T(0) : value);
  return (bits & kSign) != 0 ? static_cast<Key>(~bits) : static_cast<Key>(bits | kSign);
}

inline uint32_t KeyOf(float value) { return FloatKey<uint32_t>(value); }
inline uint64_t KeyOf(double value) { return FloatKey<uint64_t>(value); }
inline uint32_t KeyOf(int32_t value) { return static_cast<uint32_t>(value) ^ 0x80000000u; }
inline uint32_t KeyOf(uint8_t value) { return value; }

/// An element to be ordered. Places differ, so that every order is total, and no sort has to keep equal ones as they
/// stood.
template <typename Key>
struct Ranked {
  Key key;
  uint32_t place;
  friend bool operator<(const Ranked& a, const Ranked& b) {
    return a.key < b.key || (a.key == b.key && a.place < b.place);
  }
};

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_ORDER_H_
