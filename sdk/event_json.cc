#include "sdk/event_json.h"

#include "base/text.h"

namespace athanor::sdk {

using format::JsonKind;

void EventJson::append(std::string& out, const std::string& value) { format::append_json_string(out, value); }
void EventJson::append(std::string& out, bool value) { out += value ? "true" : "false"; }
void EventJson::append(std::string& out, std::int64_t value) { out += std::to_string(value); }
void EventJson::append(std::string& out, const Decimal& value) { out += '"' + value.to_string() + '"'; }
void EventJson::append(std::string& out, const Timestamp& value) { out += '"' + value.to_string() + '"'; }
void EventJson::append(std::string& out, const Json& value) { out += format::print_json(value); }

Result<void> EventJson::check_text(const std::string& value, const std::string& path) {
  return base::is_valid_utf8(value) ? Result<void>{} : invalid_input(path + " is not UTF-8.");
}

Result<void> EventJson::check_text(const Json& value, const std::string& path) {
  ATHANOR_CHECK(check_text(value.text, path));
  ATHANOR_CHECK(check_text(value.items, path));
  for (const auto& [key, member] : value.members) {
    ATHANOR_CHECK(check_text(key, path));
    ATHANOR_CHECK(check_text(member, inside(path, key)));
  }
  return {};
}

namespace {

Error not_a(std::string_view wanted, const format::JsonValue& json, const std::string& path) {
  return invalid_input((path.empty() ? "The value" : path) + " must be " + std::string(wanted) + ", not " +
                       std::string(format::in_words(json.kind)) + ".");
}

// Whether `value` is listed in "LOW, NORMAL, HIGH".
bool is_one_of(std::string_view value, std::string_view list) {
  for (const auto choice : base::split(list, ',')) {
    if (base::trim(choice) == value) return true;
  }
  return false;
}

template <class Number>
Result<void> check_bounds(const Number& value, const std::string& text, const std::string& path,
                          const base::Constraints& constraints) {
  if (value < Number{constraints.value_min}) {
    return invalid_input(path + " is " + text + ", below " + std::to_string(constraints.value_min) + ".");
  }
  if (value > Number{constraints.value_max}) {
    return invalid_input(path + " is " + text + ", above " + std::to_string(constraints.value_max) + ".");
  }
  return {};
}

}  // namespace

Result<void> EventJson::expect(const Json& json, JsonKind kind, const std::string& path) {
  if (json.kind != kind) return not_a(format::in_words(kind), json, path);
  return {};
}

Result<void> EventJson::check_count(std::size_t count, const std::string& path, const Constraints& constraints) {
  const auto size = static_cast<std::int64_t>(count);
  if (size >= constraints.count_min && size <= constraints.count_max) return {};
  return invalid_input(path + " has " + std::to_string(size) + " elements, " +
                       (size < constraints.count_min ? "too few." : "too many."));
}

Error EventJson::missing(const std::string& path) { return invalid_input(path + " is missing."); }

Error EventJson::at(const std::string& path, Error error) {
  if (!path.empty() && !error.message.starts_with(path)) error.message = path + ": " + error.message;
  return error;
}

Result<void> EventJson::take(const Json& json, std::string& out, const std::string& path,
                             const Constraints& constraints) {
  ATHANOR_CHECK(expect(json, JsonKind::String, path));
  out = std::string{base::trim(json.text)};
  const auto length = static_cast<std::int64_t>(base::utf8_length(out));
  if (length < constraints.length_min) return invalid_input(path + " is too short.");
  if (length > constraints.length_max) return invalid_input(path + " is too long.");
  if (!constraints.one_of.empty() && !is_one_of(out, constraints.one_of)) {
    return invalid_input(path + " is '" + out + "', not one of " + std::string(constraints.one_of) + ".");
  }
  return {};
}

Result<void> EventJson::take(const Json& json, bool& out, const std::string& path, const Constraints&) {
  ATHANOR_CHECK(expect(json, JsonKind::Bool, path));
  out = json.boolean;
  return {};
}

Result<void> EventJson::take(const Json& json, std::int64_t& out, const std::string& path,
                             const Constraints& constraints) {
  const auto number = json.kind == JsonKind::Number ? base::to_int(json.text) : std::nullopt;
  if (!number) return not_a("an integer", json, path);
  out = *number;
  return check_bounds(out, json.text, path, constraints);
}

Result<void> EventJson::take(const Json& json, Decimal& out, const std::string& path, const Constraints& constraints) {
  if (json.kind != JsonKind::String && json.kind != JsonKind::Number) return not_a("a decimal number", json, path);
  auto value = Decimal::parse(base::trim(json.text));
  if (!value) return at(path, std::move(value).error());
  out = *value;
  return check_bounds(out, json.text, path, constraints);
}

Result<void> EventJson::take(const Json& json, Timestamp& out, const std::string& path, const Constraints&) {
  ATHANOR_CHECK(expect(json, JsonKind::String, path));
  const auto value = Timestamp::parse(base::trim(json.text));
  if (!value) return invalid_input(path + " is '" + json.text + "', not a time such as 2025-10-13T20:00:00Z.");
  out = *value;
  return {};
}

Result<void> EventJson::take(const Json& json, Json& out, const std::string& path, const Constraints&) {
  ATHANOR_CHECK(expect(json, JsonKind::Object, path));
  out = json;
  return {};
}

}  // namespace athanor::sdk
