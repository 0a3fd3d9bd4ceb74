#include "format/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "format/json_extent.h"
#include "format/json_string.h"

namespace athanor::format {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Extent document_extent(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
  Extent extent = value_extent(text.substr(first), kDepthRead);
  extent.end += first;
  if (!extent.good) return extent;
  while (extent.end < text.size() && is_blank(text[extent.end])) ++extent.end;
  if (extent.end != text.size()) extent.good = false;
  return extent;
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

bool is_valid_json(std::string_view text) {
  const Extent extent = document_extent(text);
  return extent.good && (extent.is_ascii || base::is_valid_utf8(text));
}

bool is_valid_json_object(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  return first != std::string_view::npos && text[first] == '{' && is_valid_json(text);
}

void JsonCursor::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

void JsonCursor::break_off() {
  broken_ = true;
  rest_ = {};
}

std::string_view JsonCursor::take(std::size_t size) {
  if (size == 0) break_off();
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  skip_blanks();
  return taken;
}

bool JsonCursor::skip(char c) {
  if (!rest_.starts_with(c)) {
    break_off();
    return false;
  }
  take(1);
  return true;
}

JsonKind JsonCursor::kind() const {
  if (rest_.empty()) return JsonKind::Null;
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
  const Extent extent = value_extent(rest_, kDepthRead - depth_);
  return take(extent.good ? extent.end : 0);
}

std::string_view JsonCursor::take_raw_string() {
  ATHANOR_ASSERT(kind() == JsonKind::String);
  const std::string_view raw = take_raw();
  return raw.empty() ? raw : raw.substr(1, raw.size() - 2);
}

std::string JsonCursor::take_string() {
  ATHANOR_ASSERT(kind() == JsonKind::String);
  std::string out;
  take(read_json_string(rest_, out, met_lone_surrogate_));
  return out;
}

std::string JsonCursor::unescape(std::string_view raw_key) { return unescape_json(raw_key, met_lone_surrogate_); }

bool JsonCursor::take_bool() {
  ATHANOR_ASSERT(kind() == JsonKind::Bool);
  return take_raw().starts_with('t');
}

void JsonCursor::enter(char bracket) {
  if (++depth_ > kDepthRead) break_off();
  if (skip(bracket)) fresh_ = true;
}

// Whether the entered object or array has another value; if not, leaves it.
bool JsonCursor::next(char closing) {
  if (rest_.starts_with(closing)) {
    take(1);
    --depth_;
    fresh_ = false;
    return false;
  }
  return std::exchange(fresh_, false) ? !broken_ : skip(',');
}

void JsonCursor::enter_object() {
  ATHANOR_ASSERT(kind() == JsonKind::Object);
  enter('{');
}

bool JsonCursor::next_member(std::string_view& raw_key) {
  if (!next('}')) return false;
  if (!rest_.starts_with('"')) {
    break_off();
    return false;
  }
  raw_key = take_raw_string();
  return skip(':');
}

void JsonCursor::enter_array() {
  ATHANOR_ASSERT(kind() == JsonKind::Array);
  enter('[');
}

bool JsonCursor::next_element() { return next(']'); }

JsonValue JsonValue::of(bool value) {
  JsonValue v;
  v.kind = JsonKind::Bool;
  v.boolean = value;
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

std::optional<std::string> JsonValue::text_at(std::string_view key) const {
  const JsonValue* value = find(key);
  return value != nullptr && value->is_string() ? std::optional{value->text} : std::nullopt;
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
