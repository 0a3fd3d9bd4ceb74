// What every layer needs to read and write text: hexadecimal, Base64, UUIDs, ISO 8601, UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace athanor::base {

std::string to_hex(std::string_view bytes);                     // lower case
std::optional<std::string> from_hex(std::string_view text);     // either case; nullopt when odd or not hexadecimal
std::string to_base64(std::string_view bytes);                  // RFC 4648, padded
std::optional<std::string> from_base64(std::string_view text);  // padded or not; nullopt on any other character

// The 128 bits of a UUID (RFC 4122), the first of its 36 characters in the highest of `high`.
struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};
std::string uuid_text(Uuid uuid);  // lower case
// Version 4. Same `random`, same UUID.
Uuid random_uuid_bits(Random& random);
std::string random_uuid(Random& random);

// "2025-10-13T20:00:00Z": no fraction.
std::string to_iso8601(Time time);
// "2025-10-13T20:00:00.123Z": always three digits.
std::string to_iso8601_millis(Time time);
// "20251013T200000Z", as signatures carry it.
std::string to_iso8601_basic(Time time);

// Reads "2025-10-13T20:00:00Z", with a fraction (cut to milliseconds), with an offset ("+02:00", "-0530"), with a
// blank for the T, a bare date, or the basic form. nullopt for anything else, and for a day that does not exist.
std::optional<Time> from_iso8601(std::string_view text);

bool is_valid_utf8(std::string_view text);
// The text with U+FFFD for each byte that is not part of a valid character.
std::string with_valid_utf8(std::string_view text);
// Code points in valid UTF-8, which is how AWS counts string lengths.
std::size_t utf8_length(std::string_view text);
// As much of the text as fits into `bytes_max`, cut between characters.
std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max);
// Appends the code point; surrogates are written as the three bytes they would have (the caller decides).
void append_utf8(std::string& out, std::uint32_t code_point);

std::string to_lower_ascii(std::string_view text);
bool equals_ignore_case_ascii(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);  // "" gives one empty piece

// The whole text as a decimal integer; nullopt on anything else, overflow included.
std::optional<std::int64_t> to_int(std::string_view text);

}  // namespace athanor::base
