#include "format/json_extent.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/alphanumeric.h"
#include "format/json_block.h"
#include "format/json_string.h"

namespace athanor::format {
namespace {

std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && base::is_digit_ascii(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0')
    ++i;
  else if (!digits())
    return 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return 0;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return 0;
  }
  return i;
}

std::size_t scalar_length(std::string_view text) {
  if (text.empty()) return 0;
  switch (text.front()) {
    case '"':
      return json_string_length(text);
    case 't':
      return text.starts_with("true") ? 4 : 0;
    case 'f':
      return text.starts_with("false") ? 5 : 0;
    case 'n':
      return text.starts_with("null") ? 4 : 0;
    default:
      return number_length(text);
  }
}

// The bytes that may not directly follow a number or a word, since they would be part of it.
constexpr auto kIsOther = [] {
  std::array<bool, 256> other{};
  other.fill(true);
  for (const char c : std::string_view{"{}[],:\" \t\n\r"}) other[static_cast<unsigned char>(c)] = false;
  return other;
}();

bool is_scalar(std::string_view text, std::size_t at) {
  const std::size_t length = scalar_length(text.substr(at));
  return length > 0 && (at + length == text.size() || !kIsOther[static_cast<unsigned char>(text[at + length])]);
}

std::size_t last_of(std::uint64_t bits) { return 63 - static_cast<std::size_t>(std::countl_zero(bits)); }

#define ATHANOR_CODE "format/json_extent_check.inc"
#include "format/json_each_processor.inc"
#undef ATHANOR_CODE

}  // namespace

Extent container_extent(base::Processor processor, std::string_view text, std::size_t depth_max) {
  switch (processor) {
    case base::Processor::Any:
      return plain::container_extent(text, depth_max);
    case base::Processor::Avx2:
      return avx2::container_extent(text, depth_max);
    case base::Processor::Avx512:
      break;
  }
  return avx512::container_extent(text, depth_max);
}

Extent value_extent(std::string_view text, std::size_t depth_max) {
  if (text.starts_with('{') || text.starts_with('[')) return container_extent(base::this_processor(), text, depth_max);
  const std::size_t length = scalar_length(text);
  return {length > 0, length};
}

}  // namespace athanor::format
