#include "server/own_url.h"

#include <fmt/format.h>

namespace athanor::server {

std::string url_of(std::string_view address, std::uint16_t port) {
  return address.contains(':') ? fmt::format("http://[{}]:{}", address, port)
                               : fmt::format("http://{}:{}", address, port);
}

std::string own_url(std::string_view address, std::uint16_t port) {
  if (address == "0.0.0.0") address = "127.0.0.1";
  if (address == "::") address = "::1";
  return url_of(address, port);
}

}  // namespace athanor::server
