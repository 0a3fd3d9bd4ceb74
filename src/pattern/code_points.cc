#include "pattern/code_points.h"

#include <algorithm>
#include <clocale>
#include <cwctype>
#include <iterator>
#include <map>
#include <utility>

namespace athanor::pattern {
namespace {

// The C library's tables, through a locale of our own: the process's may be anything.
locale_t unicode_locale() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(i);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length && i + k < text.size(); ++k) c = (c << 6) | (byte(i + k) & 0x3F);
  i += length;
  return c;
}

bool same_but_for_case(char32_t a, char32_t b) {
  if (a == b) return true;
  if (a < 128 && b < 128) return (a | 32) == (b | 32) && (a | 32) >= 'a' && (a | 32) <= 'z';
  const locale_t locale = unicode_locale();
  if (locale == nullptr) return false;
  const auto lower = [&](char32_t c) { return ::towlower_l(static_cast<wint_t>(c), locale); };
  const auto upper = [&](char32_t c) { return ::towupper_l(static_cast<wint_t>(c), locale); };
  return lower(a) == lower(b) && upper(a) == upper(b);
}

std::vector<char32_t> same_but_for_case(char32_t c) {
  // By upper and lower case, for all characters that have both. The last such character of Unicode 16 is U+1E943.
  static const auto kByCase = [] {
    constexpr char32_t kEnd = 0x1F000;
    std::map<std::pair<wint_t, wint_t>, std::vector<char32_t>> by_case;
    if (const locale_t locale = unicode_locale(); locale != nullptr) {
      for (char32_t each = 0; each < kEnd; ++each) {
        const auto upper = ::towupper_l(static_cast<wint_t>(each), locale);
        const auto lower = ::towlower_l(static_cast<wint_t>(each), locale);
        if (upper != lower) by_case[{upper, lower}].push_back(each);
      }
    }
    return by_case;
  }();
  std::vector<char32_t> others;
  const locale_t locale = unicode_locale();
  if (locale == nullptr) {
    if (const char32_t other = c ^ 32; same_but_for_case(c, other) && other != c) others.push_back(other);
    return others;
  }
  const auto found =
      kByCase.find({::towupper_l(static_cast<wint_t>(c), locale), ::towlower_l(static_cast<wint_t>(c), locale)});
  if (found == kByCase.end()) return others;
  std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(others),
               [&](char32_t each) { return each != c; });
  return others;
}

bool is_letter_or_digit(char32_t c) {
  const locale_t locale = unicode_locale();
  return locale != nullptr && ::iswalnum_l(static_cast<wint_t>(c), locale) != 0;
}

}  // namespace athanor::pattern
