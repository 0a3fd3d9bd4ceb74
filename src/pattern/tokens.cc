#include "pattern/tokens.h"

#include <fmt/format.h>

#include "base/text.h"
#include "format/json.h"

namespace athanor::pattern {
namespace {

constexpr std::size_t kShownCharacters = 500;  // of the pattern, in an error message

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

void TokenReader::fail(const std::string& message) const {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
    if (text_[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
  }
  const std::size_t column = base::utf8_length(text_.substr(line_start, at_ - line_start)) + 1;
  std::string shown = fmt::format("\"{}\"", text_.substr(0, kShownCharacters));
  if (text_.size() > kShownCharacters) shown += fmt::format("[truncated {} chars]", text_.size() - kShownCharacters);
  throw SyntaxError{fmt::format("{}\n at [Source: (String){}; line: {}, column: {}]", message, shown, line, column)};
}

void TokenReader::skip_blanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
    ++at_;
}

char TokenReader::take() {
  skip_blanks();
  if (at_ == text_.size()) {
    if (in_object_.empty()) return '\0';
    fail(
        fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at [Source: (String)\"{}\"; "
                    "line: 1, column: 1])",
                    in_object_.back() ? "Object" : "Array", text_.substr(0, kShownCharacters)));
  }
  return text_[at_++];
}

void TokenReader::unexpected(char c, const std::string& expectation) {
  fail(fmt::format("Unexpected character ('{}' (code {})): {}", c, static_cast<unsigned>(static_cast<unsigned char>(c)),
                   expectation));
}

// Reads up to the closing quote, which the reader stands behind then.
std::string TokenReader::read_string_text() {
  const std::size_t start = at_;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      const std::string_view raw = text_.substr(start, at_++ - start);
      return format::unescape_json(raw);
    }
    if (static_cast<unsigned char>(c) < 0x20) {
      ++at_;
      fail(
          fmt::format("Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be "
                      "included in string value",
                      static_cast<unsigned>(c)));
    }
    if (c != '\\') continue;
    ++at_;
    if (at_ >= text_.size()) break;
    const char escaped = text_[at_];
    if (escaped == 'u') {
      for (int i = 0; i < 4; ++i) {
        ++at_;
        if (at_ >= text_.size() || !base::from_hex(std::string{"0"} + text_[at_])) {
          const char bad = at_ < text_.size() ? text_[at_] : ' ';
          ++at_;
          unexpected(bad, "expected a hex-digit for character escape sequence");
        }
      }
    } else if (std::string_view{"\"\\/bfnrt"}.find(escaped) == std::string_view::npos) {
      ++at_;
      fail(fmt::format("Unrecognized character escape '{}' (code {})", escaped,
                       static_cast<unsigned>(static_cast<unsigned char>(escaped))));
    }
  }
  at_ = text_.size();
  fail("Unexpected end-of-input: was expecting closing quote for a string value");
}

void TokenReader::finish_string() {
  if (!string_pending_) return;
  string_pending_ = false;
  value_ = read_string_text();
}

std::string TokenReader::text() {
  if (current_ == Token::FieldName) return name_;
  finish_string();
  return value_;
}

// The value whose first character has been taken.
Token TokenReader::value(char first) {
  switch (first) {
    case '"':
      string_pending_ = true;
      return Token::String;
    case '{':
      return Token::StartObject;
    case '[':
      return Token::StartArray;
    case ']':
    case '}':
      unexpected(first, "expected a value");
    default:
      break;
  }
  const std::size_t start = at_ - 1;
  if (first == '-' || (first >= '0' && first <= '9')) {
    std::size_t end = start;
    while (end < text_.size() && std::string_view{"+-.eE0123456789"}.find(text_[end]) != std::string_view::npos) ++end;
    const std::string_view number = text_.substr(start, end - start);
    if (!format::is_valid_json(number)) {
      if (number.size() > 1 && number.front() == '0') fail("Invalid numeric value: Leading zeroes not allowed");
      at_ = std::min(end + 1, text_.size());
      unexpected(end < text_.size() ? text_[end] : ' ', "Expected digit (0-9) to follow in a valid numeric value");
    }
    at_ = end;
    value_ = number;
    return Token::Number;
  }
  std::size_t end = start;
  while (end < text_.size() && is_word(text_[end])) ++end;
  const std::string_view word = text_.substr(start, end - start);
  if (word.empty())
    unexpected(first, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
  at_ = end;
  value_ = word;
  if (word == "true") return Token::True;
  if (word == "false") return Token::False;
  if (word == "null") return Token::Null;
  fail(fmt::format(
      "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      word));
}

Token TokenReader::next() {
  const auto entered = [&](Token token) {
    if (token == Token::StartObject || token == Token::StartArray) {
      in_object_.push_back(token == Token::StartObject);
      has_member_.push_back(false);
    }
    return current_ = token;
  };
  if (ahead_) {
    const Token token = *ahead_;
    ahead_.reset();
    return entered(token);
  }
  finish_string();
  char c = take();
  if (in_object_.empty()) {
    if (c == '\0') return current_ = Token::End;
    return entered(value(c));
  }
  const bool object = in_object_.back();
  if (c == (object ? '}' : ']')) {
    in_object_.pop_back();
    has_member_.pop_back();
    return current_ = object ? Token::EndObject : Token::EndArray;
  }
  if (c == '}' || c == ']') {
    fail(fmt::format(
        "Unexpected close marker '{}': expected '{}' (for {} starting at [Source: (String)\"{}\"; line: 1, column: 1])",
        c, object ? '}' : ']', object ? "Object" : "Array", text_.substr(0, kShownCharacters)));
  }
  if (has_member_.back()) {
    if (c != ',') unexpected(c, fmt::format("was expecting comma to separate {} entries", object ? "Object" : "Array"));
    c = take();
  }
  has_member_.back() = true;
  if (!object) return entered(value(c));
  if (c != '"') unexpected(c, "was expecting double-quote to start field name");
  name_ = read_string_text();
  c = take();
  if (c != ':') unexpected(c, "was expecting a colon to separate field name and value");
  ahead_ = value(take());
  return current_ = Token::FieldName;
}

}  // namespace athanor::pattern
