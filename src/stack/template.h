// A CloudFormation template, read and checked for form: which sections it has, and that each item in them is complete.
// What depends on parameters comes later (plan.h).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json.h"
#include "stack/yaml.h"

namespace athanor::stack {

// Source: CloudFormation quotas, 1 MB for a template passed by S3 (51,200 bytes in the request, which we do not
// enforce).
inline constexpr std::size_t kTemplateBytes = 1'048'576;
inline constexpr std::size_t kResourcesPerTemplate = 500;
inline constexpr std::size_t kParametersPerTemplate = 200;
inline constexpr std::size_t kMappingsPerTemplate = 200;
inline constexpr std::size_t kOutputsPerTemplate = 200;
// Our choice, since one can name the next, and they are evaluated on the engine thread.
inline constexpr std::size_t kConditionsPerTemplate = 500;
inline constexpr std::size_t kRulesPerTemplate = 200;

struct Template {
  format::JsonValue root;  // intrinsic functions in their long form
  std::map<std::string, Place, std::less<>> places;

  // A section such as "Resources"; nullptr when the template has none.
  const format::JsonValue* section(std::string_view name) const { return root.find(name); }
  // " (line 12)" for a path such as "/Resources/Bus", or for the nearest enclosing item; empty when unknown.
  std::string where(std::string_view path) const;
};

// YAML, or JSON when the first character is a brace. SAM's functions are rewritten when the template asks for that
// transform (serverless.h). InvalidInput in CloudFormation's words, with a line where the text gives one.
Result<Template> parse_template(std::string_view text);

}  // namespace athanor::stack
