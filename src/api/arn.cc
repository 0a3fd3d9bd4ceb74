#include "api/arn.h"

#include <fmt/format.h>

namespace athanor::api {

std::optional<Arn> parse_arn(std::string_view text) {
  if (!text.starts_with("arn:")) return std::nullopt;
  text.remove_prefix(4);
  std::string_view parts[4];
  for (std::string_view& part : parts) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0].empty() || parts[1].empty() || text.empty()) return std::nullopt;
  return Arn{parts[0], parts[1], parts[2], parts[3], text};
}

std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource) {
  return fmt::format("arn:aws:{}:{}:{}:{}", service, region, account, resource);
}

std::string_view arn_name(std::string_view arn, std::string_view resource_type) {
  const auto parsed = parse_arn(arn);
  if (!parsed || !parsed->resource.starts_with(resource_type)) return {};
  const std::string_view rest = parsed->resource.substr(resource_type.size());
  return rest.starts_with('/') ? rest.substr(1) : std::string_view{};
}

}  // namespace athanor::api
