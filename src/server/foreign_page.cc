#include "server/foreign_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::server {
namespace {

// `host` is "name", "name:80" or "[::1]:80".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_digits_and_dots(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return base::is_digit_ascii(c) || c == '.'; });
}

// Outsiders cannot own a name under these domains: RFC 6761, ICANN's reservation of "internal", and domains of AWS and
// of an emulator's makers, which their tools use.
constexpr std::string_view kNobodys[] = {".localhost", ".internal", ".amazonaws.com", ".localhost.localstack.cloud"};

bool lies_under(std::string_view name, std::string_view domain) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string whole = fmt::format(".{}", name);  // the domain counts as under itself
  return whole.size() >= domain.size() &&
         base::equals_ignore_case_ascii(std::string_view{whole}.substr(whole.size() - domain.size()), domain);
}

bool can_be_owned(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!name.contains('.') || is_digits_and_dots(name)) return false;
  return std::ranges::none_of(kNobodys, [&](std::string_view nobodys) { return lies_under(name, nobodys); });
}

// W3C Fetch Metadata: browsers say who is asking only over a connection they consider trustworthy.
bool is_told_who_asks(std::string_view name) {
  return name == "[::1]" || (name.starts_with("127.") && is_digits_and_dots(name)) || lies_under(name, ".localhost");
}

// Such as an image in a page can send; AWS clients use POST, or sign.
bool is_unsigned_query(const http::Request& request) {
  return request.method == "GET" && request.raw_query().contains("Action=") &&
         request.header("authorization").empty() && !request.raw_query().contains("X-Amz-Credential=");
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
                 "A server in development mode does not accept requests from other sites' pages in a browser.",
                 {}};
  const std::string_view name = without_port(host);
  if (site.empty() && is_unsigned_query(request) && !is_told_who_asks(name)) {
    return Error{
        ErrorCode::AccessDenied,
        fmt::format("A server in development mode accepts this from {} only if it is signed, or sent as a POST.", name),
        {}};
  }
  if (!name.starts_with('[') && can_be_owned(name)) {
    return Error{
        ErrorCode::AccessDenied,
        fmt::format("A server in development mode cannot be reached as {}: use localhost or an IP address.", name),
        {}};
  }
  return std::nullopt;
}

}  // namespace athanor::server
