#include "service/page_token.h"

#include "auth/digest.h"
#include "base/text.h"

namespace athanor::service {
namespace {

// A digest, since the names may be longer than a token, which in EventBridge has at most 2048 characters.
std::string beginning(PagedList list) {
  std::string names;
  for (const std::string_view name : list) names.append(name) += '\0';
  return auth::sha256(names).substr(0, 12);
}

}  // namespace

std::string page_token(PagedList list, std::string_view last_name) {
  return base::to_base64(beginning(list).append(last_name));
}

std::optional<std::string> name_before_page(PagedList list, const std::optional<std::string>& token) {
  if (!token || token->empty()) return std::string{};
  const auto text = base::from_base64(*token);
  const std::string expected = beginning(list);
  if (!text || !text->starts_with(expected)) return std::nullopt;
  return text->substr(expected.size());
}

}  // namespace athanor::service
