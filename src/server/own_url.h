// Where the server is to be found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace athanor::server {

// "http://127.0.0.1:4566". `address`: numeric, IPv4 or IPv6.
std::string url_of(std::string_view address, std::uint16_t port);
// By which a program of this machine reaches what listens on `address`: where that is all of them, their loopback.
std::string own_url(std::string_view address, std::uint16_t port);

}  // namespace athanor::server
