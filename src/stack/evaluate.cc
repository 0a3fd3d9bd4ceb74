#include "stack/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "stack/nearest.h"

namespace athanor::stack {
namespace {

using format::JsonKind;
using format::JsonValue;
using Evaluated = Result<std::optional<JsonValue>>;

Error template_error(std::string_view what) { return invalid_input(fmt::format("Template error: {}", what)); }

bool is_pseudo(std::string_view name) { return name.starts_with("AWS::"); }

// A piece of Fn::Sub: literal text, or what was between ${ and }.
struct SubPiece {
  bool is_variable = false;
  std::string text;
};

// "${!Literal}" is the text "${Literal}". An unclosed ${ is text, as in CloudFormation.
std::vector<SubPiece> split_sub(std::string_view text) {
  std::vector<SubPiece> pieces(1);
  while (!text.empty()) {
    const auto open = text.find("${");
    const auto end = open == std::string_view::npos ? open : text.find('}', open);
    if (end == std::string_view::npos) break;
    pieces.back().text += text.substr(0, open);
    const auto inner = text.substr(open + 2, end - open - 2);
    if (inner.starts_with('!')) {
      pieces.back().text += fmt::format("${{{}}}", inner.substr(1));
    } else {
      pieces.push_back({true, std::string{base::trim(inner)}});
      pieces.push_back({});
    }
    text.remove_prefix(end + 1);
  }
  pieces.back().text += text;
  return pieces;
}

struct Attribute {
  std::string logical_id;
  std::string name;
};

Result<Attribute> attribute_of(const JsonValue& argument) {
  static constexpr std::string_view kWrong =
      "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute";
  if (argument.is_string()) {
    const auto dot = argument.text.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == argument.text.size()) return template_error(kWrong);
    return Attribute{argument.text.substr(0, dot), argument.text.substr(dot + 1)};
  }
  if (!argument.is_array() || argument.items.size() != 2 || !argument.items[0].is_string() ||
      argument.items[0].text.empty()) {
    return template_error(kWrong);
  }
  const JsonValue& name = argument.items[1];
  if (!name.is_string() || name.text.empty()) return template_error(kWrong);
  return Attribute{argument.items[0].text, name.text};
}

class Evaluator {
 public:
  Evaluator(Scope& scope, const Resolver* resolver, bool in_rules = false)
      : scope_(scope), resolver_(resolver), in_rules_(in_rules) {}

  Evaluated value(const JsonValue& source) const {
    if (const auto* call = call_of(source)) {
      ATHANOR_TRY(made, function(call->first, call->second));
      ATHANOR_CHECK(take(made.value_or(JsonValue::null())));
      return std::move(made);
    }
    ATHANOR_CHECK(take(sizeof source + source.text.size()));
    if (source.is_array()) return list(source);
    if (source.is_object()) return object(source);
    return std::optional{source};
  }

  Result<bool> condition(const JsonValue& source) const {
    if (in_rules_ && source.kind == JsonKind::Bool) return source.boolean;
    if (!source.is_object() || source.members.size() != 1) {
      return template_error("a condition must be one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition");
    }
    const auto& [name, argument] = source.members.front();
    if (name == "Condition") return named_condition(argument, "Condition");
    if (name == "Fn::Equals") return equals(argument);
    if (name == "Fn::Not") return negation(argument);
    if (name == "Fn::And" || name == "Fn::Or") return junction(name, argument);
    if (in_rules_ && (name == "Fn::Contains" || name == "Fn::EachMemberEquals" || name == "Fn::EachMemberIn"))
      return membership(name, argument);
    return template_error(fmt::format("{} is not a condition function", name));
  }

 private:
  // Called before something of that size is created or copied.
  Result<void> take(const auto& bytes_or_value) const {
    if (scope_.allowance.take(bytes_or_value)) return {};
    return template_error(fmt::format("the values of its functions take more than {} bytes", kGrownBytesMax));
  }

  Evaluated list(const JsonValue& source) const {
    JsonValue out = JsonValue::array();
    out.items.reserve(source.items.size());
    for (const auto& item : source.items) {
      ATHANOR_TRY(evaluated, value(item));
      if (evaluated) out.items.push_back(std::move(*evaluated));
    }
    return std::optional{std::move(out)};
  }

  Evaluated object(const JsonValue& source) const {
    JsonValue out = JsonValue::object();
    out.members.reserve(source.members.size());
    for (const auto& [key, member] : source.members) {
      ATHANOR_CHECK(take(sizeof key + key.size()));
      ATHANOR_TRY(evaluated, value(member));
      if (evaluated) out.members.emplace_back(key, std::move(*evaluated));
    }
    return std::optional{std::move(out)};
  }

  Evaluated function(std::string_view name, const JsonValue& argument) const {
    struct Row {
      std::string_view name;
      Evaluated (Evaluator::*evaluate)(const JsonValue&) const;
    };
    static constexpr std::array<Row, 17> kFunctions = {{{"Ref", &Evaluator::ref},
                                                        {"Fn::Base64", &Evaluator::base64},
                                                        {"Fn::FindInMap", &Evaluator::find_in_map},
                                                        {"Fn::GetAZs", &Evaluator::availability_zones},
                                                        {"Fn::GetAtt", &Evaluator::get_att},
                                                        {"Fn::If", &Evaluator::choose},
                                                        {"Fn::ImportValue", &Evaluator::import_value},
                                                        {"Fn::Join", &Evaluator::join},
                                                        {"Fn::Length", &Evaluator::length},
                                                        {"Fn::Select", &Evaluator::select},
                                                        {"Fn::Split", &Evaluator::split},
                                                        {"Fn::Sub", &Evaluator::sub},
                                                        {"Fn::ToJsonString", &Evaluator::to_json_string},
                                                        {"Fn::Equals", &Evaluator::condition_out_of_place},
                                                        {"Fn::And", &Evaluator::condition_out_of_place},
                                                        {"Fn::Or", &Evaluator::condition_out_of_place},
                                                        {"Fn::Not", &Evaluator::condition_out_of_place}}};
    for (const Row& row : kFunctions) {
      if (row.name == name) return (this->*row.evaluate)(argument);
    }
    std::array<std::string_view, kFunctions.size()> names;
    std::ranges::transform(kFunctions, names.begin(), &Row::name);
    return template_error(fmt::format("{} is not a supported function{}", name, did_you_mean(name, names)));
  }

  Evaluated condition_out_of_place(const JsonValue&) const {
    return template_error(
        "condition functions belong in the Conditions block; resources refer to a condition with Fn::If");
  }

  Evaluated ref(const JsonValue& argument) const {
    if (!argument.is_string()) return template_error("every Ref object must have a single String value.");
    return named(argument.text);
  }

  // What a name means in Ref and in ${}.
  Evaluated named(const std::string& name) const {
    if (is_pseudo(name)) return pseudo(name);
    if (const auto found = scope_.parameters.find(name); found != scope_.parameters.end()) {
      if (is_stored_parameter(scope_.source, name)) {
        return invalid_input(
            fmt::format("Parameter '{}' is of a type that needs a parameter store; give it the type String", name));
      }
      return std::optional{found->second};
    }
    ATHANOR_CHECK(resources_may_be_named(name));
    ATHANOR_TRY(resolved, resolver_->ref(name));
    return std::optional{std::move(resolved)};
  }

  Result<void> resources_may_be_named(std::string_view name) const {
    if (resolver_ != nullptr) return {};
    return invalid_input(
        fmt::format("Template format error: Unresolved dependencies [{}]. Cannot reference resources in the "
                    "Conditions block of the template",
                    name));
  }

  Evaluated pseudo(std::string_view name) const {
    const auto text = [](std::string_view s) { return std::optional{JsonValue::of(s)}; };
    if (name == "AWS::NoValue") return std::optional<JsonValue>{};
    if (name == "AWS::AccountId") return text(scope_.pseudo.account_id);
    if (name == "AWS::Region") return text(scope_.pseudo.region);
    if (name == "AWS::StackName") return text(scope_.pseudo.stack_name);
    if (name == "AWS::StackId") return text(scope_.pseudo.stack_id);
    if (name == "AWS::Partition") return text(scope_.pseudo.partition);
    if (name == "AWS::URLSuffix") return text(scope_.pseudo.url_suffix);
    if (name == "AWS::NotificationARNs") return std::optional{JsonValue::array()};
    return invalid_input(fmt::format(
        "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template", name));
  }

  Evaluated get_att(const JsonValue& argument) const {
    ATHANOR_TRY(attribute, attribute_of(argument));
    ATHANOR_CHECK(resources_may_be_named(attribute.logical_id));
    ATHANOR_TRY(resolved, resolver_->attribute(attribute.logical_id, attribute.name));
    return std::optional{std::move(resolved)};
  }

  Evaluated import_value(const JsonValue& argument) const {
    ATHANOR_TRY(name, text_of(argument, "Fn::ImportValue takes the name of an export, a string"));
    ATHANOR_CHECK(resources_may_be_named(name));
    ATHANOR_TRY(resolved, resolver_->exported(name));
    return std::optional{std::move(resolved)};
  }

  Evaluated base64(const JsonValue& argument) const {
    ATHANOR_TRY(text, text_of(argument, "every Fn::Base64 object must have a String-typed value."));
    return std::optional{JsonValue::of(base::to_base64(text))};
  }

  Evaluated to_json_string(const JsonValue& argument) const {
    ATHANOR_TRY(evaluated, value(argument));
    return std::optional{JsonValue::of(format::print_json(evaluated.value_or(JsonValue::null())))};
  }

  Evaluated length(const JsonValue& argument) const {
    ATHANOR_TRY(items, list_of(argument, "Fn::Length takes a list"));
    return std::optional{JsonValue::of(items.size())};
  }

  Evaluated availability_zones(const JsonValue& argument) const {
    ATHANOR_TRY(region, text_of(argument, "Fn::GetAZs takes a region, a string"));
    const std::string& in = region.empty() ? scope_.pseudo.region : region;
    JsonValue zones = JsonValue::array();
    for (const char letter : {'a', 'b', 'c'}) zones.items.push_back(JsonValue::of(in + letter));
    return std::optional{std::move(zones)};
  }

  Evaluated find_in_map(const JsonValue& argument) const {
    static constexpr std::string_view kWrong =
        "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return "
        "value";
    if (!argument.is_array() || argument.items.size() < 3) return template_error(kWrong);
    std::array<std::string, 3> keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ATHANOR_TRY(key, text_of(argument.items[i], kWrong));
      keys[i] = std::move(key);
    }
    const JsonValue* mappings = scope_.source.section("Mappings");
    const JsonValue* found = mappings == nullptr ? nullptr : mappings->find(keys[0]);
    if (found != nullptr) found = found->find(keys[1]);
    if (found != nullptr) found = found->find(keys[2]);
    if (found != nullptr) return std::optional{*found};
    if (argument.items.size() == 4) {
      if (const JsonValue* fallback = argument.items[3].find("DefaultValue")) return value(*fallback);
    }
    return template_error(fmt::format("Unable to get mapping for {}::{}::{}", keys[0], keys[1], keys[2]));
  }

  Evaluated choose(const JsonValue& argument) const {
    if (!argument.is_array() || argument.items.size() != 3) {
      return template_error("Fn::If requires a list argument with three parameters");
    }
    ATHANOR_TRY(holds, named_condition(argument.items[0], "Fn::If"));
    return value(argument.items[holds ? 1 : 2]);
  }

  Evaluated join(const JsonValue& argument) const {
    static constexpr std::string_view kWrong =
        "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined "
        "or a function that returns a list of strings (such as Fn::GetAZs) to be joined.";
    if (!argument.is_array() || argument.items.size() != 2 || !argument.items[0].is_string())
      return template_error(kWrong);
    ATHANOR_TRY(items, list_of(argument.items[1], kWrong));
    std::string joined;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto text = scalar_text(items[i]);
      if (!text) return template_error(kWrong);
      ATHANOR_CHECK(take(argument.items[0].text.size() + text->size()));
      if (i > 0) joined += argument.items[0].text;
      joined += *text;
    }
    return std::optional{JsonValue::of(joined)};
  }

  Evaluated split(const JsonValue& argument) const {
    static constexpr std::string_view kWrong =
        "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
        "function that returns a string to be split.";
    if (!argument.is_array() || argument.items.size() != 2 || !argument.items[0].is_string() ||
        argument.items[0].text.empty()) {
      return template_error(kWrong);
    }
    ATHANOR_TRY(text, text_of(argument.items[1], kWrong));
    JsonValue pieces = JsonValue::array();
    const std::string& delimiter = argument.items[0].text;
    for (std::size_t from = 0;;) {
      const auto at = text.find(delimiter, from);
      pieces.items.push_back(
          JsonValue::of(std::string_view{text}.substr(from, at == std::string::npos ? at : at - from)));
      if (at == std::string::npos) break;
      from = at + delimiter.size();
    }
    return std::optional{std::move(pieces)};
  }

  Evaluated select(const JsonValue& argument) const {
    static constexpr std::string_view kWrong =
        "Fn::Select requires a list argument with two elements: an integer index and a list";
    if (!argument.is_array() || argument.items.size() != 2) return template_error(kWrong);
    ATHANOR_TRY(index_text, text_of(argument.items[0], kWrong));
    const auto index = base::to_int(index_text);
    if (!index) return template_error(kWrong);
    ATHANOR_TRY(items, list_of(argument.items[1], kWrong));
    if (*index < 0 || static_cast<std::size_t>(*index) >= items.size()) {
      return template_error(fmt::format("Fn::Select cannot select nonexistent value at index {}", *index));
    }
    return std::optional{std::move(items[static_cast<std::size_t>(*index)])};
  }

  Evaluated sub(const JsonValue& argument) const {
    static constexpr std::string_view kWrong =
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, "
        "and an optional second argument to specify a mapping of values to replace in the string";
    const bool has_values = argument.is_array();
    if (has_values && (argument.items.size() != 2 || !argument.items[1].is_object())) return template_error(kWrong);
    const JsonValue& pattern = has_values ? argument.items[0] : argument;
    if (!pattern.is_string()) return template_error(kWrong);
    std::string out;
    for (const auto& piece : split_sub(pattern.text)) {
      if (!piece.is_variable) {
        out += piece.text;
        continue;
      }
      ATHANOR_TRY(replaced, sub_variable(piece.text, has_values ? &argument.items[1] : nullptr));
      const auto text = replaced ? scalar_text(*replaced) : std::nullopt;
      if (!text) {
        return template_error(
            fmt::format("variable {} in Fn::Sub expression does not resolve to a string", piece.text));
      }
      ATHANOR_CHECK(take(sizeof *replaced + text->size()));
      out += *text;
    }
    return std::optional{JsonValue::of(out)};
  }

  Evaluated sub_variable(const std::string& name, const JsonValue* values) const {
    if (values != nullptr) {
      if (const JsonValue* given = values->find(name)) return value(*given);
    }
    const auto dot = name.find('.');
    if (dot == std::string::npos) return named(name);
    return get_att(JsonValue::of(name));
  }

  Result<bool> named_condition(const JsonValue& name, std::string_view function_name) const {
    if (!name.is_string()) {
      return template_error(fmt::format("{} requires the name of a condition, a string", function_name));
    }
    const auto found = scope_.conditions.find(name.text);
    if (found == scope_.conditions.end()) {
      return template_error(fmt::format("unresolved condition dependency {} in {}", name.text, function_name));
    }
    return found->second;
  }

  Result<bool> equals(const JsonValue& argument) const {
    static constexpr std::string_view kWrong = "every Fn::Equals object requires a list of 2 string parameters.";
    if (!argument.is_array() || argument.items.size() != 2) return template_error(kWrong);
    ATHANOR_TRY(left, value(argument.items[0]));
    ATHANOR_TRY(right, value(argument.items[1]));
    if (!left || !right) return !left && !right;
    const auto left_text = scalar_text(*left);
    const auto right_text = scalar_text(*right);
    if (!left_text || !right_text) return template_error(kWrong);
    return *left_text == *right_text;
  }

  Result<bool> negation(const JsonValue& argument) const {
    if (!argument.is_array() || argument.items.size() != 1) {
      return template_error("every Fn::Not object requires one boolean parameter");
    }
    ATHANOR_TRY(holds, condition(argument.items[0]));
    return !holds;
  }

  Result<bool> junction(std::string_view name, const JsonValue& argument) const {
    // Source: CloudFormation, condition functions: 2 to 10.
    if (!argument.is_array() || argument.items.size() < 2 || argument.items.size() > 10) {
      return template_error(
          fmt::format("every {} object requires a list of at least 2 and at most 10 boolean parameters.", name));
    }
    const bool is_and = name == "Fn::And";
    bool all = is_and;
    for (const auto& item : argument.items) {
      ATHANOR_TRY(holds, condition(item));
      all = is_and ? all && holds : all || holds;
    }
    return all;
  }

  Result<bool> membership(std::string_view name, const JsonValue& argument) const {
    const std::string wrong = name == "Fn::EachMemberIn"
                                  ? "every Fn::EachMemberIn object requires two lists of strings"
                                  : fmt::format("every {} object requires a list of strings and a string", name);
    if (!argument.is_array() || argument.items.size() != 2) return template_error(wrong);
    ATHANOR_TRY(members, list_of(argument.items[0], wrong));
    std::vector<JsonValue> others;
    if (name == "Fn::EachMemberIn") {
      ATHANOR_TRY(list, list_of(argument.items[1], wrong));
      others = std::move(list);
    } else {
      ATHANOR_TRY(text, text_of(argument.items[1], wrong));
      others.push_back(JsonValue::of(text));
    }
    const auto among_others = [&](const JsonValue& member) {
      return std::ranges::any_of(others,
                                 [&](const JsonValue& other) { return scalar_text(member) == scalar_text(other); });
    };
    return name == "Fn::Contains" ? std::ranges::any_of(members, among_others)
                                  : std::ranges::all_of(members, among_others);
  }

  Result<std::string> text_of(const JsonValue& source, std::string_view otherwise) const {
    ATHANOR_TRY(evaluated, value(source));
    auto text = evaluated ? scalar_text(*evaluated) : std::nullopt;
    if (!text) return template_error(otherwise);
    return std::move(*text);
  }

  Result<std::vector<JsonValue>> list_of(const JsonValue& source, std::string_view otherwise) const {
    ATHANOR_TRY(evaluated, value(source));
    if (!evaluated || !evaluated->is_array()) return template_error(otherwise);
    return std::move(evaluated->items);
  }

  Scope& scope_;
  const Resolver* resolver_;
  bool in_rules_;
};

void collect(const JsonValue& value, const Scope& scope, std::set<std::string>& found) {
  const auto name = [&](std::string_view logical_id) {
    if (!is_pseudo(logical_id) && !scope.parameters.contains(logical_id)) found.emplace(logical_id);
  };
  if (const auto* call = call_of(value)) {
    const auto& [function, argument] = *call;
    if (function == "Ref" && argument.is_string()) return name(argument.text);
    if (function == "Fn::GetAtt") {
      if (const auto attribute = attribute_of(argument)) name(attribute->logical_id);
      return;
    }
    if (function == "Fn::If" && argument.is_array() && argument.items.size() == 3) {
      const auto condition = scope.conditions.find(argument.items[0].text);
      if (condition != scope.conditions.end()) return collect(argument.items[condition->second ? 1 : 2], scope, found);
    }
    if (function == "Fn::Sub") {
      const bool has_values = argument.is_array() && argument.items.size() == 2;
      const JsonValue& pattern = has_values ? argument.items[0] : argument;
      if (pattern.is_string()) {
        for (const auto& piece : split_sub(pattern.text)) {
          if (!piece.is_variable || (has_values && argument.items[1].find(piece.text) != nullptr)) continue;
          name(std::string_view{piece.text}.substr(0, piece.text.find('.')));
        }
      }
      if (has_values) collect(argument.items[1], scope, found);
      return;
    }
  }
  for (const auto& item : value.items) collect(item, scope, found);
  for (const auto& member : value.members) collect(member.second, scope, found);
}

}  // namespace

const JsonValue::Member* call_of(const JsonValue& value) {
  if (!value.is_object() || value.members.size() != 1) return nullptr;
  const auto& member = value.members.front();
  return member.first == "Ref" || member.first.starts_with("Fn::") ? &member : nullptr;
}

std::optional<std::string> scalar_text(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::String:
    case JsonKind::Number:
      return value.text;
    case JsonKind::Bool:
      return value.boolean ? "true" : "false";
    default:
      return std::nullopt;
  }
}

Evaluated evaluate(const JsonValue& value, Scope& scope, const Resolver* resolver) {
  return Evaluator{scope, resolver}.value(value);
}

Result<bool> evaluate_condition(const JsonValue& value, Scope& scope) {
  return Evaluator{scope, nullptr}.condition(value);
}

Result<bool> evaluate_assertion(const JsonValue& value, Scope& scope) {
  return Evaluator{scope, nullptr, true}.condition(value);
}

std::set<std::string> references(const JsonValue& value, const Scope& scope) {
  std::set<std::string> found;
  collect(value, scope, found);
  return found;
}

}  // namespace athanor::stack
