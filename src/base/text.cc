#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/alphanumeric.h"
#include "base/sixteen_bytes.h"

namespace athanor::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr auto kHexOfByte = [] {
  std::array<std::array<char, 2>, 256> hex{};
  for (std::size_t byte = 0; byte < hex.size(); ++byte) hex[byte] = {kHexDigits[byte >> 4], kHexDigits[byte & 15]};
  return hex;
}();
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0x80;  // above every digit's value
constexpr auto kBase64DigitOfByte = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    digits[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
  return digits;
}();

int hex_value(char c) {
  if (is_digit_ascii(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct CivilTime {
  int year;
  unsigned month, day, hour, minute, second, millisecond;
};

CivilTime civil(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto millisecond = static_cast<unsigned>((time - day).count());
  return {int(date.year()),          unsigned(date.month()),   unsigned(date.day()), millisecond / 3'600'000,
          millisecond / 60'000 % 60, millisecond / 1'000 % 60, millisecond % 1'000};
}

// `in_date` and `in_clock` separate the parts of a date and of a time; 0 for nothing. Every event has its time printed,
// so this does without parsing a format string.
std::string iso8601(const CivilTime& t, char in_date, char in_clock, bool millis) {
  char text[40];
  char* out = text;
  const auto put = [&](unsigned value, int digits, char before) {
    if (before != 0) *out++ = before;
    for (int i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
    out += digits;
  };
  if (t.year < 0 || t.year > 9'999)
    out = fmt::format_to(out, "{:04}", t.year);
  else
    put(static_cast<unsigned>(t.year), 4, 0);
  put(t.month, 2, in_date);
  put(t.day, 2, in_date);
  put(t.hour, 2, 'T');
  put(t.minute, 2, in_clock);
  put(t.second, 2, in_clock);
  if (millis) put(t.millisecond, 3, '.');
  *out++ = 'Z';
  return {text, out};
}

// Reads exactly `digits` digits from the front of `text` and removes them.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit_ascii(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Length of the UTF-8 sequence at text[at], or 0 when it is not valid there (RFC 3629: no surrogates, no overlong
// forms).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto& hex = kHexOfByte[static_cast<unsigned char>(c)];
    out.append(hex.data(), hex.size());
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) out += kBase64[(bits >> (held -= 6)) & 63];
  }
  if (held > 0) out += kBase64[(bits << (6 - held)) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;  // a single digit holds no byte
  std::uint8_t all = 0;
  std::string out;
  // A function's code comes this way, 67 MB of it: so no search per digit, and no check of the capacity per byte.
  const std::size_t size = text.size() * 3 / 4;
  out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::uint8_t digit = kBase64DigitOfByte[static_cast<unsigned char>(text[i])];
      all |= digit;
      bits = (bits << 6) | digit;
      if (i % 4 != 0) *bytes++ = static_cast<char>(bits >> (6 - i % 4 * 2));
    }
    return size;
  });
  if ((all & kNoDigit) != 0) return std::nullopt;
  return out;
}

std::string uuid_text(Uuid uuid) {
  std::string text(36, '-');
  const auto put = [&](std::size_t at, std::uint64_t bits, int shift, std::size_t bytes) {
    for (; bytes > 0; --bytes, at += 2, shift -= 8)
      std::memcpy(text.data() + at, kHexOfByte[(bits >> shift) & 0xFF].data(), 2);
  };
  put(0, uuid.high, 56, 4);
  put(9, uuid.high, 24, 2);
  put(14, uuid.high, 8, 2);
  put(19, uuid.low, 56, 2);
  put(24, uuid.low, 40, 6);
  return text;
}

Uuid random_uuid_bits(Random& random) {
  constexpr std::uint64_t kVersion = 0xF000, kVariant = 3ULL << 62;
  const std::uint64_t high = std::byteswap(random.next());
  const std::uint64_t low = std::byteswap(random.next());
  return {(high & ~kVersion) | 0x4000, (low & ~kVariant) | 1ULL << 63};
}

std::string random_uuid(Random& random) { return uuid_text(random_uuid_bits(random)); }

std::string to_iso8601(Time time) { return iso8601(civil(time), '-', ':', false); }
std::string to_iso8601_millis(Time time) { return iso8601(civil(time), '-', ':', true); }
std::string to_iso8601_basic(Time time) { return iso8601(civil(time), 0, 0, false); }

std::optional<Time> from_iso8601(std::string_view text) {
  const bool extended = text.size() > 4 && text[4] == '-';
  const auto separator = [&](char c) { return !extended || take(text, c); };
  const auto year = take_digits(text, 4);
  if (!year || !separator('-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !separator('-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  Time time = std::chrono::sys_days{date};
  if (text.empty()) return time;

  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !separator(':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (!text.empty() && (extended ? text.front() == ':' : is_digit_ascii(text.front()))) {
    if (extended) take(text, ':');
    const auto seconds = take_digits(text, 2);
    if (!seconds || *seconds > 60) return std::nullopt;  // 60: a leap second, folded into the next minute
    second = *seconds;
  }
  time += std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{second};
  if (take(text, '.')) {
    int scale = 100;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit_ascii(text.front()); text.remove_prefix(1), ++digits) {
      time += std::chrono::milliseconds{(text.front() - '0') * scale};
      scale /= 10;
    }
    if (digits == 0) return std::nullopt;
  }
  if (text.empty()) return time;  // no zone: read as UTC
  if (text == "Z" || text == "z") return time;
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto offset_hours = take_digits(text, 2);
  if (!offset_hours || *offset_hours > 23) return std::nullopt;
  take(text, ':');
  int offset_minutes = 0;
  if (!text.empty()) {
    const auto minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
    offset_minutes = *minutes;
  }
  const Duration offset = std::chrono::hours{*offset_hours} + std::chrono::minutes{offset_minutes};
  return east ? time - offset : time + offset;
}

bool is_valid_utf8(std::string_view text) {
  const auto sixteen = [&](std::size_t at) { return load_16(text.data() + at); };
  for (std::size_t at = 0; at < text.size();) {
    if (text.size() - at >= 64) {
      if (top_bits((sixteen(at) | sixteen(at + 16)) | (sixteen(at + 32) | sixteen(at + 48))) == 0) {
        at += 64;
        continue;
      }
    }
    if (text.size() - at >= 16) {
      const std::uint32_t beyond_ascii = top_bits(sixteen(at));
      if (beyond_ascii == 0) {
        at += 16;
        continue;
      }
      at += static_cast<std::size_t>(std::countr_zero(beyond_ascii));
    }
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string with_valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text, 0);
    out += length == 0 ? "\uFFFD" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  constexpr std::size_t kBytesBehindFirst = 3;  // of a character at most: with more it is not UTF-8 and is cut anywhere
  for (std::size_t back = 0; back <= std::min(kBytesBehindFirst, bytes_max); ++back) {
    if ((static_cast<unsigned char>(text[bytes_max - back]) & 0xC0) != 0x80) return text.substr(0, bytes_max - back);
  }
  return text.substr(0, bytes_max);
}

std::size_t utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return count;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string to_lower_ascii(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

bool equals_ignore_case_ascii(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (fold(a[i]) != fold(b[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::int64_t> to_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace athanor::base
