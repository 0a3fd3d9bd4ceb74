#include "cli/stack_name.h"

#include <filesystem>

namespace athanor::cli {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string stack_name_of(const std::string& template_path) {
  std::error_code ignored;
  const auto path = std::filesystem::absolute(template_path, ignored).lexically_normal();
  std::string name = path.filename().string();
  if (name.ends_with(kEndOfCdkTemplates))
    name.resize(name.size() - kEndOfCdkTemplates.size());
  else
    name = path.parent_path().filename().string();
  for (char& c : name) {
    if (!is_letter(c) && !is_digit(c)) c = '-';
  }
  return name.empty() || !is_letter(name.front()) ? std::string{} : name;
}

}  // namespace athanor::cli
