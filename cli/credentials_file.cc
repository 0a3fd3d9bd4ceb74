#include "cli/credentials_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/files.h"

namespace athanor::cli {
namespace {

struct Setting {
  std::string_view name;
  std::string_view value;
};

// Parses "name = value". A secret after a key may also end in "=".
std::optional<Setting> setting_of(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const Setting setting{base::trim(line.substr(0, equals)), base::trim(line.substr(equals + 1))};
  const bool is_name = !setting.name.empty() && setting.name.find_first_of(" \t") == std::string_view::npos;
  return is_name ? std::optional{setting} : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line = base::trim(line.substr(end));
  }
  return words;
}

struct Profile {
  std::string_view id, secret;
};

// A profile may have no key, e.g. one for a role. Half a key is a mistake.
Result<void> take_key(const Profile& profile, std::size_t last_line, Credentials& credentials) {
  if (profile.id.empty() != profile.secret.empty()) {
    return invalid_input(fmt::format("the profile that ends at line {} has {} but no {}", last_line,
                                     profile.id.empty() ? "aws_secret_access_key" : "aws_access_key_id",
                                     profile.id.empty() ? "aws_access_key_id" : "aws_secret_access_key"));
  }
  if (!profile.id.empty()) credentials[std::string{profile.id}] = profile.secret;
  return {};
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  if (constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF"; text.starts_with(kByteOrderMark))
    text.remove_prefix(kByteOrderMark.size());  // some editors add it; it would be invisible in the key
  Credentials credentials;
  bool has_profiles = false;  // as `aws configure` writes them; else each line is a key
  Profile profile;
  std::size_t number = 0;
  for (const auto raw : base::split(text, '\n')) {
    ++number;
    const auto line = base::trim(raw);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      has_profiles = true;
      ATHANOR_CHECK(take_key(std::exchange(profile, {}), number - 1, credentials));
      continue;
    }
    const auto setting = setting_of(line);
    has_profiles = has_profiles || (setting && setting->name.starts_with("aws_"));
    if (has_profiles) {
      if (!setting) return invalid_input(fmt::format("line {}: expected a setting, NAME = VALUE", number));
      if (setting->name == "aws_access_key_id") profile.id = setting->value;
      if (setting->name == "aws_secret_access_key") profile.secret = setting->value;
      continue;  // a session token, a region or another setting of a profile
    }
    const auto words = words_of(line);
    if (words.size() != 2 || words[1] == "=")
      return invalid_input(fmt::format("line {}: expected ACCESS_KEY_ID SECRET_ACCESS_KEY", number));
    credentials[std::string{words[0]}] = words[1];
  }
  ATHANOR_CHECK(take_key(profile, number, credentials));
  if (credentials.empty()) return invalid_input("it contains no access key");
  return credentials;
}

Result<Credentials> read_credentials_file(const std::string& path) {
  ATHANOR_TRY(text, read_file(path));
  auto parsed = parse_credentials(text);
  if (!parsed) return invalid_input(fmt::format("{}: {}", path, parsed.error().message));
  return parsed;
}

}  // namespace athanor::cli
