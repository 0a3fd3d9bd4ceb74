// The tokens of a pattern's JSON, with the positions that AWS's messages name.
//
// AWS reads patterns with a parser that looks ahead: behind a field name it has already begun the value, and a string's
// characters are read only when somebody asks for them. The places in its error messages follow from that, so this
// reader keeps the same books.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::pattern {

enum class Token : std::uint8_t {
  StartObject,
  EndObject,
  StartArray,
  EndArray,
  FieldName,
  String,
  Number,
  True,
  False,
  Null,
  End
};

// What is wrong, with its place.
struct SyntaxError {
  std::string message;
};

class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text) {}

  Token next();        // throws SyntaxError, which event_pattern.cc catches
  std::string text();  // of the current string, number, literal or name
  const std::string& name() const { return name_; }
  [[noreturn]] void fail(const std::string& message) const;  // at the current place

 private:
  Token value(char first);
  void finish_string();
  void skip_blanks();
  char take();
  [[noreturn]] void unexpected(char c, const std::string& expectation);
  std::string read_string_text();

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<bool> in_object_;
  std::vector<bool> has_member_;
  std::optional<Token> ahead_;
  bool string_pending_ = false;
  std::string name_, value_;
  Token current_ = Token::End;
};

}  // namespace athanor::pattern
