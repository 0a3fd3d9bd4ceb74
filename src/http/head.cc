#include "http/head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::http {
namespace {

constexpr bool is_token_character(char c) {
  return base::is_alphanumeric_ascii(c) || std::string_view{"!#$%&'*+-.^_`|~"}.contains(c);
}

constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_token_character(static_cast<char>(c));
  return table;
}();

// These two look at every byte of every head, so they have no branch per byte.
bool is_token(std::string_view text) {
  bool is_good = !text.empty();
  for (const char c : text) is_good &= kTokenCharacters[static_cast<unsigned char>(c)];
  return is_good;
}

bool has_control_characters(std::string_view text) {
  bool is_found = false;
  for (const char c : text) is_found |= (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  return is_found;
}

// A name or an address (RFC 3986, 3.2.2), IPv6 in brackets, with an optional port; or nothing at all (RFC 9110, 7.2).
bool is_host(std::string_view value) {
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=";
  constexpr std::string_view kDigits = "0123456789";
  const bool in_brackets = value.starts_with('[');
  const auto end = in_brackets ? value.find(']') : std::min(value.find(':'), value.size());
  if (end == std::string_view::npos) return false;
  for (const char c : value.substr(in_brackets, end - in_brackets)) {
    if (!kName.contains(c) && !(in_brackets && c == ':')) return false;
  }
  const std::string_view port = value.substr(end + in_brackets);
  return port.empty() || (port.front() == ':' && port.find_first_not_of(kDigits, 1) == std::string_view::npos);
}

constexpr std::size_t kUsualFields = 16;  // AWS's clients send up to 14

bool is_method(std::string_view method) {
  for (const char c : method) {
    if (c < 'A' || c > 'Z') return false;
  }
  return !method.empty();
}

// "GET /path?query HTTP/1.1". Sets `minor`, and `host` where the target names one.
bool parse_request_line(std::string_view line, Request& request, int& minor, std::string_view& host, BadHead& bad) {
  const auto refuse = [&](std::uint16_t status, const char* why) {
    bad = {status, why};
    return false;
  };
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first)
    return refuse(400, "the request line is not METHOD TARGET VERSION");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_method(method)) return refuse(400, "the method is not in upper-case letters");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refuse(version.starts_with("HTTP/") ? 505 : 400, "the version is neither HTTP/1.1 nor HTTP/1.0");
  }
  minor = version.back() - '0';
  std::string_view path = target;
  bool has_path = true;
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute form, as proxies send it
    if (!base::equals_ignore_case_ascii(target.substr(0, scheme.size()), scheme)) continue;
    const auto behind_host = target.find_first_of("/?", scheme.size());
    path = behind_host == std::string_view::npos ? std::string_view{} : target.substr(behind_host);
    host = target.substr(scheme.size(), target.size() - scheme.size() - path.size());
    if (host.empty() || !is_host(host)) return refuse(400, "the target names no host");
    has_path = path.starts_with('/');
  }
  if (has_path && !path.starts_with('/')) return refuse(400, "the target is not a path");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '#')
      return refuse(400, "the target holds a character that has to be encoded");
  }
  request.method = method;
  request.target = has_path ? "" : "/";
  request.target += path;
  return true;
}

bool parse_content_length(std::string_view value, std::uint64_t& length) {
  constexpr std::size_t kDigitsMax = 18;
  if (value.empty() || value.size() > kDigitsMax) return false;
  const char* const end = value.data() + value.size();
  return std::from_chars(value.data(), end, length).ptr == end;
}

}  // namespace

bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line.find('\r') == std::string_view::npos;
}

std::optional<std::size_t> find_head_end(std::string_view bytes) {
  // A bare LF counts too, so that a head which parse_head will refuse is not waited for.
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at + 1 < bytes.size() && bytes[at + 1] == '\n') return at + 2;
    if (at + 2 < bytes.size() && bytes[at + 1] == '\r' && bytes[at + 2] == '\n') return at + 3;
  }
  return std::nullopt;
}

std::optional<Head> parse_head(std::string_view bytes, const HeadLimits& limits, BadHead& bad) {
  const auto refuse = [&](std::uint16_t status, const char* why) {
    bad = {status, why};
    return std::nullopt;
  };
  if (bytes.size() > limits.head_bytes) return refuse(431, "the head is too large");
  Head head;
  head.request.headers.reserve(kUsualFields);
  int minor = 1;
  std::string_view line, target_host;
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);  // RFC 9112, 2.2: some clients add a CRLF after a body
  if (!take_line(bytes, line)) return refuse(400, "a line does not end in CRLF");
  if (line.size() > limits.request_line_bytes) return refuse(414, "the request line is too long");
  if (!parse_request_line(line, head.request, minor, target_host, bad)) return std::nullopt;

  bool has_length = false;
  bool has_coding = false;
  std::size_t hosts = 0;
  head.keep_alive = minor == 1;  // RFC 9112, C.2.2: a 1.0 client would have to be told
  for (;;) {
    if (!take_line(bytes, line)) return refuse(400, "a line does not end in CRLF");
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a header line is folded");
    if (head.request.headers.size() == limits.fields) return refuse(431, "there are too many header fields");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(400, "a header line has no colon");
    const std::string_view name = line.substr(0, colon);
    std::string_view value = base::trim(line.substr(colon + 1));
    if (!is_token(name)) return refuse(400, "a header name is not a token");
    if (has_control_characters(value)) return refuse(400, "a header value holds a control character");

    const auto is = [name](std::string_view other) {
      return name.size() == other.size() && base::equals_ignore_case_ascii(name, other);
    };
    if (is("content-length")) {
      if (has_length) return refuse(400, "Content-Length appears twice");
      if (!parse_content_length(value, head.content_length)) return refuse(400, "Content-Length is not a number");
      has_length = true;
    } else if (is("transfer-encoding")) {
      if (has_coding) return refuse(400, "Transfer-Encoding appears twice");
      if (!base::equals_ignore_case_ascii(value, "chunked")) return refuse(501, "the transfer coding is not chunked");
      if (minor == 0) return refuse(400, "HTTP/1.0 has no transfer codings");
      has_coding = head.chunked = true;
    } else if (is("connection")) {
      for (const std::string_view option : base::split(value, ','))
        head.keep_alive = head.keep_alive && !base::equals_ignore_case_ascii(base::trim(option), "close");
    } else if (is("expect") && minor == 1) {  // RFC 9110, 10.1.1: ignored in 1.0
      if (!base::equals_ignore_case_ascii(value, "100-continue"))
        return refuse(417, "only 100-continue can be expected");
      head.expects_continue = true;
    } else if (is("host")) {
      if (!is_host(value)) return refuse(400, "Host is not a valid host");
      if (!target_host.empty()) value = target_host;  // RFC 9112, 3.2.2
      ++hosts;
    }
    head.request.headers.push_back({std::string{name}, std::string{value}});
  }
  if (!bytes.empty()) return refuse(400, "there are bytes after the head");
  if (has_length && has_coding) return refuse(400, "Content-Length and Transfer-Encoding cannot be used together");
  if (hosts > 1 || (hosts == 0 && minor == 1)) return refuse(400, "HTTP/1.1 requires exactly one Host");
  return head;
}

bool announces_body_over(std::uint64_t body_bytes, std::string_view bytes, const HeadLimits& limits) {
  BadHead ignored;
  const auto end = find_head_end(bytes);
  const auto head = end ? parse_head(bytes.substr(0, *end), limits, ignored) : std::nullopt;
  return head && (head->chunked || head->content_length > body_bytes);
}

std::string print_head(const Response& response, std::string_view date, bool keep_alive) {
  constexpr std::size_t kMostly = 256;
  std::string head;
  head.reserve(kMostly);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason_phrase(response.status)).append("\r\nDate: ").append(date).append("\r\n");
  for (const Header& header : response.headers)
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  if (has_body(response.status))
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  return head.append(keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

bool has_body(std::uint16_t status) { return status != 204 && status != 304; }

}  // namespace athanor::http
