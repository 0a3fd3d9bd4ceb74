#pragma once

#include <string>
#include <string_view>

namespace athanor::cli {

inline constexpr std::string_view kEndOfCdkTemplates = ".template.json";

// How a stack is called whose name is not given: as the CDK calls it, whose "Shop.template.json" is Shop's; else like
// the directory that the template is in. A character that CloudFormation takes in no name becomes a dash. Empty when no
// name comes of it, which begins with a letter: two projects must not become one stack.
std::string stack_name_of(const std::string& template_path);

}  // namespace athanor::cli
