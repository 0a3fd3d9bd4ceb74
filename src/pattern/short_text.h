// Texts of a few bytes, read as words: calling the library costs more than comparing them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace athanor::pattern {

namespace short_text {
template <class Word>
Word word_at(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
}  // namespace short_text

// At most eight bytes as one number, padded with zeros at the end.
inline std::uint64_t word_of(std::string_view text) {
  using short_text::word_at;
  const char* const at = text.data();
  const std::size_t size = text.size();
  // From both ends: where the halves overlap they agree.
  if (size >= 4) {
    return word_at<std::uint32_t>(at) | std::uint64_t{word_at<std::uint32_t>(at + size - 4)} << (8 * (size - 4));
  }
  if (size == 0) return 0;
  const auto byte = [at](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i); };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

// The same as a == b, for texts that are usually short.
inline bool same_text(std::string_view a, std::string_view b) {
  using short_text::word_at;
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size <= 8) return word_of(a) == word_of(b);
  return word_at<std::uint64_t>(a.data()) == word_at<std::uint64_t>(b.data()) &&
         word_at<std::uint64_t>(a.data() + size - 8) == word_at<std::uint64_t>(b.data() + size - 8);
}
inline bool begins_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_text(text.substr(0, prefix.size()), prefix);
}
inline bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && same_text(text.substr(text.size() - suffix.size()), suffix);
}

}  // namespace athanor::pattern
