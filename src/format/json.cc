#include "format/json.h"

#include <fmt/format.h>
#include <tmmintrin.h>

#include <algorithm>
#include <bit>
#include <bitset>

#include "base/assert.h"
#include "base/limits.h"
#include "base/text.h"

namespace athanor::format {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
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

// Most strings are short and have no escape.
std::size_t string_length(std::string_view text) {
  const std::size_t end = plain_end(text, 1);
  if (end < text.size() && text[end] == '"') return end + 1;
  return escaped_string_length(text, end);
}

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
      return string_length(text);
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

// Where the first JSON value of `text` (blanks before it allowed) ends, or where it stops being JSON.
struct Extent {
  bool good = false;
  std::size_t end = 0;
};

// One pass, one bit of memory for each open bracket: whether it is an object's.
Extent value_extent(std::string_view text) {
  std::bitset<limits::kJsonDepth> in_object;
  std::size_t depth = 0;
  std::size_t at = 0;
  const auto blanks = [&] {
    while (at < text.size() && is_blank(text[at])) ++at;
  };
  const auto next = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto key = [&] {  // a member's name and its colon
    if (next() != '"') return false;
    const std::size_t length = string_length(text.substr(at));
    if (length == 0) return false;
    at += length;
    blanks();
    if (next() != ':') return false;
    ++at;
    blanks();
    return true;
  };
  blanks();
  for (;;) {
    // At the start of a value.
    const char c = next();
    if (c == '{' || c == '[') {
      if (depth == limits::kJsonDepth) return {false, at};
      in_object[depth++] = c == '{';
      ++at;
      blanks();
      if (next() == (c == '{' ? '}' : ']')) {
        --depth;
        ++at;
      } else if (c == '{') {
        if (!key()) return {false, at};
        continue;
      } else {
        continue;
      }
    } else {
      const std::size_t length = scalar_length(text.substr(at));
      if (length == 0) return {false, at};
      at += length;
    }
    // Behind a value: close what ends here, then go to the next one.
    for (;;) {
      if (depth == 0) return {true, at};
      blanks();
      const bool object = in_object[depth - 1];
      if (next() == ',') {
        ++at;
        blanks();
        if (object && !key()) return {false, at};
        break;
      }
      if (next() != (object ? '}' : ']')) return {false, at};
      ++at;
      --depth;
    }
  }
}

Extent document_extent(std::string_view text) {
  Extent extent = value_extent(text);
  if (!extent.good) return extent;
  while (extent.end < text.size() && is_blank(text[extent.end])) ++extent.end;
  if (extent.end != text.size()) extent.good = false;
  return extent;
}

std::uint32_t hex4(std::string_view text) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

JsonValue read_tree(JsonCursor& cursor) {
  JsonValue value;
  value.kind = cursor.kind();
  switch (value.kind) {
    case JsonKind::Null:
      cursor.take_raw();
      break;
    case JsonKind::Bool:
      value.boolean = cursor.take_bool();
      break;
    case JsonKind::Number:
      value.text = cursor.take_raw();
      break;
    case JsonKind::String:
      value.text = cursor.take_string();
      break;
    case JsonKind::Array:
      cursor.enter_array();
      while (cursor.next_element()) value.items.push_back(read_tree(cursor));
      break;
    case JsonKind::Object: {
      cursor.enter_object();
      for (std::string_view raw_key; cursor.next_member(raw_key);) {
        std::string name = unescape_json(raw_key);
        value.members.emplace_back(std::move(name), read_tree(cursor));
      }
      break;
    }
  }
  return value;
}

void print(std::string& out, const JsonValue& value, int indent) {
  const bool pretty = indent >= 0;
  const auto new_line = [&](int level) {
    if (pretty) out.append("\n").append(static_cast<std::size_t>(level) * 2, ' ');
  };
  switch (value.kind) {
    case JsonKind::Null:
      out += "null";
      return;
    case JsonKind::Bool:
      out += value.boolean ? "true" : "false";
      return;
    case JsonKind::Number:
      out += value.text;
      return;
    case JsonKind::String:
      append_json_string(out, value.text);
      return;
    case JsonKind::Array:
      out += '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        new_line(indent + 1);
        print(out, value.items[i], pretty ? indent + 1 : -1);
      }
      if (!value.items.empty()) new_line(indent);
      out += ']';
      return;
    case JsonKind::Object:
      out += '{';
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        if (i > 0) out += ',';
        new_line(indent + 1);
        append_json_string(out, value.members[i].first);
        out += pretty ? ": " : ":";
        print(out, value.members[i].second, pretty ? indent + 1 : -1);
      }
      if (!value.members.empty()) new_line(indent);
      out += '}';
      return;
  }
}

}  // namespace

std::string_view in_words(JsonKind kind) {
  switch (kind) {
    case JsonKind::Null:
      return "null";
    case JsonKind::Bool:
      return "a boolean";
    case JsonKind::Number:
      return "a number";
    case JsonKind::String:
      return "a string";
    case JsonKind::Array:
      return "an array";
    case JsonKind::Object:
      return "an object";
  }
  return "";
}

bool is_valid_json(std::string_view text) { return document_extent(text).good && base::is_valid_utf8(text); }

bool is_valid_json_object(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && is_valid_json(text);
}

void JsonCursor::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

JsonKind JsonCursor::kind() const {
  ATHANOR_ASSERT(!rest_.empty());
  switch (rest_.front()) {
    case '{':
      return JsonKind::Object;
    case '[':
      return JsonKind::Array;
    case '"':
      return JsonKind::String;
    case 't':
    case 'f':
      return JsonKind::Bool;
    case 'n':
      return JsonKind::Null;
    default:
      return JsonKind::Number;
  }
}

std::string_view JsonCursor::take_raw() {
  const JsonKind what = kind();
  const Extent extent =
      what == JsonKind::Object || what == JsonKind::Array ? value_extent(rest_) : Extent{true, scalar_length(rest_)};
  ATHANOR_ASSERT(extent.good && extent.end > 0);
  const std::string_view raw = rest_.substr(0, extent.end);
  rest_.remove_prefix(extent.end);
  skip_blanks();
  return raw;
}

std::string_view JsonCursor::take_raw_string() {
  ATHANOR_ASSERT(kind() == JsonKind::String);
  const std::string_view raw = take_raw();
  return raw.substr(1, raw.size() - 2);
}

std::string JsonCursor::take_string() { return unescape_json(take_raw_string()); }

bool JsonCursor::take_bool() {
  ATHANOR_ASSERT(kind() == JsonKind::Bool);
  return take_raw().front() == 't';
}

void JsonCursor::enter_object() {
  ATHANOR_ASSERT(kind() == JsonKind::Object);
  rest_.remove_prefix(1);
  skip_blanks();
  fresh_ = true;
}

bool JsonCursor::next_member(std::string_view& raw_key) {
  ATHANOR_ASSERT(!rest_.empty());
  if (rest_.front() == '}') {
    rest_.remove_prefix(1);
    skip_blanks();
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    ATHANOR_ASSERT(rest_.front() == ',');
    rest_.remove_prefix(1);
    skip_blanks();
  }
  fresh_ = false;
  raw_key = take_raw_string();
  ATHANOR_ASSERT(!rest_.empty() && rest_.front() == ':');
  rest_.remove_prefix(1);
  skip_blanks();
  return true;
}

void JsonCursor::enter_array() {
  ATHANOR_ASSERT(kind() == JsonKind::Array);
  rest_.remove_prefix(1);
  skip_blanks();
  fresh_ = true;
}

bool JsonCursor::next_element() {
  ATHANOR_ASSERT(!rest_.empty());
  if (rest_.front() == ']') {
    rest_.remove_prefix(1);
    skip_blanks();
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    ATHANOR_ASSERT(rest_.front() == ',');
    rest_.remove_prefix(1);
    skip_blanks();
  }
  fresh_ = false;
  return true;
}

namespace {

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

char control_of(char escape) {
  switch (escape) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return escape;  // the quote, the backslash and the slash
  }
}

}  // namespace

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
        *to++ = control_of(escape);
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

JsonValue JsonValue::of(bool value) {
  JsonValue v;
  v.kind = JsonKind::Bool;
  v.boolean = value;
  return v;
}

JsonValue JsonValue::of(std::int64_t value) {
  JsonValue v;
  v.kind = JsonKind::Number;
  v.text = fmt::format("{}", value);
  return v;
}

JsonValue JsonValue::of(std::string_view value) {
  JsonValue v;
  v.kind = JsonKind::String;
  v.text = value;
  return v;
}

JsonValue JsonValue::array(std::vector<JsonValue> items) {
  JsonValue v;
  v.kind = JsonKind::Array;
  v.items = std::move(items);
  return v;
}

JsonValue JsonValue::object(std::vector<Member> members) {
  JsonValue v;
  v.kind = JsonKind::Object;
  v.members = std::move(members);
  return v;
}

const JsonValue* JsonValue::find(std::string_view key) const {
  for (auto it = members.rbegin(); it != members.rend(); ++it) {
    if (it->first == key) return &it->second;
  }
  return nullptr;
}

void JsonValue::set(std::string_view key, JsonValue value) {
  kind = JsonKind::Object;
  if (JsonValue* existing = find(key))
    *existing = std::move(value);
  else
    members.emplace_back(std::string{key}, std::move(value));
}

std::optional<std::int64_t> JsonValue::as_int() const {
  if (kind != JsonKind::Number && kind != JsonKind::String) return std::nullopt;
  return base::to_int(text);
}

Result<JsonValue> parse_json(std::string_view text) {
  const Extent extent = document_extent(text);
  if (!extent.good || !base::is_valid_utf8(text)) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : text.substr(0, extent.end)) {
      column = c == '\n' ? 1 : column + 1;
      line += c == '\n';
    }
    return Error{ErrorCode::MalformedRequest, fmt::format("This is not JSON at line {}, column {}.", line, column), {}};
  }
  JsonCursor cursor{text};
  return read_tree(cursor);
}

std::string print_json(const JsonValue& value) {
  std::string out;
  print(out, value, -1);
  return out;
}

std::string print_json_pretty(const JsonValue& value) {
  std::string out;
  print(out, value, 0);
  return out;
}

}  // namespace athanor::format
