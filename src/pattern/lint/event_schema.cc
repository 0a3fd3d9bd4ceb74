#include "pattern/lint/event_schema.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "pattern/condition.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;
using Field = EventSchema::Field;

// How deeply nested schemas are followed: further than any handwritten one goes.
constexpr int kDepthMax = 64;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The part of the document that a reference points to; nullptr when there is none.
const JsonValue* referred(const JsonValue& document, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  const JsonValue* at = &document;
  for (reference.remove_prefix(1); at != nullptr && reference.starts_with('/');) {
    reference.remove_prefix(1);
    std::string name{reference.substr(0, reference.find('/'))};
    reference.remove_prefix(name.size());
    for (const auto& [escaped, character] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
      for (std::size_t i = name.find(escaped); i != std::string::npos; i = name.find(escaped, i + 1))
        name.replace(i, 2, character);
    }
    at = at->find(name);
  }
  return reference.empty() ? at : nullptr;
}

// The only string that the schema's property may hold; empty when it does not say.
std::string only_value(const JsonValue& schema, std::string_view property) {
  const JsonValue* const properties = schema.find("properties");
  const JsonValue* const there = properties == nullptr ? nullptr : properties->find(property);
  if (there == nullptr) return "";
  const JsonValue* const values = there->find("enum");
  if (values == nullptr || values->items.size() != 1) return there->text_at("const").value_or("");
  return values->items[0].is_string() ? values->items[0].text : "";
}

std::optional<double> number_at(const JsonValue& schema, std::string_view keyword) {
  const JsonValue* const value = schema.find(keyword);
  return value != nullptr && value->kind == JsonKind::Number ? comparable_number(value->text) : std::nullopt;
}
bool is_true(const JsonValue& schema, std::string_view keyword) {
  const JsonValue* const value = schema.find(keyword);
  return value != nullptr && value->kind == JsonKind::Bool && value->boolean;
}

Condition range(double low, bool low_open, double high, bool high_open) {
  return {.kind = Condition::Kind::Numeric, .low = low, .high = high, .low_open = low_open, .high_open = high_open};
}
Condition exactly(const JsonValue& value) {
  std::string text = value.text;
  if (value.kind == JsonKind::Bool) text = value.boolean ? "true" : "false";
  if (value.kind == JsonKind::Null) text = "null";
  const auto number = value.kind == JsonKind::Number ? comparable_number(text) : std::nullopt;
  return {.type = value.kind, .text = std::move(text), .number = number};
}

class Walk {
 public:
  Walk(const JsonValue& document, Effort& effort) : document_(document), effort_(effort) {}

  // What `schema` allows at `rest` below a value that it describes; at the value itself when `rest` is empty.
  Field field(const JsonValue* schema, std::string_view rest, int depth = 0) {
    if (schema == nullptr || depth > kDepthMax) return anything();
    if (schema->kind == JsonKind::Bool && !schema->boolean) return nothing();
    if (!schema->is_object()) return anything();
    if (const JsonValue* const reference = schema->find("$ref"))
      return field(referred(document_, reference->text), rest, depth + 1);
    Field here = by_type(*schema, rest, depth);
    for (const char* const keyword : {"anyOf", "oneOf"}) {
      const JsonValue* const ways = schema->find(keyword);
      if (ways == nullptr || ways->items.empty()) continue;
      Field any = field(&ways->items.front(), rest, depth + 1);
      for (std::size_t i = 1; i < ways->items.size(); ++i)
        any = either(std::move(any), field(&ways->items[i], rest, depth + 1));
      here = both(here, any);
    }
    if (const JsonValue* const all = schema->find("allOf")) {
      for (const JsonValue& one : all->items) here = both(here, field(&one, rest, depth + 1));
    }
    return here;
  }

 private:
  static Field anything() { return {ValueSet::all(), true, true}; }
  static Field nothing() { return {ValueSet::none(), true, false}; }

  Field either(Field a, const Field& b) {
    return {a.values.either(b.values, effort_), a.may_be_absent || b.may_be_absent, a.is_named || b.is_named};
  }
  Field both(const Field& a, const Field& b) {
    return {a.values.both(b.values, effort_), a.may_be_absent && b.may_be_absent, a.is_named || b.is_named};
  }

  // Strictly, a schema without a type allows every type; but one that lists properties means an object, one with items
  // an array.
  static bool is_implied(const JsonValue& schema, std::string_view type) {
    const auto has = [&](const char* keyword) { return schema.find(keyword) != nullptr; };
    const bool is_object = has("properties") || has("required") || has("additionalProperties");
    if (!is_object && !has("items")) return true;
    return (is_object && type == "object") || (has("items") && type == "array");
  }

  static bool allows(const JsonValue& schema, std::string_view type) {
    if (type == "null" && is_true(schema, "nullable")) return true;
    const JsonValue* const types = schema.find("type");
    const auto is_it = [&](const JsonValue& t) { return t.text == type || (type == "number" && t.text == "integer"); };
    if (types == nullptr) return is_implied(schema, type);
    return types->is_array() ? std::any_of(types->items.begin(), types->items.end(), is_it) : is_it(*types);
  }

  Field by_type(const JsonValue& schema, std::string_view rest, int depth) {
    const ValueSet scalars = scalars_of(schema);
    std::vector<Field> ways;
    if (!scalars.is_empty()) ways.push_back(rest.empty() ? Field{scalars, false, true} : nothing());
    if (may_be(schema, JsonKind::Object))
      ways.push_back(allows(schema, "object") && !rest.empty() ? in_object(schema, rest, depth) : nothing());
    if (may_be(schema, JsonKind::Array)) ways.push_back(in_array(schema, rest, depth));
    Field some = ways.empty() ? nothing() : std::move(ways.front());
    for (std::size_t i = 1; i < ways.size(); ++i) some = either(std::move(some), ways[i]);
    some.is_named = some.is_named || rest.empty();
    return some;
  }

  Field in_array(const JsonValue& schema, std::string_view rest, int depth) {
    const JsonValue* const items = schema.find("items");
    Field elements = field(items, rest, depth + 1);
    elements.may_be_absent = true;
    // A schema that does not mention arrays does not name what is in them.
    if (items == nullptr && schema.find("type") == nullptr) elements.is_named = false;
    return elements;
  }

  static bool may_be(const JsonValue& schema, JsonKind kind) {
    const auto is_one = [kind](const JsonValue& value) { return value.kind == kind; };
    if (const JsonValue* const values = schema.find("enum"))
      return std::any_of(values->items.begin(), values->items.end(), is_one);
    if (const JsonValue* const value = schema.find("const")) return is_one(*value);
    return allows(schema, kind == JsonKind::Array ? "array" : "object");
  }

  ValueSet scalars_of(const JsonValue& schema) {
    std::vector<Condition> listed;
    const auto list = [&](const JsonValue& value) {
      if (!value.is_object() && !value.is_array()) listed.push_back(exactly(value));
    };
    const JsonValue* const values = schema.find("enum");
    const JsonValue* const only = schema.find("const");
    if (values != nullptr) std::for_each(values->items.begin(), values->items.end(), list);
    if (only != nullptr) list(*only);

    ValueSet allowed = ValueSet::none();
    if (allows(schema, "string")) allowed = ValueSet::strings();
    if (allows(schema, "number")) allowed = allowed.either(numbers_of(schema), effort_);
    std::vector<Condition> literals;
    if (allows(schema, "boolean")) literals = {exactly(JsonValue::of(true)), exactly(JsonValue::of(false))};
    if (allows(schema, "null")) literals.push_back(exactly(JsonValue::null()));
    allowed = allowed.either(ValueSet::of(literals, effort_), effort_);
    return values == nullptr && only == nullptr ? allowed : allowed.both(ValueSet::of(listed, effort_), effort_);
  }

  // All but those known to be outside: to a pattern, the bounds say nothing about numbers that no double holds.
  ValueSet numbers_of(const JsonValue& schema) {
    std::vector<Condition> outside;
    if (const auto least = number_at(schema, "minimum"))
      outside.push_back(range(-kInfinity, true, *least, !is_true(schema, "exclusiveMinimum")));
    if (const auto greatest = number_at(schema, "maximum"))
      outside.push_back(range(*greatest, !is_true(schema, "exclusiveMaximum"), kInfinity, true));
    if (const auto below = number_at(schema, "exclusiveMinimum"))
      outside.push_back(range(-kInfinity, true, *below, false));
    if (const auto above = number_at(schema, "exclusiveMaximum"))
      outside.push_back(range(*above, false, kInfinity, true));
    return ValueSet::numbers().without(ValueSet::of(outside, effort_), effort_);
  }

  Field in_object(const JsonValue& schema, std::string_view rest, int depth) {
    const JsonValue* const properties = schema.find("properties");
    std::optional<Field> found;
    // A property's name may itself have dots.
    for (std::size_t end = rest.find('.'); properties != nullptr; end = rest.find('.', end + 1)) {
      const std::string_view name = rest.substr(0, end);
      if (const JsonValue* const property = properties->find(name)) {
        Field below = field(property, end == std::string_view::npos ? "" : rest.substr(end + 1), depth + 1);
        below.may_be_absent = below.may_be_absent || !is_required(schema, name);
        found = found ? either(std::move(*found), below) : std::move(below);
      }
      if (end == std::string_view::npos) break;
    }
    if (found) return *std::move(found);
    return in_other(schema, rest, depth);
  }

  // In a property that the schema does not name.
  Field in_other(const JsonValue& schema, std::string_view rest, int depth) {
    const auto has = [&](const char* keyword) { return schema.find(keyword) != nullptr; };
    if (has("patternProperties")) return anything();
    const JsonValue* const others = schema.find("additionalProperties");
    if (others == nullptr || (others->kind == JsonKind::Bool && others->boolean))
      return {ValueSet::all(), true, !has("properties") && !has("allOf") && !has("anyOf") && !has("oneOf")};
    const std::size_t dot = rest.find('.');
    Field other = field(others, dot == std::string_view::npos ? "" : rest.substr(dot + 1), depth + 1);
    other.may_be_absent = true;
    return other;
  }

  static bool is_required(const JsonValue& schema, std::string_view name) {
    const JsonValue* const names = schema.find("required");
    return names != nullptr && std::any_of(names->items.begin(), names->items.end(),
                                           [&](const JsonValue& one) { return one.text == name; });
  }

  const JsonValue& document_;
  Effort& effort_;
};

}  // namespace

Result<EventSchema> EventSchema::parse(std::string_view text) {
  ATHANOR_TRY(document, format::parse_json(text));
  if (const std::string content = document.text_at("Content").value_or(""); !content.empty()) {
    ATHANOR_TRY(inner, format::parse_json(content));
    document = std::move(inner);
  }
  if (!document.is_object()) return invalid_input("A schema must be a JSON object.");
  EventSchema schema;
  const JsonValue* event = &document;
  if (document.find("openapi") != nullptr) {
    event = referred(document, "#/components/schemas/AWSEvent");
    if (event == nullptr)
      return invalid_input("The OpenAPI document has no components.schemas.AWSEvent, which describes the event.");
  }
  schema.source_ = event->text_at("x-amazon-events-source").value_or("");
  if (schema.source_.empty()) schema.source_ = only_value(*event, "source");
  schema.detail_type_ = event->text_at("x-amazon-events-detail-type").value_or("");
  if (schema.detail_type_.empty()) schema.detail_type_ = only_value(*event, "detail-type");
  if (schema.source_.empty() || schema.detail_type_.empty())
    return invalid_input(
        "The schema does not say which events it describes. Add \"x-amazon-events-source\" and "
        "\"x-amazon-events-detail-type\".");
  schema.event_ = *event;
  schema.document_ = std::move(document);
  return schema;
}

Field EventSchema::field(std::string_view path, Effort& effort) const {
  return Walk{document_, effort}.field(&event_, path);
}

}  // namespace athanor::pattern
