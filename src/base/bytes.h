// Byte strings, big-endian and varint primitives shared by every codec.
//
// Bytes are std::string (owned) and std::string_view (borrowed): no second vocabulary.
// Integers on Kafka's wire and in the log are big-endian; Avro and record fields use
// zig-zag varints (Protocol Buffers encoding). Does not check bounds: readers on top do.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ticklake {

template <class T>
T LoadBig(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (sizeof(T) == 1) return v;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
}

template <class T>
void StoreBig(char* p, T v) {
  const T big = LoadBig<T>(reinterpret_cast<const char*>(&v));
  std::memcpy(p, &big, sizeof big);
}

template <class T>
void AppendBig(std::string& out, T v) {
  char raw[sizeof(T)];
  StoreBig<T>(raw, v);
  out.append(raw, sizeof raw);
}

inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

/// Appends an unsigned LEB128 varint (1 to 10 bytes).
void AppendUvarint(std::string& out, uint64_t v);
inline void AppendVarint(std::string& out, int64_t v) { AppendUvarint(out, ZigZag(v)); }

/// Reads an unsigned varint from [p, end); returns the byte after it, or nullptr when it is
/// truncated or longer than 10 bytes.
const char* ReadUvarint(const char* p, const char* end, uint64_t* v);

/// Lower-case hexadecimal, two digits a byte.
std::string Hex(std::string_view bytes);

}  // namespace ticklake
