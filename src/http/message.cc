#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::http {

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (base::equals_ignore_case_ascii(header.name, name)) return header.value;
  }
  return {};
}

std::size_t count_headers(const Headers& headers, std::string_view name) {
  std::size_t count = 0;
  for (const Header& header : headers) count += base::equals_ignore_case_ascii(header.name, name);
  return count;
}

std::string_view Request::raw_path() const {
  const std::string_view view{target};
  return view.substr(0, view.find('?'));
}

std::string_view Request::raw_query() const {
  const std::string_view view{target};
  const auto at = view.find('?');
  return at == std::string_view::npos ? std::string_view{} : view.substr(at + 1);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto byte = base::from_hex(text.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = base::is_alphanumeric_ascii(c) || std::string_view{"-_.~"}.contains(c);
    if (unreserved || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::optional<Parameters> parse_form(std::string_view text, std::size_t count_max) {
  Parameters parameters;
  // One by one: nothing is authenticated yet, and it may be 70 MB of pairs.
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (parameters.size() == count_max) return std::nullopt;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string{} : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    parameters.emplace_back(*std::move(name), *std::move(value));
  }
  return parameters;
}

std::string print_form(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return out;
}

const std::string* find_parameter(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string http_date(base::Time time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday{day}.c_encoding()],
                     unsigned(date.day()), kMonths[unsigned(date.month()) - 1], int(date.year()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

const std::string& DateOfSecond::at(base::Time time) {
  if (const base::Time second = std::chrono::floor<std::chrono::seconds>(time);
      second != std::exchange(second_, second))
    date_ = http_date(second);
  return date_;
}

std::string_view reason_phrase(std::uint16_t status) {
  static constexpr std::pair<std::uint16_t, std::string_view> kPhrases[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {400, "Bad Request"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {417, "Expectation Failed"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [known, phrase] : kPhrases) {
    if (known == status) return phrase;
  }
  return "Unknown";
}

}  // namespace athanor::http
