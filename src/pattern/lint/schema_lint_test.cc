#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "pattern/lint/event_schema.h"
#include "pattern/lint/lint.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;
using Kind = LintFinding::Kind;
using ::testing::HasSubstr;

EventSchema schema_of(const std::string& detail, const std::string& beside = "") {
  auto schema = EventSchema::parse(R"({"x-amazon-events-source":"shop","x-amazon-events-detail-type":"Order",)" +
                                   beside + R"("properties":{"detail":)" + detail + R"(},"required":["detail"]})");
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().message);
  return *std::move(schema);
}

// Which of some values may be at the path; "-": it may be absent, "?": the schema does not name it.
std::string allowed(const EventSchema& schema, std::string_view path) {
  Effort effort{100'000};
  const auto field = schema.field(path, effort);
  std::string said;
  for (const char* text : {"\"a\"", "\"b\"", "0", "5", "10", "true", "null"}) {
    const JsonValue json = *format::parse_json(text);
    const Value value{json.kind, json.is_string() || json.kind == JsonKind::Number ? json.text : text};
    if (field.values.contains(value)) said += json.is_string() ? json.text : text + std::string{" "};
  }
  return said + (field.may_be_absent ? "-" : "") + (field.is_named ? "" : "?");
}

TEST(EventSchema, SaysWhatAFieldMayHold) {
  const struct {
    const char* detail;
    const char* path;
    const char* expected;
  } rows[] = {
      {R"({"type":"object","properties":{"x":{"type":"string"}},"required":["x"]})", "detail.x", "ab"},
      {R"({"type":"object","properties":{"x":{"type":"string"}}})", "detail.x", "ab-"},
      {R"({"type":"object","properties":{"x":{"type":"string"}}})", "detail.y", "ab0 5 10 true null -?"},
      {R"({"properties":{"x":{"type":"string"}}})", "detail.y", "ab0 5 10 true null -?"},
      {R"({"type":"object","properties":{"x":{"type":"string"}}})", "detail.x.y", "-?"},
      {R"({"type":"object","properties":{"x":{}},"additionalProperties":false})", "detail.y", "-?"},
      {R"({"type":"object","properties":{"x":{}},"additionalProperties":{"type":"boolean"}})", "detail.y", "true -"},
      {R"({"type":"object","properties":{"x":{}}})", "detail.x", "ab0 5 10 true null -"},
      {R"({"type":"object"})", "detail.y.z", "ab0 5 10 true null -"},
      {R"({"type":"object","patternProperties":{"^x":{}},"properties":{"a":{}}})", "detail.x", "ab0 5 10 true null -"},
      {R"({"properties":{"x":{"enum":["a",5,null]}},"required":["x"]})", "detail.x", "a5 null "},
      {R"({"properties":{"x":{"enum":["a",{}]}},"required":["x"]})", "detail.x", "a-"},
      {R"({"properties":{"x":{"const":"b"}},"required":["x"]})", "detail.x", "b"},
      {R"({"properties":{"x":{"type":"string","nullable":true}},"required":["x"]})", "detail.x", "abnull "},
      {R"({"properties":{"x":{"type":["integer","null"]}},"required":["x"]})", "detail.x", "0 5 10 null "},
      {R"({"properties":{"x":{"type":"number","minimum":5}},"required":["x"]})", "detail.x", "5 10 "},
      {R"({"properties":{"x":{"type":"number","minimum":5,"exclusiveMinimum":true}},"required":["x"]})", "detail.x",
       "10 "},
      {R"({"properties":{"x":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":10}},"required":["x"]})",
       "detail.x", "5 "},
      {R"({"properties":{"x":{"type":"number","maximum":5}},"required":["x"]})", "detail.x", "0 5 "},
      {R"({"properties":{"x":{"type":"array","items":{"type":"string"}}},"required":["x"]})", "detail.x", "ab-"},
      {R"({"properties":{"x":{"type":"array","items":{"type":"object","properties":{"y":{"enum":["a"]}},
          "required":["y"]}}},"required":["x"]})",
       "detail.x.y", "a-"},
      {R"({"properties":{"x":{"type":"object","properties":{"y":{"enum":["a"]}},"required":["y"]}},"required":["x"]})",
       "detail.x.y", "a"},
      {R"({"properties":{"x":{"type":"object","properties":{"y":{"enum":["a"]}},"required":["y"]}}})", "detail.x.y",
       "a-"},
      {R"({"properties":{"x.y":{"enum":["a"]}},"required":["x.y"]})", "detail.x.y", "a"},
      {R"({"properties":{"x":{"anyOf":[{"enum":["a"]},{"type":"boolean"}]}},"required":["x"]})", "detail.x", "atrue "},
      {R"({"allOf":[{"properties":{"x":{"enum":["a","b"]}}},{"required":["x"],"properties":{"x":{"enum":["b",5]}}}]})",
       "detail.x", "b"},
      {R"({"allOf":[{"properties":{"x":{"enum":["a","b"]}}}]})", "detail.y", "ab0 5 10 true null -?"},
      {R"({"properties":{"x":false}})", "detail.x", "-?"},
      {R"({"properties":{"x":{"$ref":"#/definitions/of~1x"}},"required":["x"]})", "detail.x", "a"},
      {R"({"properties":{"x":{"$ref":"#/definitions/loop"}}})", "detail.x", "ab0 5 10 true null -"},
      {R"({"properties":{"x":{"$ref":"#/definitions/none"}}})", "detail.x", "ab0 5 10 true null -"},
  };
  for (const auto& row : rows) {
    const auto schema =
        schema_of(row.detail, R"("definitions":{"of/x":{"enum":["a"]},"loop":{"$ref":"#/definitions/loop"}},)");
    EXPECT_EQ(allowed(schema, row.path), row.expected) << row.detail << ' ' << row.path;
  }
}

TEST(EventSchema, KnowsWhoseEventsItDescribes) {
  const struct {
    const char* text;
    const char* name;
  } rows[] = {
      {R"({"x-amazon-events-source":"s","x-amazon-events-detail-type":"t"})", "s / t"},
      {R"({"properties":{"source":{"enum":["s"]},"detail-type":{"const":"t"}}})", "s / t"},
      {R"({"openapi":"3.0.0","components":{"schemas":{"AWSEvent":{"x-amazon-events-source":"s",
          "x-amazon-events-detail-type":"t"}}}})",
       "s / t"},
      {R"({"Content":"{\"x-amazon-events-source\":\"s\",\"x-amazon-events-detail-type\":\"t\"}","Type":"OpenApi3"})",
       "s / t"},
  };
  for (const auto& row : rows) {
    const auto schema = EventSchema::parse(row.text);
    ASSERT_TRUE(schema) << row.text;
    EXPECT_EQ(schema->name(), row.name);
  }
  EXPECT_THAT(EventSchema::parse("{").error().message, HasSubstr("JSON"));
  EXPECT_THAT(EventSchema::parse("[]").error().message, HasSubstr("must be a JSON object"));
  EXPECT_THAT(EventSchema::parse(R"({"type":"object"})").error().message, HasSubstr("x-amazon-events-source"));
  EXPECT_THAT(EventSchema::parse(R"({"openapi":"3.0.0"})").error().message, HasSubstr("AWSEvent"));
}

LintRule rule(std::string name, std::string_view pattern) {
  auto parsed = parse_event_pattern(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return {std::move(name), *std::move(parsed), {}};
}

std::string found(std::string_view pattern) {
  static const std::vector<EventSchema> schemas{
      schema_of(R"({"type":"object","required":["side","amount"],"properties":{
        "side":{"enum":["BUY","SELL"]},"amount":{"type":"number","minimum":0},"note":{"type":"string"},
        "items":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number"}}}}}})")};
  const std::vector<LintRule> rules{rule("r", pattern)};
  return to_text(lint(rules, schemas), rules);
}

TEST(SchemaLint, FindsWhatASchemaRulesOut) {
  const struct {
    const char* pattern;
    const char* found;
  } rows[] = {
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"side":["BUY"]}})", ""},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"side":["buy"]}})",
       "✗ r never matches\n    detail.side  \"buy\"  shop / Order has other values there, such as \"BUY\"\n"},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"amount":[{"numeric":["<",0]}]}})",
       "✗ r never matches\n    detail.amount  numeric < 0  shop / Order has other values there, such as 0\n"},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"side":[{"exists":false}]}})",
       "✗ r never matches\n    detail.side  exists false  shop / Order always has detail.side\n"},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"note":{"text":["a"]}}})",
       "✗ r never matches\n    detail.note.text  \"a\"  shop / Order has no detail.note.text\n"},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"items":{"price":["12"]}}})",
       "✗ r never matches\n    detail.items.price  \"12\"  shop / Order has other values there, such as 0\n"},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"items":{"price":[{"numeric":[">",1]}]}}})", ""},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"sied":["BUY"]}})",
       "! r uses a field that no schema names\n    detail.sied  \"BUY\"  the schema of shop / Order has no "
       "detail.sied\n"},
      // Other events may be meant.
      {R"({"source":["shop"],"detail":{"side":["buy"]}})", ""},
      {R"({"source":["shop"],"detail-type":["Order","Refund"],"detail":{"side":["buy"]}})", ""},
      {R"({"source":["bank"],"detail-type":["Order"],"detail":{"side":["buy"]}})", ""},
      {R"({"source":["shop"],"detail-type":["Order"],"detail":{"$or":[{"side":["buy"]},{"side":["SELL"]}]}})",
       "✗ r: some of its alternatives never match\n    detail.side  \"buy\"  shop / Order has other values there, "
       "such as \"BUY\"\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(found(row.pattern), row.found) << row.pattern;
}

TEST(SchemaLint, ARuleOfSeveralSchemasNeedsOneThatAllowsIt) {
  std::vector<EventSchema> schemas;
  for (const char* text : {R"({"x-amazon-events-source":"shop","x-amazon-events-detail-type":"Order",
            "properties":{"detail":{"properties":{"side":{"enum":["BUY"]}}}}})",
                           R"({"x-amazon-events-source":"shop","x-amazon-events-detail-type":"Refund",
            "properties":{"detail":{"properties":{"side":{"enum":["SELL"]},"reason":{}}}}})"}) {
    schemas.push_back(*EventSchema::parse(text));
  }
  const auto kinds = [&](const std::string& detail) {
    const std::vector<LintRule> rules{
        rule("r", R"({"source":["shop"],"detail-type":["Order","Refund"],"detail":)" + detail + "}")};
    std::vector<Kind> found;
    for (const LintFinding& finding : lint(rules, schemas)) found.push_back(finding.kind);
    return found;
  };
  EXPECT_EQ(kinds(R"({"side":["SELL"]})"), (std::vector<Kind>{}));
  EXPECT_EQ(kinds(R"({"side":["HOLD"]})"), (std::vector<Kind>{Kind::NeverMatches}));
  EXPECT_EQ(kinds(R"({"reason":["broken"]})"), (std::vector<Kind>{}));
  EXPECT_EQ(kinds(R"({"raeson":["broken"]})"), (std::vector<Kind>{Kind::Unnamed}));
}

// Schemas, events that they allow, and patterns, all drawn from few words, so that they often match.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::string schema(int depth) {
    switch (random_.below(depth > 0 ? 6 : 4)) {
      case 0:
        return R"({"enum":[)" + scalar() + "," + scalar() + "]}";
      case 1:
        return R"({"type":"string"})";
      case 2:
        return R"({"type":"number","minimum":)" + std::to_string(random_.below(3)) + R"(,"maximum":3})";
      case 3:
        return R"({"type":["boolean","null"]})";
      case 4:
        return R"({"type":"array","items":)" + schema(depth - 1) + "}";
      default:
        return object(depth - 1);
    }
  }
  std::string object(int depth) {
    std::string properties, required;
    for (const char* name : {"a", "b", "c"}) {
      if (random_.one_in(3)) continue;
      properties += (properties.empty() ? "" : ",") + ('"' + std::string{name}) + "\":" + schema(depth);
      if (random_.one_in(2)) required += (required.empty() ? "\"" : ",\"") + std::string{name} + '"';
    }
    return R"({"type":"object","properties":{)" + properties + R"(},"required":[)" + required +
           (random_.one_in(2) ? R"(],"additionalProperties":false})" : "]}");
  }

  std::string event_of(const JsonValue& schema) {
    if (const JsonValue* values = schema.find("enum")) return print(values->items[random_.below(values->items.size())]);
    const JsonValue& type = *schema.find("type");
    if (type.is_array()) return random_.one_in(3) ? "null" : random_.one_in(2) ? "true" : "false";
    if (type.text == "string") return '"' + word() + '"';
    if (type.text == "number") {
      const auto least = static_cast<std::uint64_t>(*schema.find("minimum")->as_int());
      return std::to_string(least + random_.below(4 - least));
    }
    std::string inside;
    if (type.text == "array") {
      for (auto left = random_.below(3); left > 0; --left)
        inside += (inside.empty() ? "" : ",") + event_of(*schema.find("items"));
      return "[" + inside + "]";
    }
    for (const auto& [name, property] : schema.find("properties")->members) {
      bool is_required = false;
      for (const JsonValue& one : schema.find("required")->items) is_required = is_required || one.text == name;
      if (is_required || random_.one_in(2))
        inside += (inside.empty() ? "\"" : ",\"") + name + "\":" + event_of(property);
    }
    if (schema.find("additionalProperties") == nullptr && random_.one_in(4))
      inside += (inside.empty() ? "\"" : ",\"") + std::string{"d\":"} + scalar();
    return "{" + inside + "}";
  }

  std::string pattern(int depth) {
    std::string inside;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (!random_.one_in(3)) continue;
      inside += (inside.empty() ? "\"" : ",\"") + std::string{name} +
                "\":" + (depth > 0 && random_.one_in(2) ? pattern(depth - 1) : "[" + condition() + "]");
    }
    return inside.empty() ? R"({"a":[)" + condition() + "]}" : "{" + inside + "}";
  }

 private:
  static std::string print(const JsonValue& value) { return format::print_json(value); }
  std::string word() { return std::string(1, static_cast<char>('u' + random_.below(3))); }
  std::string scalar() {
    switch (random_.below(3)) {
      case 0:
        return '"' + word() + '"';
      case 1:
        return std::to_string(random_.below(5));
      default:
        return random_.one_in(2) ? "true" : "null";
    }
  }
  std::string condition() {
    switch (random_.below(7)) {
      case 0:
        return R"({"exists":true})";
      case 1:
        return R"({"exists":false})";
      case 2:
        return R"({"numeric":[">",)" + std::to_string(random_.below(4)) + "]}";
      case 3:
        return R"({"anything-but":[)" + std::to_string(random_.below(4)) + "]}";
      default:
        return scalar();
    }
  }

  base::Random random_;
};

TEST(SchemaLint, WhatNeverMatchesMatchesNoEventOfTheSchema) {
  Draw draw{20'251'128};
  int never = 0;
  int matched = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string detail = draw.object(2);
    const JsonValue schema = *format::parse_json(detail);
    const std::vector<EventSchema> schemas{schema_of(detail)};
    const std::string pattern = R"({"source":["shop"],"detail-type":["Order"],"detail":)" + draw.pattern(1) + "}";
    const std::vector<LintRule> rules{rule("r", pattern)};
    bool is_never = false;
    for (const LintFinding& finding : lint(rules, schemas)) is_never = is_never || finding.kind == Kind::NeverMatches;
    never += is_never ? 1 : 0;
    for (int e = 0; e < 20; ++e) {
      const std::string event = R"({"version":"0","id":"i","detail-type":"Order","source":"shop","account":"1",)"
                                R"("time":"t","region":"r","resources":[],"detail":)" +
                                draw.event_of(schema) + "}";
      const bool is_match = matches(rules[0].pattern, flatten(event, wanted_paths(rules[0].pattern)));
      ASSERT_FALSE(is_never && is_match) << detail << '\n' << pattern << '\n' << event;
      matched += is_match ? 1 : 0;
    }
  }
  EXPECT_GT(never, 200);
  EXPECT_GT(matched, 1'000);
}

}  // namespace
}  // namespace athanor::pattern
