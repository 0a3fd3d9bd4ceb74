#include "auth/credentials.h"

#include <fmt/format.h>

#include "base/text.h"

namespace athanor::auth {

std::string read_profile_setting(std::string_view ini_text, std::string_view profile, std::string_view setting) {
  bool inside = false;
  std::size_t indent = 0;  // of the last setting: a line indented deeper is part of it, like those under "s3 ="
  std::string_view outer;  // its name
  for (const std::string_view whole : base::split(ini_text, '\n')) {
    const std::string_view line = base::trim(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      std::string_view name = base::trim(line.substr(1, line.find(']') - 1));
      if (name.starts_with("profile ")) name = base::trim(name.substr(8));
      // `aws configure` puts quotes around a name that contains blanks.
      if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
      inside = name == profile;
      indent = std::string_view::npos;
      continue;
    }
    const std::size_t own_indent = whole.find_first_not_of(" \t");
    const auto equals = line.find('=');
    std::string name{base::trim(line.substr(0, equals))};
    if (own_indent > indent) {
      name = fmt::format("{}.{}", outer, name);
    } else {
      indent = own_indent;
      outer = base::trim(line.substr(0, equals));
    }
    if (inside && equals != std::string_view::npos && name == setting) {
      return std::string{base::trim(line.substr(equals + 1))};
    }
  }
  return {};
}

std::optional<Credentials> read_profile(std::string_view ini_text, std::string_view profile) {
  Credentials credentials{read_profile_setting(ini_text, profile, "aws_access_key_id"),
                          read_profile_setting(ini_text, profile, "aws_secret_access_key"),
                          read_profile_setting(ini_text, profile, "aws_session_token")};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) return std::nullopt;
  return credentials;
}

}  // namespace athanor::auth
