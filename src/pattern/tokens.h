// The tokens of a pattern's JSON, with the positions that AWS's messages name.
//
// AWS reads patterns with a parser that looks ahead: after a field name it has already begun the value, and a string's
// characters are read only when they are asked for. The positions in its error messages follow from that, so this
// reader does the same.
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

// What is wrong, and where.
struct SyntaxError {
  std::string message;
};

class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : text_(text) {}

  Token next();        // throws SyntaxError, which event_pattern.cc catches
  std::string text();  // of the current string, number, literal, name or bracket
  const std::string& name() const { return name_; }
  [[noreturn]] void fail(const std::string& message) const;  // at the current place

 private:
  struct Open {
    bool object;
    std::size_t at;  // of the bracket
    bool has_member = false;
    const char* kind() const { return object ? "Object" : "Array"; }
  };

  Token entered(Token token);
  Token close(char bracket);
  Token value();
  Token number(char first);
  Token word();
  void finish_string();
  std::string string_text(const char* where, const char* unterminated);
  void escape();

  bool at_end() const { return at_ == text_.size(); }
  bool at_digit() const { return !at_end() && text_[at_] >= '0' && text_[at_] <= '9'; }
  void skip_digits();
  void skip_blanks();
  char take_within_entry();
  [[noreturn]] void fail_at(std::size_t at, const std::string& message) const;
  [[noreturn]] void unexpected(const std::string& expectation) const;
  std::string described(std::size_t at) const;
  std::string place(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t value_at_ = 0;  // where the value read last begins
  std::vector<Open> open_;    // innermost last
  std::optional<Token> ahead_;
  bool string_pending_ = false;
  std::string name_, value_;
  Token current_ = Token::End;
};

}  // namespace athanor::pattern
