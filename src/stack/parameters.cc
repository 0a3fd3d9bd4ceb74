#include "stack/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "base/regular_expression.h"
#include "base/text.h"
#include "stack/evaluate.h"
#include "stack/nearest.h"

namespace athanor::stack {
namespace {

using format::JsonKind;
using format::JsonValue;

// Source: CloudFormation quotas: 4,096 bytes a value.
constexpr std::size_t kParameterBytes = 4'096;

std::optional<double> number_of(const std::string& text) {
  const auto trimmed = base::trim(text);
  if (trimmed.empty() || !format::is_valid_json(trimmed) || format::JsonCursor{trimmed}.kind() != JsonKind::Number) {
    return std::nullopt;
  }
  return std::strtod(std::string{trimmed}.c_str(), nullptr);
}

class Declaration {
 public:
  Declaration(const Template& source, std::string name, const JsonValue& body)
      : source_(source), name_(std::move(name)), body_(body) {}

  std::optional<std::string> default_value() const { return text("Default"); }

  Result<JsonValue> bind(const std::string& value) const {
    if (value.size() > kParameterBytes) return refuse(fmt::format("may not exceed {} bytes", kParameterBytes));
    const std::string type = body_.find("Type")->text;
    const bool is_list = type == "CommaDelimitedList" || type.starts_with("List<");
    const bool is_number = type == "Number" || type == "List<Number>";
    if (!is_list && !is_number && type != "String" && !type.starts_with("AWS::")) {
      return invalid_input(fmt::format("Template format error: Unrecognized parameter type: {}{}", type,
                                       source_.where(fmt::format("/Parameters/{}/Type", name_))));
    }
    JsonValue list = JsonValue::array();
    if (is_list) {
      for (const auto piece : base::split(value, ',')) list.items.push_back(JsonValue::of(base::trim(piece)));
    } else {
      list.items.push_back(JsonValue::of(value));
    }
    for (const auto& item : list.items) ATHANOR_CHECK(check(item.text, is_number));
    ATHANOR_CHECK(check_pattern(list.items));
    if (is_list) return list;
    return std::move(list.items.front());
  }

 private:
  Result<void> check(const std::string& value, bool is_number) const {
    if (is_number) {
      const auto number = number_of(value);
      if (!number) return refuse("must be a number");
      if (const auto bound = bound_of("MinValue"); bound && *number < *bound) {
        return refuse(fmt::format("must be a number not less than {}", *text("MinValue")));
      }
      if (const auto bound = bound_of("MaxValue"); bound && *number > *bound) {
        return refuse(fmt::format("must be a number not greater than {}", *text("MaxValue")));
      }
    } else {
      const auto length = static_cast<double>(base::utf8_length(value));
      if (const auto bound = bound_of("MinLength"); bound && length < *bound) {
        return refuse(fmt::format("must contain at least {} characters", *text("MinLength")));
      }
      if (const auto bound = bound_of("MaxLength"); bound && length > *bound) {
        return refuse(fmt::format("must contain at most {} characters", *text("MaxLength")));
      }
    }
    if (const JsonValue* allowed = body_.find("AllowedValues"); allowed != nullptr) {
      const bool found =
          std::ranges::any_of(allowed->items, [&](const JsonValue& item) { return scalar_text(item) == value; });
      if (!found) return refuse(fmt::format("must be one of AllowedValues: {}", allowed_list(*allowed)));
    }
    return {};
  }

  Result<void> check_pattern(const std::vector<JsonValue>& values) const {
    const auto pattern = text("AllowedPattern");
    if (!pattern) return {};
    const auto expression = base::RegularExpression::parse(*pattern);
    if (!expression) {
      return invalid_input(fmt::format("Parameter '{}' has an AllowedPattern that cannot be read: {}{}", name_,
                                       *pattern, source_.where(fmt::format("/Parameters/{}/AllowedPattern", name_))));
    }
    for (const auto& value : values) {
      if (!expression->matches(value.text)) return refuse(fmt::format("must match pattern {}", *pattern));
    }
    return {};
  }

  static std::string allowed_list(const JsonValue& allowed) {
    std::vector<std::string> texts;
    for (const auto& item : allowed.items) texts.push_back(scalar_text(item).value_or("?"));
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  // A ConstraintDescription gives the reason in the template's own words.
  Error refuse(std::string_view why) const {
    if (const auto description = text("ConstraintDescription")) {
      return invalid_input(fmt::format("Parameter '{}' failed to satisfy constraint: {}", name_, *description));
    }
    return invalid_input(fmt::format("Parameter '{}' {}", name_, why));
  }

  std::optional<std::string> text(std::string_view key) const {
    const JsonValue* found = body_.find(key);
    return found == nullptr ? std::nullopt : scalar_text(*found);
  }

  std::optional<double> bound_of(std::string_view key) const {
    const auto found = text(key);
    return found ? number_of(*found) : std::nullopt;
  }

  const Template& source_;
  std::string name_;
  const JsonValue& body_;
};

}  // namespace

Result<Parameters> bind_parameters(const Template& source, const std::map<std::string, std::string>& given) {
  static const JsonValue kNone = JsonValue::object();
  const JsonValue* section = source.section("Parameters");
  const JsonValue& declared = section == nullptr ? kNone : *section;

  std::vector<std::string_view> names;
  for (const auto& member : declared.members) names.push_back(member.first);
  for (const auto& [name, value] : given) {
    if (declared.find(name) != nullptr) continue;
    return invalid_input(
        fmt::format("Parameters: [{}] do not exist in the template{}", name, did_you_mean(name, names)));
  }

  Parameters bound;
  std::vector<std::string> missing;
  for (const auto& [name, body] : declared.members) {
    const Declaration declaration{source, name, body};
    const auto found = given.find(name);
    const auto value = found != given.end() ? std::optional{found->second} : declaration.default_value();
    if (!value) {
      missing.push_back(name);
      continue;
    }
    ATHANOR_TRY(accepted, declaration.bind(*value));
    bound.emplace(name, std::move(accepted));
  }
  if (!missing.empty())
    return invalid_input(fmt::format("Parameters: [{}] must have values", fmt::join(missing, ", ")));
  return bound;
}

bool is_stored_parameter(const Template& source, std::string_view name) {
  const JsonValue* section = source.section("Parameters");
  const JsonValue* declared = section == nullptr ? nullptr : section->find(name);
  return declared != nullptr && declared->find("Type")->text.starts_with("AWS::SSM::");
}

}  // namespace athanor::stack
