// Do our descriptions say what AWS's models say? Walks both side by side. The models are not part of the project:
// ATHANOR_AWS_MODELS names their directory (events.json, sqs.json, lambda.json, as botocore publishes them).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "api/test_operations.h"
#include "api/validate.h"
#include "base/random.h"
#include "format/json.h"

namespace athanor::api {
namespace {

using base::Constraints;
using format::JsonValue;

std::string text_of(const JsonValue* object, std::string_view key) {
  return object == nullptr ? "" : object->text_at(key).value_or("");
}

class Walk {
 public:
  explicit Walk(const JsonValue& model) : model_(model) {}

  void operation(const OperationInfo& ours, const Shape& request, const Shape& response) {
    at_ = ours.name;
    const JsonValue* operations = model_.find("operations");
    const JsonValue* theirs = operations == nullptr ? nullptr : operations->find(ours.name);
    if (theirs == nullptr) {
      ADD_FAILURE() << ours.name << " is no operation of the model";
      return;
    }
    const JsonValue* metadata = model_.find("metadata");
    EXPECT_EQ(ours.target_prefix, text_of(metadata, "targetPrefix")) << at_;
    if (!ours.target_prefix.empty()) EXPECT_EQ(ours.json_version, text_of(metadata, "jsonVersion")) << at_;

    const JsonValue* http = theirs->find("http");
    EXPECT_EQ(ours.method, text_of(http, "method")) << at_;
    std::string uri = text_of(http, "requestUri");
    if (uri.size() > 1 && uri.ends_with('/')) uri.pop_back();
    std::string our_uri{ours.uri};
    if (our_uri.size() > 1 && our_uri.ends_with('/')) our_uri.pop_back();
    EXPECT_EQ(our_uri, uri) << at_;
    const JsonValue* status = http->find("responseCode");
    const auto status_code = status == nullptr ? std::optional<std::int64_t>{200} : status->as_int();
    EXPECT_EQ(std::int64_t{ours.status}, status_code) << at_;

    const std::string input = text_of(theirs->find("input"), "shape");
    const std::string output = text_of(theirs->find("output"), "shape");
    EXPECT_EQ(ours.has_output, !output.empty()) << at_;
    is_request_ = true;
    if (input.empty())
      EXPECT_TRUE(request.fields.empty()) << at_;
    else
      structure(request, input, at_);
    is_request_ = false;
    if (output.empty())
      EXPECT_TRUE(response.fields.empty()) << at_;
    else
      structure(response, output, at_ + " answer");
  }

  std::set<std::string> left_out;       // members of the model that we do not describe
  std::set<std::string> not_expressed;  // constraints on elements, which a description cannot carry

 private:
  const JsonValue* shape(const std::string& name) const { return model_.find("shapes")->find(name); }

  void differs(const std::string& path, const std::string& what, const std::string& ours, const std::string& theirs) {
    ADD_FAILURE() << path << ": " << what << " is '" << ours << "' here and '" << theirs << "' in the model";
  }
  template <class T>
  void same(const std::string& path, const char* what, const T& ours, const T& theirs) {
    if (ours == theirs) return;
    std::ostringstream a, b;
    a << ours;
    b << theirs;
    differs(path, what, a.str(), b.str());
  }

  void structure(const Shape& ours, const std::string& name, const std::string& path) {
    const JsonValue* theirs = shape(name);
    ASSERT_NE(theirs, nullptr) << name;
    ASSERT_EQ(ours.kind, Kind::Struct) << path;
    EXPECT_EQ(text_of(theirs, "type"), "structure") << path;
    std::set<std::string> required;
    if (const JsonValue* list = theirs->find("required")) {
      for (const JsonValue& item : list->items) required.insert(item.text);
    }
    const JsonValue* members = theirs->find("members");
    const std::string payload = text_of(theirs, "payload");
    std::set<std::string> described;
    for (const Field& field : ours.fields) {
      const std::string at = path + "." + std::string{field.name};
      described.insert(std::string{field.name});
      const JsonValue* member = members->find(field.name);
      if (member == nullptr) {
        ADD_FAILURE() << at << " is no member of " << name;
        continue;
      }
      const Constraints& c = *field.constraints;
      same(at, "required", c.required, required.contains(std::string{field.name}));
      same(at, "location", location(c, field.name == payload), text_of(member, "location"));
      const std::string location_name = text_of(member, "locationName");
      if (!text_of(member, "location").empty() && c.location != Location::StatusCode)
        same(at, "location name", std::string{c.location_name.empty() ? field.name : c.location_name}, location_name);
      if (is_request_ && field.shape().kind != Kind::Optional && !c.required && field.shape().kind != Kind::List &&
          field.shape().kind != Kind::Map)
        ADD_FAILURE() << at << " may be absent, and no optional shows it";
      value(field.shape(), c, text_of(member, "shape"), at);
    }
    for (const auto& [member_name, member] : members->members) {
      if (!described.contains(member_name)) left_out.insert(path + "." + member_name);
    }
  }

  std::string location(const Constraints& c, bool is_payload) {
    switch (c.location) {
      case Location::Body:
        return is_payload ? "the body, where the model has the payload" : "";
      case Location::Payload:
        return is_payload ? "" : "payload, where the model has the body";
      case Location::Uri:
        return "uri";
      case Location::Query:
        return "querystring";
      case Location::Header:
        return "header";
      case Location::StatusCode:
        return "statusCode";
    }
    return {};
  }

  void value(const Shape& ours, const Constraints& c, const std::string& name, const std::string& path) {
    if (ours.kind == Kind::Optional) return value(ours.element(), c, name, path);
    const JsonValue* theirs = shape(name);
    ASSERT_NE(theirs, nullptr) << name;
    const std::string type = text_of(theirs, "type");
    static const std::map<std::string, Kind> kinds{{"structure", Kind::Struct},    {"string", Kind::String},
                                                   {"boolean", Kind::Bool},        {"integer", Kind::Integer},
                                                   {"long", Kind::Integer},        {"double", Kind::Double},
                                                   {"timestamp", Kind::Timestamp}, {"blob", Kind::Blob},
                                                   {"list", Kind::List},           {"map", Kind::Map}};
    const auto kind = kinds.find(type);
    ASSERT_TRUE(kind != kinds.end()) << path << ": " << type;
    ASSERT_EQ(ours.kind, kind->second) << path << " is a " << type << " in the model";

    constraints(ours.kind, c, *theirs, path);
    switch (ours.kind) {
      case Kind::Struct:
        if (open_.insert(name).second) {  // a shape may contain itself
          structure(ours, name, path);
          open_.erase(name);
        }
        return;
      case Kind::List: {
        const std::string element = text_of(theirs->find("member"), "shape");
        note_elements(element, path);
        return value(ours.element(), unchecked(), element, path + "[]");
      }
      case Kind::Map:
        note_elements(text_of(theirs->find("key"), "shape"), path + " key");
        note_elements(text_of(theirs->find("value"), "shape"), path);
        return value(ours.element(), unchecked(), text_of(theirs->find("value"), "shape"), path + "{}");
      default:
        return;
    }
  }

  // Stands for "elements carry no constraints of their own here".
  static const Constraints& unchecked() {
    static const Constraints none;
    return none;
  }

  void note_elements(const std::string& name, const std::string& path) {
    const JsonValue* theirs = shape(name);
    if (theirs == nullptr || !is_request_) return;
    for (const char* key : {"min", "max", "pattern", "enum"}) {
      if (theirs->find(key) != nullptr) not_expressed.insert(path + " " + key);
    }
  }

  void constraints(Kind kind, const Constraints& c, const JsonValue& theirs, const std::string& path) {
    // Answers are ours to get right: their descriptions may say less, but never anything different.
    if (&c == &unchecked()) return;
    const Constraints none;
    const auto bound = [&](const char* what, std::int64_t ours, std::int64_t unset) {
      const JsonValue* value = theirs.find(what);
      const auto number = value == nullptr ? std::optional<std::int64_t>{} : value->as_int();
      std::int64_t wanted = number.value_or(unset);
      if (!is_request_ && ours == unset) return;
      same(path, what, ours, wanted);
    };
    switch (kind) {
      case Kind::String:
      case Kind::Blob:
        bound("min", c.length_min, none.length_min);
        bound("max", c.length_max, none.length_max);
        break;
      case Kind::List:
      case Kind::Map:
        bound("min", c.count_min, none.count_min);
        bound("max", c.count_max, none.count_max);
        break;
      case Kind::Integer:
        bound("min", c.value_min, none.value_min);
        bound("max", c.value_max, none.value_max);
        break;
      default:
        break;
    }
    if (kind != Kind::String) return;
    std::string enumeration;
    if (const JsonValue* values = theirs.find("enum")) {
      for (const JsonValue& item : values->items) enumeration += (enumeration.empty() ? "" : ", ") + item.text;
    }
    if (is_request_ || !c.one_of.empty()) same(path, "enum", std::string{c.one_of}, enumeration);
    std::string pattern = text_of(&theirs, "pattern");
    if (pattern == ".*") pattern.clear();  // says nothing, and neither do we
    if (is_request_ || !c.pattern.empty()) same(path, "pattern", std::string{c.pattern}, pattern);
  }

  const JsonValue& model_;
  std::string at_;
  bool is_request_ = true;
  std::set<std::string> open_;
};

void compare(const std::vector<AnyOperation>& described, const std::string& service) {
  const char* directory = std::getenv("ATHANOR_AWS_MODELS");
  if (directory == nullptr)
    GTEST_SKIP() << "NOT COMPARED with AWS: set ATHANOR_AWS_MODELS to the directory of the service models";
  std::ifstream file{std::string{directory} + "/" + service + ".json"};
  ASSERT_TRUE(file) << "no model of " << service << " in " << directory;
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto model = format::parse_json(text);
  ASSERT_TRUE(model) << model.error().message;
  Walk walk{*model};
  for (const AnyOperation& op : described) {
    EXPECT_EQ(op.info.service, service);
    walk.operation(op.info, op.request.shape, op.response.shape);
  }
  for (const std::string& path : walk.left_out) std::cout << "left out: " << path << "\n";
  for (const std::string& path : walk.not_expressed) std::cout << "not checked on elements: " << path << "\n";
}

TEST(Model, EventsIsDescribedAsAwsDoes) { compare(operations<EventsOperations>(), "events"); }
TEST(Model, SqsIsDescribedAsAwsDoes) { compare(operations<SqsOperations>(), "sqs"); }
TEST(Model, LambdaIsDescribedAsAwsDoes) { compare(operations<LambdaOperations>(), "lambda"); }

void required_paths(const Shape& shape, const std::string& path, std::vector<std::string>& paths) {
  for (const Field& field : shape.fields) {
    if (!field.constraints->required) continue;
    paths.push_back((path.empty() ? "" : path + ".") + lower_first(field.name));
    if (field.shape().kind == Kind::Struct) required_paths(field.shape(), paths.back(), paths);
  }
}

// A request without any optional members breaks no constraints except those of required members.
TEST(Descriptions, AnAbsentOptionalMemberBreaksNothing) {
  for (const AnyOperation& op : operations<AllOperations>()) {
    std::vector<std::string> missing;
    required_paths(op.request.shape, {}, missing);
    const auto verdict = validate(op.request.shape, op.request.make().get(), missing);
    if (missing.empty()) {
      EXPECT_TRUE(verdict) << op.info.name;
      continue;
    }
    ASSERT_FALSE(verdict) << op.info.name;
    EXPECT_TRUE(verdict.error().message.starts_with(std::to_string(missing.size()) + " validation error"))
        << op.info.name << ": " << verdict.error().message;
  }
}

void collect_patterns(const Shape& shape, std::set<std::string>& patterns) {
  if (shape.element != nullptr) collect_patterns(shape.element(), patterns);
  for (const Field& field : shape.fields) {
    if (!field.constraints->pattern.empty()) patterns.insert(std::string{field.constraints->pattern});
    collect_patterns(field.shape(), patterns);
  }
}

// Our automaton against std::regex, on texts made of pieces that the patterns accept.
TEST(Descriptions, PatternsMeanWhatTheLibraryThinks) {
  std::set<std::string> patterns;
  for (const AnyOperation& op : operations<AllOperations>()) collect_patterns(op.request.shape, patterns);
  static constexpr std::string_view pieces[] = {"a",
                                                "Z",
                                                "9",
                                                "0",
                                                ".",
                                                "-",
                                                "_",
                                                "/",
                                                ":",
                                                "$",
                                                "+",
                                                "=",
                                                "@",
                                                ",",
                                                "*",
                                                " ",
                                                "!",
                                                "|",
                                                "(",
                                                "\n",
                                                "arn:",
                                                "arn:aws:",
                                                "aws",
                                                "events:",
                                                "lambda:",
                                                "us-east-1:",
                                                "eu-west-2",
                                                "123456789012",
                                                "123456789012:",
                                                "event-bus/",
                                                "function:",
                                                "$LATEST",
                                                ":$LATEST",
                                                ".PUBLISHED",
                                                "iam::123456789012:role/",
                                                "archive/",
                                                "sqs:",
                                                "s3.amazonaws.com",
                                                "events.amazonaws.com",
                                                "o-abcdefghij",
                                                "csc-0123456789abcdefg",
                                                "code-signing-config:",
                                                "lambda:InvokeFunction",
                                                "events:PutEvents",
                                                "rule/",
                                                "arn:aws:lambda:us-east-1:123456789012:function:f"};
  base::Random random{11};
  std::size_t compared = 0;
  std::size_t accepted = 0;
  for (const std::string& pattern : patterns) {
    // Two constructs that std::regex lacks: look-behind, and a class with a dash after a range.
    std::string plain = pattern;
    for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"9-_", "9_\\-"}}) {
      for (auto i = plain.find(from); i != std::string::npos; i = plain.find(from, i))
        plain.replace(i, from.size(), to);
    }
    std::unique_ptr<std::regex> regex;
    try {
      regex = std::make_unique<std::regex>(plain, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
      std::cout << "not compared: " << pattern << " (" << error.what() << ")\n";
      continue;
    }
    ++compared;
    for (int i = 0; i < 120; ++i) {
      std::string text;
      for (std::uint64_t n = random.below(6); n > 0; --n) text += pieces[random.below(std::size(pieces))];
      if (text.find('\n') != std::string::npos) continue;  // whether a dot matches a newline is not ours to copy
      const bool wanted = std::regex_match(text, *regex);
      accepted += wanted;
      EXPECT_EQ(matches_pattern(text, pattern), wanted) << pattern << " on '" << text << "'";
    }
  }
  std::cout << compared << " of " << patterns.size() << " patterns, " << accepted << " texts accepted\n";
  EXPECT_GT(accepted, 50U);
}

// The JSON decoder keeps track of the members it has seen in 64 bits.
TEST(Descriptions, AreNarrowEnough) {
  for (const AnyOperation& op : operations<AllOperations>()) {
    EXPECT_LE(op.request.shape.fields.size(), 64U) << op.info.name;
    EXPECT_LE(op.response.shape.fields.size(), 64U) << op.info.name;
  }
}

}  // namespace
}  // namespace athanor::api
