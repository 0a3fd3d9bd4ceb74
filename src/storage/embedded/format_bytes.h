// What all file formats of the log have in common: numbers and versions. For format.cc and compacted_format.cc.
#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace athanor::storage {

template <class T>
void put(char* bytes, std::size_t offset, T value) {
  std::memcpy(bytes + offset, &value, sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// What is wrong with the first twelve bytes of a file. Another version is believed only if its four bytes are not
// simply damaged: `sound_with` is given the bytes with our version in their place.
std::optional<Error> refuse_version(std::string_view bytes, std::string_view magic, std::string_view kind,
                                    const std::function<bool(std::string_view)>& sound_with);

}  // namespace athanor::storage
