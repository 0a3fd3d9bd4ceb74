#include "pattern/tokens.h"

#include <fmt/format.h>

#include <utility>

#include "format/json.h"
#include "pattern/code_points.h"

namespace athanor::pattern {
namespace {

constexpr std::size_t kShownUnits = 500;  // of the pattern, in an error message

constexpr const char* kAnyValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
constexpr const char* kEscapeCut = "Unexpected end-of-input in character escape sequence";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool is_word(char32_t c) { return c == '_' || c == '$' || is_letter_or_digit(c); }

// Positions and lengths count UTF-16 units. A character of two units that is cut after its first byte counts as one.
std::size_t utf16_length(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) ++units;
    if (byte >= 0xF0 && i + 1 < text.size()) ++units;
  }
  return units;
}

// The pattern as messages quote it: its beginning, with control characters made visible.
std::string source(std::string_view text) {
  std::string shown = "[Source: (String)\"";
  std::size_t units = 0;
  std::size_t i = 0;
  while (i < text.size() && units < kShownUnits) {
    const std::size_t start = i;
    const char32_t c = next_code_point(text, i);
    units += c > 0xFFFF ? 2 : 1;
    if (is_control(c) && c != '\n' && c != '\r')
      shown += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else
      shown += text.substr(start, i - start);
  }
  shown += '"';
  if (i < text.size()) shown += fmt::format("[truncated {} chars]", utf16_length(text.substr(i)));
  return shown;
}

}  // namespace

Token TokenReader::next() {
  if (ahead_) return entered(*std::exchange(ahead_, std::nullopt));
  finish_string();
  skip_blanks();
  if (open_.empty()) return at_end() ? current_ = Token::End : entered(value());
  if (at_end()) {
    fail(fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at {})", open_.back().kind(),
                     place(open_.back().at)));
  }
  if (text_[at_] == '}' || text_[at_] == ']') return current_ = close(text_[at_++]);
  if (std::exchange(open_.back().has_member, true) && text_[at_++] != ',')
    unexpected(fmt::format("was expecting comma to separate {} entries", open_.back().kind()));
  if (!open_.back().object) return entered(value());
  if (take_within_entry() != '"') unexpected("was expecting double-quote to start field name");
  name_ = string_text("name", "Unexpected end-of-input in field name");
  if (take_within_entry() != ':') unexpected("was expecting a colon to separate field name and value");
  ahead_ = value();
  return current_ = Token::FieldName;
}

std::string TokenReader::text() {
  switch (current_) {
    case Token::FieldName:
      return name_;
    case Token::StartObject:
      return "{";
    case Token::EndObject:
      return "}";
    case Token::StartArray:
      return "[";
    case Token::EndArray:
      return "]";
    default:
      finish_string();
      return value_;
  }
}

Token TokenReader::entered(Token token) {
  if (token == Token::StartObject || token == Token::StartArray)
    open_.push_back({.object = token == Token::StartObject, .at = value_at_});
  return current_ = token;
}

Token TokenReader::close(char bracket) {
  const Open open = open_.back();
  const char expected = open.object ? '}' : ']';
  if (bracket != expected) {
    fail(fmt::format("Unexpected close marker '{}': expected '{}' (for {} starting at {})", bracket, expected,
                     open.kind(), place(open.at)));
  }
  open_.pop_back();
  return open.object ? Token::EndObject : Token::EndArray;
}

Token TokenReader::value() {
  const char first = take_within_entry();
  value_at_ = at_ - 1;
  switch (first) {
    case '"':
      string_pending_ = true;
      return Token::String;
    case '{':
      return Token::StartObject;
    case '[':
      return Token::StartArray;
    case '}':
    case ']':
      if (open_.empty()) {
        fail(fmt::format("Unexpected close marker '{}': expected '{}' (for root starting at {}; line: 1, column: 0])",
                         first, first == ']' ? '}' : ']', source(text_)));
      }
      unexpected(first == '}' ? "expected a value" : std::string{"expected a valid value "} + kAnyValue);
    default:
      return first == '-' || first == '+' || (first >= '0' && first <= '9') ? number(first) : word();
  }
}

Token TokenReader::number(char first) {
  const auto illegal = [&](std::size_t character_at, std::size_t at, const char* why) {
    fail_at(at, fmt::format("Unexpected character ({}) in numeric value: {}", described(character_at), why));
  };
  if (first == '-' || first == '+') {
    if (at_end()) {
      fail(first == '-' ? "Unexpected end-of-inputNo digit following minus sign"
                        : "Unexpected end-of-input in a Number value");
    }
    if (text_[at_] == 'I') return word();
    const char second = text_[at_++];
    if (first == '+') {
      illegal(value_at_, at_,
              "JSON spec does not allow numbers to have plus signs: enable "
              "`JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow");
    }
    if (second < '0' || second > '9')
      illegal(at_ - 1, at_, "expected digit (0-9) to follow minus sign, for valid numeric value");
    first = second;
  }
  if (first == '0' && at_digit()) fail("Invalid numeric value: Leading zeroes not allowed");
  skip_digits();
  if (!at_end() && text_[at_] == '.') {
    ++at_;
    if (!at_digit()) illegal(at_end() ? at_ - 1 : at_, at_, "Decimal point not followed by a digit");
    skip_digits();
  }
  if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    const std::size_t behind_e = ++at_;
    if (!at_end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (at_end()) fail("Unexpected end-of-inputexpected a digit for number exponent");
    if (!at_digit()) illegal(at_, behind_e, "Exponent indicator not followed by a digit");
    skip_digits();
  }
  value_ = text_.substr(value_at_, at_ - value_at_);
  // A number that is the whole text may be followed only by a blank.
  if (open_.empty() && !at_end() && !is_blank(text_[at_++])) unexpected("Expected space separating root-level values");
  return Token::Number;
}

// true, false, null; or what AWS's parser takes for a misspelt one, such as -Infinity.
Token TokenReader::word() {
  std::size_t end = text_[value_at_] == '-' || text_[value_at_] == '+' ? at_ : value_at_;
  while (end < text_.size()) {
    std::size_t behind = end;
    if (!is_word(next_code_point(text_, behind))) break;
    end = behind;
  }
  const char first = text_[value_at_];
  if (end == value_at_ || (first >= '0' && first <= '9'))
    unexpected(std::string{"expected a valid value "} + kAnyValue);
  at_ = end;
  value_ = text_.substr(value_at_, end - value_at_);
  if (value_ == "true") return Token::True;
  if (value_ == "false") return Token::False;
  if (value_ == "null") return Token::Null;
  for (const std::string_view number : {"NaN", "Infinity", "-Infinity", "+Infinity", "-INF", "+INF"}) {
    if (value_ != number) continue;
    fail(fmt::format("Non-standard token '{}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", number));
  }
  fail(fmt::format("Unrecognized token '{}': was expecting {}", value_, kAnyValue));
}

void TokenReader::finish_string() {
  if (!std::exchange(string_pending_, false)) return;
  value_ = string_text("string value", "Unexpected end-of-input: was expecting closing quote for a string value");
}

// Reads up to and past the closing quote.
std::string TokenReader::string_text(const char* where, const char* unterminated) {
  const std::size_t start = at_;
  while (!at_end()) {
    const char c = text_[at_++];
    if (c == '"') return format::unescape_json(text_.substr(start, at_ - 1 - start));
    if (c == '\\') escape();
    if (static_cast<unsigned char>(c) < 0x20) {
      fail(fmt::format("Illegal unquoted character ({}): has to be escaped using backslash to be included in {}",
                       described(at_ - 1), where));
    }
  }
  fail(unterminated);
}

// Skips the rest of an escape sequence.
void TokenReader::escape() {
  if (at_end()) fail(kEscapeCut);
  const char kind = text_[at_++];
  if (kind != 'u') {
    if (std::string_view{"\"\\/bfnrt"}.find(kind) == std::string_view::npos)
      fail("Unrecognized character escape " + described(at_ - 1));
    return;
  }
  for (int i = 0; i < 4; ++i) {
    if (at_end()) fail(kEscapeCut);
    if (std::string_view{"0123456789abcdefABCDEF"}.find(text_[at_++]) == std::string_view::npos)
      unexpected("expected a hex-digit for character escape sequence");
  }
}

void TokenReader::skip_digits() {
  while (at_digit()) ++at_;
}

// After the blanks there must be a character that may begin something.
void TokenReader::skip_blanks() {
  while (!at_end() && is_blank(text_[at_])) ++at_;
  if (at_end()) return;
  const auto c = static_cast<unsigned char>(text_[at_]);
  if (c != '/' && c >= 0x20) return;
  ++at_;
  if (c == '/') {
    unexpected(
        "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for "
        "parser)");
  }
  fail(fmt::format("Illegal character ({}): only regular white space (\\r, \\n, \\t) is allowed between tokens",
                   described(at_ - 1)));
}

// The next non-blank character, where an entry has begun and is not complete.
char TokenReader::take_within_entry() {
  skip_blanks();
  if (at_end()) fail(fmt::format("Unexpected end-of-input within/between {} entries", open_.back().kind()));
  return text_[at_++];
}

void TokenReader::fail(const std::string& message) const { fail_at(at_, message); }

void TokenReader::fail_at(std::size_t at, const std::string& message) const {
  throw SyntaxError{message + "\n at " + place(at)};
}

// The character read last is unexpected.
void TokenReader::unexpected(const std::string& expectation) const {
  fail(fmt::format("Unexpected character ({}): {}", described(at_ - 1), expectation));
}

// As 'x' (code 120). Of a character of two UTF-16 units only the first is seen, which alone is not a character: '?'.
std::string TokenReader::described(std::size_t at) const {
  const std::size_t start = at;
  const char32_t c = next_code_point(text_, at);
  const auto unit = static_cast<unsigned>(c <= 0xFFFF ? c : 0xD7C0 + (c >> 10));
  if (is_control(c)) return fmt::format("(CTRL-CHAR, code {})", unit);
  const std::string_view shown = c <= 0xFFFF ? text_.substr(start, at - start) : "?";
  return unit > 0xFF ? fmt::format("'{}' (code {} / 0x{:x})", shown, unit, unit)
                     : fmt::format("'{}' (code {})", shown, unit);
}

std::string TokenReader::place(std::size_t at) const {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < at; ++i) {
    const bool is_line_end = text_[i] == '\n' || (text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n'));
    if (!is_line_end) continue;
    ++line;
    line_start = i + 1;
  }
  return fmt::format("{}; line: {}, column: {}]", source(text_), line,
                     utf16_length(text_.substr(line_start, at - line_start)) + 1);
}

}  // namespace athanor::pattern
