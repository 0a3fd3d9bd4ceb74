#pragma once

#include <string>
#include <string_view>

namespace athanor::cli {

inline constexpr std::string_view kEndOfCdkTemplates = ".template.json";

// The name of a stack when none is given: the CDK's, whose "Shop.template.json" belongs to Shop; else that of the
// template's directory. A character that CloudFormation does not allow in a name becomes a dash. Empty when the result
// does not begin with a letter: two projects must not become one stack.
std::string stack_name_of(const std::string& template_path);

}  // namespace athanor::cli
