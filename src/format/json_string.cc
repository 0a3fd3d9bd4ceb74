// Strings of JSON, sixteen or sixty-four bytes at a time.
#include "format/json_string.h"

#include <fmt/format.h>
#include <tmmintrin.h>

#include <array>
#include <bit>
#include <utility>

#include "base/text.h"
#include "format/json.h"

namespace athanor::format {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Where the first byte from `at` on is that ends a run of characters which stand for themselves in a string: a quote, a
// backslash, a control character. The text's size when there is none.
std::size_t plain_end(std::string_view text, std::size_t at) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  for (; text.size() - at >= sizeof(__m128i); at += sizeof(__m128i)) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const __m128i is_end =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)), is_control);
    const auto ends = static_cast<std::uint32_t>(_mm_movemask_epi8(is_end));
    if (ends != 0) return at + static_cast<std::size_t>(std::countr_zero(ends));
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' && static_cast<unsigned char>(text[at]) >= 0x20) ++at;
  return at;
}

// Lengths of the token at the front of `text`, or 0 when there is none. Shared by the validator and the cursor, which
// meets valid text only and so never sees the 0.

// Which of 64 bytes are quotes, backslashes, control characters, what may stand behind a backslash, and the letter u.
struct StringBits {
  std::uint64_t quotes = 0, backslashes = 0, controls = 0, escapable = 0, us = 0;
};

StringBits classify(const char* block) {
  // A byte is in a set when the bits of its two halves have one in common.
  const __m128i by_high = _mm_setr_epi8(0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0);  // 2x 5x 6x 7x
  const __m128i by_low = _mm_setr_epi8(0, 0, 13, 0, 8, 8, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1);  // "/ \\ bfn rtu
  const auto bits_of = [](__m128i set) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(set)));
  };
  StringBits bits;
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0F));
    const __m128i sets = _mm_and_si128(_mm_shuffle_epi8(by_high, high), _mm_shuffle_epi8(by_low, bytes));
    const __m128i last_control = _mm_set1_epi8(0x1F);
    bits.quotes |= bits_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))) << (16 * i);
    bits.backslashes |= bits_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))) << (16 * i);
    bits.controls |= bits_of(_mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes)) << (16 * i);
    bits.escapable |= bits_of(_mm_cmpgt_epi8(sets, _mm_setzero_si128())) << (16 * i);
    bits.us |= bits_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('u'))) << (16 * i);
  }
  return bits;
}

// The bytes behind a backslash that is not itself behind one, when the first byte is not (Langdale and Lemire, "Parsing
// gigabytes of JSON per second", 2019, section 3.1.1, in the form that subtracts). `next` is: the byte behind the
// block.
std::uint64_t escaped_bytes(std::uint64_t backslashes, bool& next) {
  constexpr std::uint64_t kOdd = 0xAAAA'AAAA'AAAA'AAAA;
  const std::uint64_t series = (((backslashes << 1) | kOdd) - backslashes) ^ kOdd;
  next = ((series & backslashes) >> 63) != 0;
  return series ^ backslashes;
}

bool is_hex4(std::string_view text, std::size_t at) {
  return at + 4 <= text.size() && is_hex(text[at]) && is_hex(text[at + 1]) && is_hex(text[at + 2]) &&
         is_hex(text[at + 3]);
}

// From the first escape on, which is at `i`: JSON within a string has one every few characters.
std::size_t escaped_string_length(std::string_view text, std::size_t i) {
  while (text.size() - i >= 64) {
    const StringBits bits = classify(text.data() + i);
    bool cut = false;
    const std::uint64_t escaped = escaped_bytes(bits.backslashes, cut);
    const std::uint64_t ends = bits.quotes & ~escaped;
    const std::uint64_t inside = ends == 0 ? ~std::uint64_t{0} : (ends & -ends) - 1;
    if (((bits.controls | (escaped & ~bits.escapable)) & inside) != 0) return 0;
    for (std::uint64_t left = escaped & bits.us & inside; left != 0; left &= left - 1) {
      if (!is_hex4(text, i + static_cast<std::size_t>(std::countr_zero(left)) + 1)) return 0;
    }
    if (ends != 0) return i + static_cast<std::size_t>(std::countr_zero(ends)) + 1;
    i += cut ? 63 : 64;  // a backslash at the end is the next block's first
  }
  for (i = plain_end(text, i); i < text.size(); i = plain_end(text, i + 1)) {
    if (text[i] == '"') return i + 1;
    if (text[i] != '\\' || ++i == text.size()) return 0;
    if (std::string_view{"\"\\/bfnrt"}.find(text[i]) != std::string_view::npos) continue;
    if (text[i] != 'u' || !is_hex4(text, i + 1)) return 0;
    i += 4;
  }
  return 0;
}

std::uint32_t hex4(std::string_view text) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// The character of the \u escape (or the two that are one) whose first digit is at `at`, which then stands behind it.
std::uint32_t take_code_unit(const char*& at, const char* end) {
  std::uint32_t code = hex4({at, 4});
  at += 4;
  if (code >= 0xD800 && code <= 0xDBFF && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const std::uint32_t low = hex4({at + 2, 4});
    if (low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
  }
  return code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code;
}

// What stands for the character behind a backslash, by that character: a table, since nobody can foresee which it is.
constexpr auto kMeant = [] {
  std::array<char, 256> meant{};
  for (const auto& [escape, character] : {std::pair{'b', '\b'},
                                          {'f', '\f'},
                                          {'n', '\n'},
                                          {'r', '\r'},
                                          {'t', '\t'},
                                          {'"', '"'},
                                          {'\\', '\\'},
                                          {'/', '/'}}) {
    meant[static_cast<unsigned char>(escape)] = character;
  }
  return meant;
}();

}  // namespace

std::size_t json_string_length(std::string_view text) {
  // Most strings are short and have no escape.
  const std::size_t end = plain_end(text, 1);
  if (end < text.size() && text[end] == '"') return end + 1;
  return escaped_string_length(text, end);
}

// JSON within a string has an escape every few characters: sixteen are copied at a time, and those behind an escape
// once more. No escape is shorter than what it stands for, so that there is always room for them.
std::string unescape_json(std::string_view raw) {
  std::string out;
  out.resize_and_overwrite(raw.size(), [&](char* const begin, std::size_t) {
    char* to = begin;
    const char* at = raw.data();
    const char* const end = at + raw.size();
    while (at != end) {
      if (end - at >= static_cast<std::ptrdiff_t>(sizeof(__m128i))) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        const auto escapes = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        const int plain = escapes == 0 ? static_cast<int>(sizeof bytes) : std::countr_zero(escapes);
        at += plain;
        to += plain;
        if (escapes == 0) continue;
      } else if (*at != '\\') {
        *to++ = *at++;
        continue;
      }
      ++at;
      const char escape = *at++;
      if (escape != 'u') {
        *to++ = kMeant[static_cast<unsigned char>(escape)];
        continue;
      }
      std::string character;
      base::append_utf8(character, take_code_unit(at, end));
      to = std::copy(character.begin(), character.end(), to);
    }
    return static_cast<std::size_t>(to - begin);
  });
  return out;
}

std::size_t json_string_bytes(std::string_view text) {
  if (plain_end(text, 0) == text.size() && base::is_valid_utf8(text)) return text.size() + 2;
  std::string out;
  append_json_string(out, text);
  return out.size();
}

void append_json_string(std::string& out, std::string_view text) {
  const bool clean = base::is_valid_utf8(text);
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (clean) {
      const std::size_t end = plain_end(text, i);
      out.append(text, i, end - i);
      if (end == text.size()) break;
      i = end;
    }
    const char c = text[i];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else if (!clean && static_cast<unsigned char>(c) >= 0x80) {
          // Somewhere the text is not UTF-8: take the longest valid sequence here, or replace this byte.
          std::size_t length = 4;
          while (length > 0 && !(i + length <= text.size() && base::utf8_length(text.substr(i, length)) == 1 &&
                                 base::is_valid_utf8(text.substr(i, length)))) {
            --length;
          }
          if (length == 0) {
            out += "\xEF\xBF\xBD";
          } else {
            out += text.substr(i, length);
            i += length - 1;
          }
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace athanor::format
