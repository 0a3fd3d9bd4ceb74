// An HTTP request and its response, as plain values. Nothing here knows about sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace athanor::http {

struct Header {
  std::string name;  // as received; compared ignoring case
  std::string value;
};
using Headers = std::vector<Header>;

// The value of the first header of that name, or an empty view; `count_headers` tells absent from empty.
std::string_view find_header(const Headers& headers, std::string_view name);
std::size_t count_headers(const Headers& headers, std::string_view name);

struct Request {
  std::string method;
  std::string target;  // as on the request line: path and query, still encoded
  Headers headers;
  std::string body;
  std::uint16_t local_port = 0;  // the one it arrived on
  Headers trailers;              // after a chunked body; kept apart so that they never pass for headers

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  std::string_view raw_path() const;   // of the target, still encoded
  std::string_view raw_query() const;  // without the question mark
};

struct Response {
  std::uint16_t status = 200;
  Headers headers;  // Content-Length, Date and Connection are the server's to add
  std::string body;

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

// "%2F" to "/"; with `plus_is_blank`, as in forms and queries, "+" to " ". nullopt when a % is not followed by two
// digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);
// Encodes all but unreserved characters (RFC 3986), with upper-case digits; `keep` lists more to leave as they are.
std::string percent_encode(std::string_view text, std::string_view keep = {});

using Parameters = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=%20" decoded, in order; nullopt when it is malformed or has more than `count_max` pairs.
std::optional<Parameters> parse_form(std::string_view text, std::size_t count_max = 1'000);
std::string print_form(const Parameters& parameters);
// The decoded value of the first parameter of that name; nullptr when there is none.
const std::string* find_parameter(const Parameters& parameters, std::string_view name);

// "Not Found" for 404; "Unknown" for a status that has no name here.
std::string_view reason_phrase(std::uint16_t status);

// "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110, 5.6.7.
std::string http_date(base::Time time);

// The same, printed once for each second.
class DateOfSecond {
 public:
  const std::string& at(base::Time time);

 private:
  base::Time second_{base::Duration{-1}};  // none
  std::string date_;
};

}  // namespace athanor::http
