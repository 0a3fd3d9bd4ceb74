// A value is checked in one pass. Blocks of 64 bytes are searched for tokens: brackets, commas and colons outside of
// strings, the quotes that begin strings, and what begins a number or a word. A table says which token may follow
// which. Nothing depends on how long strings are, which no processor foresees.
#include "format/json_extent.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <utility>

#include "base/limits.h"
#include "format/json_block.h"
#include "format/json_string.h"

namespace athanor::format {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
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

enum Token : std::uint8_t { OpenObject, CloseObject, OpenArray, CloseArray, Comma, Colon, Quote, Other };

constexpr auto kTokens = [] {
  std::array<Token, 256> tokens{};
  tokens.fill(Other);
  tokens['{'] = OpenObject;
  tokens['}'] = CloseObject;
  tokens['['] = OpenArray;
  tokens[']'] = CloseArray;
  tokens[','] = Comma;
  tokens[':'] = Colon;
  tokens['"'] = Quote;
  return tokens;
}();

// Whether `next` may follow the two tokens before it, directly within an object or an array.
constexpr bool may_follow(Token before, Token last, Token next, bool in_object) {
  const bool is_value = next == Quote || next == Other || next == OpenObject || next == OpenArray;
  switch (last) {
    case OpenObject:
      return next == Quote || next == CloseObject;
    case OpenArray:
      return is_value || next == CloseArray;
    case Comma:
      return in_object ? next == Quote : is_value;
    case Colon:
      return is_value;
    case Quote:
      if (in_object && (before == OpenObject || before == Comma)) return next == Colon;
      [[fallthrough]];
    default:  // the end of a value
      return next == Comma || next == (in_object ? CloseObject : CloseArray);
  }
}

// may_follow() as a table: a state that each token makes from the one before would have the next wait for it.
constexpr std::size_t kThree = 8 * 8 * 8;
constexpr auto kMayFollow = [] {
  std::array<std::array<bool, kThree>, 2> may{};
  for (std::size_t i = 0; i < kThree; ++i) {
    for (const bool in_object : {false, true})
      may[in_object][i] =
          may_follow(static_cast<Token>(i / 64), static_cast<Token>(i / 8 % 8), static_cast<Token>(i % 8), in_object);
  }
  return may;
}();

constexpr auto kIsBlank = [] {
  std::array<bool, 256> blank{};
  for (const char c : {' ', '\t', '\n', '\r'}) blank[static_cast<unsigned char>(c)] = true;
  return blank;
}();

// Belongs to a number, or to a word.
bool is_other(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return kTokens[byte] == Other && !kIsBlank[byte];
}

// The tokens of a text, a block at a time.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // Of the 64 bytes from `at` on, each block behind the one before; up to what no string may have, which is `bad`.
  std::uint64_t of_block(std::size_t at, std::uint64_t& bad) {
    std::array<char, kBlock> copy;
    const char* const block = block_at(text_, at, copy);
    const StringBits bits = string_bits(block);
    const TokenBits kinds = token_bits(block);
    const std::uint64_t escaped =
        bits.backslashes != 0 || escaped_ ? escaped_bytes(bits.backslashes, escaped_) : std::uint64_t{0};
    const std::uint64_t quotes = bits.quotes & ~escaped;
    const std::uint64_t strings = parity_of(quotes) ^ in_string_;  // each from its first quote to before its last
    in_string_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(strings) >> 63);
    const std::uint64_t others = ~(strings | quotes | kinds.marks | kinds.blanks);
    const std::uint64_t begun = others & ~(others << 1 | in_other_);
    const std::uint64_t tokens = (quotes & strings) | (kinds.marks & ~strings) | begun;
    in_other_ = others >> 63;
    bad = bits.controls & strings;
    for (std::uint64_t left = escaped & strings & ~(bits.quotes | bits.backslashes); left != 0; left &= left - 1) {
      if (!is_json_escape(text_.substr(std::min(at + first_of(left), text_.size())))) bad |= left & -left;
    }
    if (!are_plain_numbers(others, begun, kinds)) {
      for (std::uint64_t left = begun; left != 0; left &= left - 1) {
        if (!is_scalar(at + first_of(left))) bad |= left & -left;
      }
    }
    bad &= first_bits(text_.size() - at);
    return tokens & first_bits(bad != 0 ? first_of(bad) : text_.size() - at);
  }

 private:
  // Whether all that begins in this block ends in it, and is a number without a sign or an exponent. Most blocks are
  // like that, and nothing here depends on how many numbers there are, and how long.
  static bool are_plain_numbers(std::uint64_t others, std::uint64_t begun, const TokenBits& kinds) {
    const std::uint64_t digits = kinds.digits & others;
    const std::uint64_t points = kinds.points & others;
    const std::uint64_t ends = others & ~(others >> 1);
    const std::uint64_t behind_zero = (kinds.zeros & begun) << 1;
    const std::uint64_t behind_fraction = (digits + (points << 1)) & ~digits;  // the sum carries to its end
    return ((others & ~(digits | points)) | (points & (begun | ends | behind_fraction)) | (behind_zero & digits) |
            others >> 63) == 0;
  }

  bool is_scalar(std::size_t at) const {
    if (at >= text_.size()) return true;
    const std::size_t length = scalar_length(text_.substr(at));
    return length > 0 && (at + length == text_.size() || !is_other(text_[at + length]));
  }

  const std::string_view text_;
  std::uint64_t in_string_ = 0;  // all ones when the next block begins within a string
  std::uint64_t in_other_ = 0;   // 1 when the byte before it belongs to a number or a word
  bool escaped_ = false;         // its first byte stands behind a backslash
};

// Of an object or an array.
Extent container_extent(std::string_view text, std::size_t depth_max) {
  std::bitset<limits::kJsonDepth> in_object;  // of each open bracket but the innermost, whether it is an object's
  std::size_t depth = 0;
  bool is_object = true;      // the innermost
  std::size_t three = Colon;  // the last tokens, three bits each: a value may come
  Tokens tokens{text};
  for (std::size_t block = 0; block < text.size(); block += kBlock) {
    std::uint64_t bad = 0;
    for (std::uint64_t left = tokens.of_block(block, bad); left != 0; left &= left - 1) {
      const std::size_t at = block + first_of(left);
      const Token token = kTokens[static_cast<unsigned char>(text[at])];
      three = (three * 8 + token) % kThree;
      if (!kMayFollow[is_object][three]) return {false, at};
      if (token == OpenObject || token == OpenArray) {
        if (depth == depth_max) return {false, at};
        in_object[depth++] = is_object;
        is_object = token == OpenObject;
      } else if (token == CloseObject || token == CloseArray) {
        if (--depth == 0) return {true, at + 1};
        is_object = in_object[depth];
      }
    }
    if (bad != 0) return {false, block + first_of(bad)};
  }
  return {false, text.size()};
}

}  // namespace

Extent value_extent(std::string_view text, std::size_t depth_max) {
  if (text.starts_with('{') || text.starts_with('[')) return container_extent(text, depth_max);
  const std::size_t length = scalar_length(text);
  return {length > 0, length};
}

}  // namespace athanor::format
