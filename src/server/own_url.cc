#include "server/own_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace athanor::server {

std::string url_of(std::string_view address, std::uint16_t port) {
  return address.contains(':') ? fmt::format("http://[{}]:{}", address, port)
                               : fmt::format("http://{}:{}", address, port);
}

std::string own_url(std::span<const std::string> addresses, std::uint16_t port) {
  ATHANOR_ASSERT(!addresses.empty());
  const auto first_ipv4 = std::ranges::find_if(addresses, [](const auto& address) { return !address.contains(':'); });
  std::string_view address = first_ipv4 != addresses.end() ? *first_ipv4 : addresses.front();
  if (address == "0.0.0.0") address = "127.0.0.1";
  if (address == "::") address = "::1";
  return url_of(address, port);
}

}  // namespace athanor::server
