// JSON: a cursor that reads without copying, a tree for cold paths, and what is needed to write it.
//
// RFC 8259 to the letter: what it accepts, JSONTestSuite says must be accepted, and the reverse. Numbers keep their
// source text, so that 9007199254740993, 1.10 and 1e400 come out as they went in.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace athanor::format {

enum class JsonKind : std::uint8_t { Null, Bool, Number, String, Array, Object };

// For messages: "a string", "an array", "null".
std::string_view in_words(JsonKind kind);

// Whether the whole text is one JSON value, nested at most kDepthRead deep (json_extent.h). No recursion or allocation.
bool is_valid_json(std::string_view text);
// The same, and the value is an object.
bool is_valid_json_object(std::string_view text);

// Walks JSON from the front; every view borrows from the text. Misuse asserts.
//
// The text need not be checked first: where it stops being JSON, all further values are null and empty, and there are
// no further members or elements. A caller that has not checked it asks at_end() after taking everything.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : rest_(text) { skip_blanks(); }

  // Whether the text was one JSON value and all of it has been taken. UTF-8 is not checked.
  bool at_end() const { return !broken_ && depth_ == 0 && rest_.empty(); }

  JsonKind kind() const;

  // Takes the value and returns its source text.
  std::string_view take_raw();
  // The text between the quotes: with escapes as written, or resolved (lone surrogates become U+FFFD).
  std::string_view take_raw_string();
  std::string take_string();
  bool take_bool();
  // Resolves the escapes of a key, given the text between its quotes.
  std::string unescape(std::string_view raw_key);
  // Whether take_string or unescape has replaced a lone surrogate.
  bool met_lone_surrogate() const { return met_lone_surrogate_; }

  // Objects and arrays: enter, then next_* until false, taking exactly one value each time it is true.
  void enter_object();
  bool next_member(std::string_view& raw_key);  // between the quotes; equals the key when it has no backslash
  void enter_array();
  bool next_element();

 private:
  void skip_blanks();
  bool skip(char c);                        // and the blanks after it; breaks off when it is missing
  std::string_view take(std::size_t size);  // and the blanks after it; 0 breaks off
  void enter(char bracket);
  bool next(char closing);
  void break_off();

  std::string_view rest_;
  std::size_t depth_ = 0;  // brackets entered and not left
  bool fresh_ = false;     // just after an opening bracket: no comma is due
  bool broken_ = false;
  bool met_lone_surrogate_ = false;
};

// Resolves the escapes of the text between two quotes, up to the first thing that is invalid there.
std::string unescape_json(std::string_view raw);
// Appends `text` as a JSON string with its quotes. Invalid UTF-8 is written as U+FFFD, control characters as \u00XX.
void append_json_string(std::string& out, std::string_view text);
// How many bytes that would append.
std::size_t json_string_bytes(std::string_view text);

// A JSON value as a tree, for templates, settings and everything else that is not on an event's path.
struct JsonValue {
  using Member = std::pair<std::string, JsonValue>;

  JsonKind kind = JsonKind::Null;
  bool boolean = false;
  std::string text;              // String: the string; Number: its source text
  std::vector<JsonValue> items;  // Array
  std::vector<Member> members;   // Object, in source order; a repeated key is kept twice

  static JsonValue null() { return {}; }
  static JsonValue of(bool value);
  static JsonValue of(std::integral auto value) {
    return {.kind = JsonKind::Number, .boolean = false, .text = std::to_string(value), .items = {}, .members = {}};
  }
  static JsonValue of(std::string_view value);
  static JsonValue of(const char* value) { return of(std::string_view{value}); }
  static JsonValue array(std::vector<JsonValue> items = {});
  static JsonValue object(std::vector<Member> members = {});

  // The last member of that name; nullptr when there is none or this is not an object.
  const JsonValue* find(std::string_view key) const;
  JsonValue* find(std::string_view key) { return const_cast<JsonValue*>(std::as_const(*this).find(key)); }
  // The text of that member, if it is a string.
  std::optional<std::string> text_at(std::string_view key) const;
  // Sets or adds a member.
  void set(std::string_view key, JsonValue value);

  bool is_string() const { return kind == JsonKind::String; }
  bool is_object() const { return kind == JsonKind::Object; }
  bool is_array() const { return kind == JsonKind::Array; }
  // The value of a number written as an integer, or of a string that holds one (CloudFormation writes these).
  std::optional<std::int64_t> as_int() const;

  friend bool operator==(const JsonValue&, const JsonValue&) = default;
};

// MalformedRequest with line and column when the text is not JSON.
Result<JsonValue> parse_json(std::string_view text);
// Compact, members in order.
std::string print_json(const JsonValue& value);
// With whitespace and two-space indentation, for people.
std::string print_json_pretty(const JsonValue& value);

}  // namespace athanor::format
