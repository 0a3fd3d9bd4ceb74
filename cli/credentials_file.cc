#include "cli/credentials_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/files.h"

namespace athanor::cli {

Result<Credentials> parse_credentials(std::string_view text) {
  if (constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF"; text.starts_with(kByteOrderMark))
    text.remove_prefix(kByteOrderMark.size());  // some editors put it in front; nobody would see it in the key
  Credentials credentials;
  std::string section_id;  // the aws_access_key_id that waits for its secret
  std::size_t number = 0;
  for (const auto raw : base::split(text, '\n')) {
    ++number;
    const auto line = base::trim(raw);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      section_id.clear();
      continue;
    }
    // An "=" may also stand at the end of a secret: only "name = value" with one of two names is a setting.
    const auto equals = line.find('=');
    const auto name = equals == std::string_view::npos ? std::string_view{} : base::trim(line.substr(0, equals));
    if (name == "aws_access_key_id") {
      section_id = base::trim(line.substr(equals + 1));
    } else if (name == "aws_secret_access_key") {
      if (section_id.empty())
        return invalid_input(fmt::format("line {}: a secret without an aws_access_key_id before it", number));
      credentials[section_id] = base::trim(line.substr(equals + 1));
    } else if (name.starts_with("aws_")) {
      continue;  // a session token, and what else a profile holds
    } else {
      const auto blank = line.find_first_of(" \t");
      if (blank == std::string_view::npos) {
        return invalid_input(fmt::format("line {}: expected ACCESS_KEY_ID SECRET_ACCESS_KEY", number));
      }
      credentials[std::string{line.substr(0, blank)}] = base::trim(line.substr(blank));
    }
  }
  if (credentials.empty()) return invalid_input("there is no access key in it");
  return credentials;
}

Result<Credentials> read_credentials_file(const std::string& path) {
  ATHANOR_TRY(text, read_file(path));
  auto parsed = parse_credentials(text);
  if (!parsed) return invalid_input(fmt::format("{}: {}", path, parsed.error().message));
  return parsed;
}

}  // namespace athanor::cli
