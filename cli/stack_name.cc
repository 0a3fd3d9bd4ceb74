#include "cli/stack_name.h"

#include <filesystem>

#include "base/alphanumeric.h"

namespace athanor::cli {

std::string stack_name_of(const std::string& template_path) {
  std::error_code ignored;
  const auto path = std::filesystem::absolute(template_path, ignored).lexically_normal();
  std::string name = path.filename().string();
  if (name.ends_with(kEndOfCdkTemplates))
    name.resize(name.size() - kEndOfCdkTemplates.size());
  else
    name = path.parent_path().filename().string();
  for (char& c : name) {
    if (!base::is_alphanumeric_ascii(c)) c = '-';
  }
  return name.empty() || !base::is_letter_ascii(name.front()) ? std::string{} : name;
}

}  // namespace athanor::cli
