#include "service/page_token.h"

#include "base/text.h"

namespace athanor::service {
namespace {

std::string beginning(std::string_view operation) { return std::string{operation} + ' '; }

}  // namespace

std::string page_token(std::string_view operation, std::string_view last_name) {
  return base::to_base64(beginning(operation).append(last_name));
}

std::optional<std::string> name_before_page(std::string_view operation, const std::optional<std::string>& token) {
  if (!token || token->empty()) return std::string{};
  const auto text = base::from_base64(*token);
  const std::string expected = beginning(operation);
  if (!text || !text->starts_with(expected)) return std::nullopt;
  return text->substr(expected.size());
}

}  // namespace athanor::service
