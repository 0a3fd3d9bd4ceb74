// The URLs at which the server can be reached.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace athanor::server {

// "http://127.0.0.1:4566". `address`: numeric, IPv4 or IPv6.
std::string url_of(std::string_view address, std::uint16_t port);
// The URL by which a program on this machine reaches what listens on `addresses` (at least one): loopback for a
// wildcard address. IPv4 if there is one: some AWS clients accept no other (Debian's botocore).
std::string own_url(std::span<const std::string> addresses, std::uint16_t port);

}  // namespace athanor::server
