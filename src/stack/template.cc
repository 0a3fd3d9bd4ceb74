#include "stack/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/alphanumeric.h"
#include "base/text.h"
#include "stack/nearest.h"
#include "stack/serverless.h"

namespace athanor::stack {
namespace {

using format::JsonKind;
using format::JsonValue;

constexpr std::array<std::string_view, 11> kSections = {"AWSTemplateFormatVersion",
                                                        "Description",
                                                        "Metadata",
                                                        "Parameters",
                                                        "Rules",
                                                        "Mappings",
                                                        "Conditions",
                                                        "Transform",
                                                        "Globals",
                                                        "Resources",
                                                        "Outputs"};
constexpr std::array<std::string_view, 12> kResourceKeys = {
    "Type",           "Description",         "Properties",   "DependsOn",      "Condition",  "Metadata",
    "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy", "Connectors", "IgnoreGlobals"};
constexpr std::array<std::string_view, 11> kParameterKeys = {
    "Type",      "Default",  "Description", "AllowedValues", "AllowedPattern",       "MinLength",
    "MaxLength", "MinValue", "MaxValue",    "NoEcho",        "ConstraintDescription"};
constexpr std::array<std::string_view, 4> kOutputKeys = {"Value", "Description", "Export", "Condition"};

Error format_error(const Template& parsed, std::string_view path, std::string_view what) {
  return invalid_input(fmt::format("Template format error: {}{}", what, parsed.where(path)));
}

bool is_alphanumeric(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, base::is_alphanumeric_ascii);
}

Result<void> refuse_nulls(const Template& parsed, const JsonValue& value, std::string& path) {
  if (value.kind == JsonKind::Null) {
    return format_error(parsed, path, fmt::format("[{}] 'null' values are not allowed in templates", path));
  }
  const std::size_t length = path.size();
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    path += fmt::format("/{}", i);
    ATHANOR_CHECK(refuse_nulls(parsed, value.items[i], path));
    path.resize(length);
  }
  for (const auto& [key, member] : value.members) {
    path += fmt::format("/{}", key);
    ATHANOR_CHECK(refuse_nulls(parsed, member, path));
    path.resize(length);
  }
  return {};
}

Result<void> check_sections(const Template& parsed) {
  for (const auto& [name, value] : parsed.root.members) {
    if (std::ranges::find(kSections, name) == kSections.end()) {
      return invalid_input(fmt::format("Invalid template property or properties [{}]{}{}", name,
                                       did_you_mean(name, kSections), parsed.where("/" + name)));
    }
    if (name == "AWSTemplateFormatVersion" && value.text != "2010-09-09") {
      return format_error(parsed, "/" + name, "unsupported value for AWSTemplateFormatVersion.");
    }
    if (name == "Description" && !value.is_string())
      return format_error(parsed, "/" + name, "Description must be a string.");
    const bool is_mapping = name != "AWSTemplateFormatVersion" && name != "Description" && name != "Transform";
    if (is_mapping && !value.is_object()) {
      return format_error(parsed, "/" + name, fmt::format("{} must be an object.", name));
    }
  }
  const JsonValue* resources = parsed.section("Resources");
  if (resources == nullptr || resources->members.empty()) {
    return format_error(parsed, "/Resources", "At least one Resources member must be defined.");
  }
  static constexpr std::pair<std::string_view, std::size_t> kQuotas[] = {
      {"Resources", kResourcesPerTemplate}, {"Parameters", kParametersPerTemplate}, {"Mappings", kMappingsPerTemplate},
      {"Outputs", kOutputsPerTemplate},     {"Conditions", kConditionsPerTemplate}, {"Rules", kRulesPerTemplate}};
  for (const auto& [name, most] : kQuotas) {
    const JsonValue* section = parsed.section(name);
    if (section == nullptr || section->members.size() <= most) continue;
    return format_error(parsed, fmt::format("/{}", name),
                        fmt::format("Number of {}, {}, is greater than maximum allowed, {}", base::to_lower_ascii(name),
                                    section->members.size(), most));
  }
  return {};
}

Result<void> check_keys(const Template& parsed, std::string_view kind, const std::string& path, const JsonValue& body,
                        std::span<const std::string_view> keys) {
  for (const auto& [key, value] : body.members) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    return invalid_input(fmt::format("Invalid template {} property '{}' of [{}]{}{}", kind, key,
                                     path.substr(path.rfind('/') + 1), did_you_mean(key, keys),
                                     parsed.where(fmt::format("{}/{}", path, key))));
  }
  return {};
}

// A misspelling here would be noticed too late: when a queue is gone with its messages.
Result<void> check_policies(const Template& parsed, const std::string& name, const JsonValue& body) {
  for (const std::string_view key : {"DeletionPolicy", "UpdateReplacePolicy"}) {
    const JsonValue* policy = body.find(key);
    if (policy == nullptr) continue;
    const std::string path = fmt::format("/Resources/{}/{}", name, key);
    if (!policy->is_string()) return format_error(parsed, path, fmt::format("Every {} member must be a string.", key));
    const bool known = policy->text == "Delete" || policy->text == "Retain" || policy->text == "Snapshot" ||
                       (key == "DeletionPolicy" && policy->text == "RetainExceptOnCreate");
    if (!known)
      return format_error(parsed, path, fmt::format("Unrecognized {} {} for resource {}", key, policy->text, name));
  }
  return {};
}

Result<void> check_resources(const Template& parsed) {
  for (const auto& [name, body] : parsed.section("Resources")->members) {
    const std::string path = fmt::format("/Resources/{}", name);
    if (name.starts_with("Fn::")) {
      return format_error(parsed, path, fmt::format("{} is not a supported function: write the resources out.", name));
    }
    if (!is_alphanumeric(name)) {
      return format_error(parsed, path, fmt::format("Resource name {} is non alphanumeric.", name));
    }
    if (!body.is_object())
      return format_error(parsed, path, fmt::format("[{}] resource definition is malformed", path));
    const JsonValue* type = body.find("Type");
    if (type == nullptr || !type->is_string()) {
      return format_error(parsed, path, fmt::format("[{}] Every Resources object must contain a Type member.", path));
    }
    ATHANOR_CHECK(check_keys(parsed, "resource", path, body, kResourceKeys));
    if (const JsonValue* condition = body.find("Condition"); condition != nullptr && !condition->is_string())
      return format_error(parsed, path, fmt::format("[{}/Condition] must be the name of a condition, a string", path));
    if (const JsonValue* properties = body.find("Properties"); properties != nullptr && !properties->is_object())
      return format_error(parsed, path + "/Properties", fmt::format("[{}/Properties] must be an object", path));
    ATHANOR_CHECK(check_policies(parsed, name, body));
  }
  return {};
}

Result<void> check_parameters(const Template& parsed) {
  const JsonValue* parameters = parsed.section("Parameters");
  if (parameters == nullptr) return {};
  for (const auto& [name, body] : parameters->members) {
    const std::string path = fmt::format("/Parameters/{}", name);
    if (!is_alphanumeric(name)) {
      return format_error(parsed, path, fmt::format("Parameter name {} is non alphanumeric.", name));
    }
    const JsonValue* type = body.find("Type");
    if (type == nullptr || !type->is_string()) {
      return format_error(parsed, path, fmt::format("[{}] Every Parameters object must contain a Type member.", path));
    }
    ATHANOR_CHECK(check_keys(parsed, "parameter", path, body, kParameterKeys));
    if (const JsonValue* value = body.find("Default"); value != nullptr && (value->is_array() || value->is_object()))
      return format_error(parsed, path + "/Default", "Every Default member must be a string.");
    if (parsed.section("Resources")->find(name) != nullptr) {
      return format_error(
          parsed, path,
          fmt::format("{} is both a parameter and a resource; a name can stand for only one of them.", name));
    }
  }
  return {};
}

Result<void> check_mappings(const Template& parsed) {
  const JsonValue* mappings = parsed.section("Mappings");
  if (mappings == nullptr) return {};
  for (const auto& [name, map] : mappings->members) {
    const std::string path = fmt::format("/Mappings/{}", name);
    if (!map.is_object()) return format_error(parsed, path, fmt::format("[{}] must be an object", path));
    for (const auto& [key, attributes] : map.members) {
      const std::string below = fmt::format("{}/{}", path, key);
      if (!attributes.is_object()) return format_error(parsed, below, fmt::format("[{}] must be an object", below));
      for (const auto& [attribute, value] : attributes.members) {
        if (value.is_object())
          return format_error(parsed, below, "Every Mappings attribute must be a String or a List.");
      }
    }
  }
  return {};
}

Result<void> check_outputs(const Template& parsed) {
  const JsonValue* outputs = parsed.section("Outputs");
  if (outputs == nullptr) return {};
  for (const auto& [name, body] : outputs->members) {
    const std::string path = fmt::format("/Outputs/{}", name);
    if (!is_alphanumeric(name))
      return format_error(parsed, path, fmt::format("Output name {} is non alphanumeric.", name));
    if (body.find("Value") == nullptr) {
      return format_error(parsed, path, fmt::format("[{}] Every Outputs member must contain a Value object", path));
    }
    ATHANOR_CHECK(check_keys(parsed, "output", path, body, kOutputKeys));
    const JsonValue* exported = body.find("Export");
    if (exported != nullptr && exported->find("Name") == nullptr) {
      return format_error(
          parsed, path,
          fmt::format("Output {} is malformed. The Name field of every Export member must be specified.", name));
    }
  }
  return {};
}

}  // namespace

std::string Template::where(std::string_view path) const {
  for (;;) {
    if (const auto found = places.find(path); found != places.end())
      return fmt::format(" (line {})", found->second.line);
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return {};
    path = path.substr(0, slash);
  }
}

Result<Template> parse_template(std::string_view text) {
  if (text.size() > kTemplateBytes) {
    return invalid_input(fmt::format("Template may not exceed {} bytes in size.", kTemplateBytes));
  }
  if (!base::is_valid_utf8(text)) return invalid_input("Template format error: the text is not UTF-8.");
  Template parsed;
  if (base::trim(text).starts_with('{')) {
    auto root = format::parse_json(text);
    if (!root) {
      return invalid_input(fmt::format("Template format error: JSON not well-formed. {}", root.error().message));
    }
    parsed.root = std::move(*root);
  } else {
    auto document = read_yaml(text);
    if (!document) return document.error();
    parsed.root = std::move(document->root);
    parsed.places = std::move(document->places);
  }
  if (!parsed.root.is_object()) return invalid_input("Template format error: unsupported structure.");
  for (const auto& [name, value] : parsed.root.members) {
    std::string path = "/" + name;
    ATHANOR_CHECK(refuse_nulls(parsed, value, path));
  }
  ATHANOR_CHECK(check_sections(parsed));
  ATHANOR_CHECK(check_parameters(parsed));
  ATHANOR_CHECK(check_mappings(parsed));
  ATHANOR_CHECK(check_resources(parsed));
  ATHANOR_CHECK(expand_serverless(parsed));
  ATHANOR_CHECK(check_outputs(parsed));
  return parsed;
}

}  // namespace athanor::stack
