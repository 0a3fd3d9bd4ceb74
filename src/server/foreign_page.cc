#include "server/foreign_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace athanor::server {
namespace {

// Of "name", "name:80" or "[::1]:80".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_digits_and_dots(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// Under these nobody can have a name of his own that leads here: RFC 6761, ICANN's word on "internal", and what belongs
// to AWS and to the makers of an emulator, whose tools use it.
constexpr std::string_view kNobodys[] = {".localhost", ".internal", ".amazonaws.com", ".localhost.localstack.cloud"};

bool can_be_owned(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!name.contains('.') || is_digits_and_dots(name)) return false;
  const std::string whole = fmt::format(".{}", name);  // "localhost.localstack.cloud" is one of them itself
  return std::ranges::none_of(kNobodys, [&](std::string_view nobodys) {
    return whole.size() >= nobodys.size() &&
           base::equals_ignore_case_ascii(std::string_view{whole}.substr(whole.size() - nobodys.size()), nobodys);
  });
}

}  // namespace

std::optional<Error> refuse_foreign_page(const http::Request& request) {
  const std::string_view host = request.header("host");
  const std::string_view origin = request.header("origin");
  const std::string_view site = request.header("sec-fetch-site");
  const bool is_own_page = (origin.empty() || origin == fmt::format("http://{}", host)) &&
                           (site.empty() || site == "same-origin" || site == "none");
  if (!is_own_page)
    return Error{ErrorCode::AccessDenied,
                 "A server in development mode takes nothing from other sites' pages in a browser.",
                 {}};
  const std::string_view name = without_port(host);
  if (!name.starts_with('[') && can_be_owned(name)) {
    return Error{
        ErrorCode::AccessDenied,
        fmt::format("A server in development mode is not reached as {}: use localhost or an IP address.", name),
        {}};
  }
  return std::nullopt;
}

}  // namespace athanor::server
