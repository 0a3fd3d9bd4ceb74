// How described structs (base/describe.h) become the payload of a record, and come back.
//
// Each member is written as a key (its number in members() * 2 + form, varint) and a value: form 0 a varint (integers
// zigzag, booleans, enums, times in milliseconds), form 1 a length and bytes (strings, nested structs, lists, maps).
// A member that equals its default is left out. A reader skips numbers it does not know and keeps the default of those
// it does not find, so that a struct may grow at its end. docs/formats/log.md has the grammar.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "base/describe.h"
#include "base/result.h"
#include "base/strong.h"

namespace athanor::log {

constexpr std::size_t kVarintBytesMax = 10;

// `to` must have room for kVarintBytesMax bytes. Returns the end of what was written.
inline char* write_varint(char* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

inline void put_varint(std::string& out, std::uint64_t value) {
  char bytes[kVarintBytesMax];
  out.append(bytes, write_varint(bytes, value));
}
// Two varints, one after the other.
inline void put_varints(std::string& out, std::uint64_t first, std::uint64_t second) {
  char bytes[2 * kVarintBytesMax];
  out.append(bytes, write_varint(write_varint(bytes, first), second));
}

// Writes what `put` appends, preceded by its length. Most are shorter than 128 bytes, so one byte is reserved for it.
template <class Put>
void put_behind_length(std::string& out, const Put& put) {
  const std::size_t begin = out.size();
  out += '\0';
  put();
  const std::size_t size = out.size() - begin - 1;
  if (size < 0x80) {
    out[begin] = static_cast<char>(size);
  } else {
    std::string length;
    put_varint(length, size);
    out.replace(begin, 1, length);
  }
}

// Takes a varint off the front of `in`; false when there is none.
inline bool take_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;  // past 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

namespace codec {

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class K, class V>
struct IsMap<std::map<K, V>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsStrong : std::false_type {};
template <class G, class T>
struct IsStrong<base::Strong<G, T>> : std::true_type {};

template <class T>
constexpr bool kIsNumber = std::is_integral_v<T> || std::is_enum_v<T>;

template <class T>
constexpr bool is_varint() {
  if constexpr (IsStrong<T>::value)
    return is_varint<decltype(T{}.value)>();
  else
    return kIsNumber<T> || std::is_same_v<T, base::Time> || std::is_same_v<T, base::Duration> ||
           std::is_same_v<T, std::chrono::seconds>;
}

template <class T>
std::uint64_t number_of(const T& value) {
  if constexpr (IsStrong<T>::value)
    return number_of(value.value);
  else if constexpr (std::is_same_v<T, base::Time>)
    return zigzag(value.time_since_epoch().count());
  else if constexpr (std::is_same_v<T, base::Duration> || std::is_same_v<T, std::chrono::seconds>)
    return zigzag(value.count());
  else if constexpr (std::is_enum_v<T>)
    return static_cast<std::uint64_t>(value);
  else if constexpr (std::is_signed_v<T>)
    return zigzag(static_cast<std::int64_t>(value));
  else
    return static_cast<std::uint64_t>(value);
}

template <class T>
void set_number(T& value, std::uint64_t bits) {
  if constexpr (IsStrong<T>::value)
    set_number(value.value, bits);
  else if constexpr (std::is_same_v<T, base::Time>)
    value = base::Time{base::Duration{unzigzag(bits)}};
  else if constexpr (std::is_same_v<T, base::Duration> || std::is_same_v<T, std::chrono::seconds>)
    value = T{unzigzag(bits)};
  else if constexpr (std::is_same_v<T, bool>)
    value = bits != 0;
  else if constexpr (std::is_enum_v<T>)
    value = static_cast<T>(bits);
  else if constexpr (std::is_signed_v<T>)
    value = static_cast<T>(unzigzag(bits));
  else
    value = static_cast<T>(bits);
}

template <class T>
void put_struct(std::string& out, const T& object);
template <class T>
bool take_struct(std::string_view in, T& object);

// The bytes of one value, without key and length.
template <class T>
void put_bytes(std::string& out, const T& value) {
  if constexpr (is_varint<T>()) {
    put_varint(out, number_of(value));
  } else if constexpr (IsStrong<T>::value) {
    put_bytes(out, value.value);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    out += value;
  } else if constexpr (IsVector<T>::value) {
    for (const auto& element : value)
      put_behind_length(out, [&] { put_bytes(out, static_cast<const typename T::value_type&>(element)); });
  } else if constexpr (IsMap<T>::value) {
    for (const auto& [key, element] : value) {
      put_behind_length(out, [&] { put_bytes(out, key); });
      put_behind_length(out, [&] { put_bytes(out, element); });
    }
  } else {
    put_struct(out, value);
  }
}

// The whole struct, preceded by its length.
template <class T>
void put_sized(std::string& out, const T& object) {
  put_behind_length(out, [&] { put_struct(out, object); });
}

inline bool take_sized(std::string_view& in, std::string_view& piece) {
  std::uint64_t size = 0;
  if (!take_varint(in, size) || size > in.size()) return false;
  piece = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

template <class T>
bool take_bytes(std::string_view in, T& value) {
  if constexpr (is_varint<T>()) {
    std::uint64_t bits = 0;
    if (!take_varint(in, bits) || !in.empty()) return false;
    set_number(value, bits);
    return number_of(value) == bits;
  } else if constexpr (IsStrong<T>::value) {
    return take_bytes(in, value.value);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    value = in;
    return true;
  } else if constexpr (IsVector<T>::value) {
    while (!in.empty()) {
      std::string_view piece;
      typename T::value_type element{};
      if (!take_sized(in, piece) || !take_bytes(piece, element)) return false;
      value.push_back(std::move(element));
    }
    return true;
  } else if constexpr (IsMap<T>::value) {
    while (!in.empty()) {
      std::string_view key_piece, element_piece;
      typename T::key_type key{};
      typename T::mapped_type element{};
      if (!take_sized(in, key_piece) || !take_bytes(key_piece, key)) return false;
      if (!take_sized(in, element_piece) || !take_bytes(element_piece, element)) return false;
      value.emplace(std::move(key), std::move(element));
    }
    return true;
  } else {
    return take_struct(in, value);
  }
}

// The key of a member that is written with a length.
constexpr std::uint64_t key_of_sized(std::uint64_t number) { return number * 2 + 1; }
inline void put_member_key(std::string& out, std::uint64_t number) { put_varint(out, key_of_sized(number)); }

// `fallback` is what a reader gets when the member is left out: its value in a default-constructed struct.
template <class T>
void put_member(std::string& out, std::uint64_t number, const T& value, const T& fallback) {
  const std::size_t begin = out.size();
  if constexpr (IsOptional<T>::value) {
    static_assert(!IsOptional<typename T::value_type>::value);
    ATHANOR_ASSERT(value || !fallback);  // leaving it out means absent, so absent must be the default
    if (!value) return;                  // when present, it is written even if it holds its type's default
    put_member_key(out, number);
    put_behind_length(out, [&] { put_bytes(out, *value); });
  } else if constexpr (is_varint<T>()) {
    const std::uint64_t bits = number_of(value);
    if (bits == number_of(fallback)) return;
    put_varints(out, number * 2, bits);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    if (value == fallback) return;
    put_varints(out, key_of_sized(number), value.size());
    out += value;
  } else {
    put_member_key(out, number);
    const std::size_t length_at = out.size();
    put_behind_length(out, [&] { put_bytes(out, value); });
    if (out.size() > length_at + 1) return;
    // Empty is the default of nearly every list and struct, unless the enclosing struct says otherwise.
    std::string fallback_bytes;
    put_bytes(fallback_bytes, fallback);
    if (fallback_bytes.empty()) out.resize(begin);
  }
}

template <class T>
void put_struct(std::string& out, const T& object) {
  static const T untouched{};
  std::uint64_t number = 0;
  base::for_each_member(object, [&](const auto& member, const auto& value) {
    put_member(out, number++, value, untouched.*(member.pointer));
  });
}

template <class T>
bool take_struct(std::string_view in, T& object) {
  while (!in.empty()) {
    std::uint64_t key = 0;
    std::uint64_t bits = 0;
    std::string_view piece;
    if (!take_varint(in, key)) return false;
    const bool sized = (key & 1) != 0;
    if (sized ? !take_sized(in, piece) : !take_varint(in, bits)) return false;
    std::uint64_t number = 0;
    bool good = true;
    base::for_each_member(object, [&]<class M, class V>(const M&, V& value) {
      if (number++ != key / 2) return;
      if constexpr (IsOptional<V>::value) {
        good = sized && take_bytes(piece, value.emplace());
      } else if constexpr (is_varint<V>()) {
        set_number(value, bits);
        good = !sized && number_of(value) == bits;  // false when this member cannot hold the number
      } else {
        value = V{};  // discards the default that the enclosing struct gave it
        good = sized && take_bytes(piece, value);
      }
    });
    if (!good) return false;
  }
  return true;
}

}  // namespace codec

template <base::Described T>
std::string encode(const T& object) {
  std::string out;
  codec::put_struct(out, object);
  return out;
}

// Reads what encode wrote. Members of type string_view borrow from `bytes`. Corrupt when the bytes are not a valid T.
template <base::Described T>
Result<T> decode(std::string_view bytes) {
  T object{};
  if (!codec::take_struct(bytes, object)) {
    return corrupt("A record of the log cannot be read.", "payload does not decode");
  }
  return object;
}

}  // namespace athanor::log
