// Where the server is to be found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace athanor::server {

// "http://127.0.0.1:4566". `address`: numeric, IPv4 or IPv6.
std::string url_of(std::string_view address, std::uint16_t port);
// By which a program of this machine reaches what listens on `addresses`, one at least: where one stands for all of the
// machine's, their loopback. IPv4 if there is one: not every client of AWS takes another (Debian's botocore).
std::string own_url(std::span<const std::string> addresses, std::uint16_t port);

}  // namespace athanor::server
