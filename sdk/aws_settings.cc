#include "sdk/aws_settings.h"

#include <utility>

#include "base/text.h"
#include "http/client.h"

namespace athanor::sdk {
namespace {

// The suffix of AWS_ENDPOINT_URL_<SUFFIX> is the service id, in files in lower case; the map's key is the name in
// credential scopes.
constexpr std::pair<std::string_view, std::string_view> kServices[] = {
    {"EVENTBRIDGE", "events"},    {"SQS", "sqs"},
    {"LAMBDA", "lambda"},         {"CLOUDFORMATION", "cloudformation"},
    {"CLOUDWATCH", "monitoring"}, {"CLOUDWATCH_LOGS", "logs"},
    {"SCHEDULER", "scheduler"},   {"STS", "sts"},
    {"ATHANOR", "athanor"},
};

// The two files that describe a profile, and its name.
struct ProfileFiles {
  std::string name;
  bool is_named = false;  // by a variable, so it must exist
  std::string credentials;
  std::string config;

  std::string setting(std::string_view key) const { return auth::read_profile_setting(config, name, key); }
};

ProfileFiles read_profile_files(const Environment& environment, const ReadFile& read_file) {
  const auto either = [&](std::string_view first, std::string_view second, std::string fallback) {
    return non_empty(environment, first).value_or(non_empty(environment, second).value_or(std::move(fallback)));
  };
  const std::string home = environment("HOME").value_or("") + "/.aws/";
  const auto file = [&](std::string_view variable, std::string_view name) {
    return read_file(non_empty(environment, variable).value_or(home + std::string(name))).value_or("");
  };
  const std::string named = either("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "");
  return {.name = named.empty() ? "default" : named,
          .is_named = !named.empty(),
          .credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
          .config = file("AWS_CONFIG_FILE", "config")};
}

Result<std::string> checked_url(std::string_view variable, std::string_view url) {
  auto parsed = parse_endpoint_url(url);
  if (!parsed) return invalid_input(std::string(variable) + " " + parsed.error().message + ".");
  return parsed;
}

Result<auth::Credentials> read_credentials(const Environment& environment, const ProfileFiles& profile,
                                           const std::optional<auth::Credentials>& otherwise) {
  if (const auto key = non_empty(environment, "AWS_ACCESS_KEY_ID")) {
    const auto secret = non_empty(environment, "AWS_SECRET_ACCESS_KEY");
    if (!secret) return invalid_input("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not.");
    return auth::Credentials{*key, *secret, environment("AWS_SESSION_TOKEN").value_or("")};
  }
  if (auto keys = auth::read_profile(profile.credentials, profile.name)) return std::move(*keys);
  if (auto keys = auth::read_profile(profile.config, profile.name)) return std::move(*keys);
  if (otherwise && !profile.is_named) return *otherwise;
  return invalid_input("No credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile that has them.");
}

Result<void> read_configured_endpoints(const Environment& environment, const ProfileFiles& profile,
                                       AwsSettings& settings) {
  const auto everywhere = non_empty(environment, "AWS_ENDPOINT_URL");
  const std::string section = "services " + profile.setting("services");
  for (const auto& [suffix, service] : kServices) {
    std::string name = "AWS_ENDPOINT_URL_" + std::string{suffix};
    std::string url = environment(name).value_or("");
    if (url.empty() && !everywhere) {
      name = base::to_lower_ascii(suffix) + ".endpoint_url";
      url = auth::read_profile_setting(profile.config, section, name);
    }
    if (url.empty()) continue;
    ATHANOR_TRY(checked, checked_url(name, url));
    settings.service_endpoints.emplace(service, checked);
  }
  const std::string url = everywhere.value_or(profile.setting("endpoint_url"));
  if (url.empty()) return {};
  ATHANOR_TRY(checked, checked_url(everywhere ? "AWS_ENDPOINT_URL" : "endpoint_url of the profile", url));
  settings.endpoint_url = checked;
  return {};
}

Result<AwsSettings> read_endpoints(const Environment& environment, const ProfileFiles& profile,
                                   const AwsDefaults& otherwise) {
  AwsSettings settings;
  settings.endpoint_url = otherwise.endpoint_url;
  const std::string ignored = non_empty(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
                                  .value_or(profile.setting("ignore_configured_endpoint_urls"));
  if (!base::equals_ignore_case_ascii(ignored, "true"))
    ATHANOR_CHECK(read_configured_endpoints(environment, profile, settings));
  settings.region = non_empty(environment, "AWS_REGION")
                        .value_or(non_empty(environment, "AWS_DEFAULT_REGION").value_or(profile.setting("region")));
  settings.ca_bundle = non_empty(environment, "AWS_CA_BUNDLE").value_or(profile.setting("ca_bundle"));
  const bool local = !settings.endpoint_url.empty() || !settings.service_endpoints.empty();
  if (settings.region.empty() && local) settings.region = "us-east-1";
  if (!is_region(settings.region)) {
    return invalid_input("AWS_REGION is '" + settings.region + "': set it to a region such as us-east-1.");
  }
  return settings;
}

}  // namespace

Result<std::string> parse_endpoint_url(std::string_view text) {
  std::string url{text};
  while (url.ends_with('/')) url.pop_back();
  if (url.find_first_of(" \t\r\n?#") != url.npos || !http::parse_endpoint(url))
    return invalid_input("takes a URL without a path, such as http://127.0.0.1:4566, not '" + std::string(text) + "'");
  return url;
}

std::string AwsSettings::endpoint_of(std::string_view service) const {
  if (const auto own = service_endpoints.find(std::string(service)); own != service_endpoints.end()) return own->second;
  if (!endpoint_url.empty()) return endpoint_url;
  const std::string suffix = region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return "https://" + std::string(service) + "." + region + suffix;
}

Result<AwsSettings> read_aws_endpoints(const Environment& environment, const ReadFile& read_file,
                                       const AwsDefaults& otherwise) {
  return read_endpoints(environment, read_profile_files(environment, read_file), otherwise);
}

Result<AwsSettings> read_aws_settings(const Environment& environment, const ReadFile& read_file,
                                      const AwsDefaults& otherwise) {
  const ProfileFiles profile = read_profile_files(environment, read_file);
  ATHANOR_TRY(settings, read_endpoints(environment, profile, otherwise));
  ATHANOR_TRY(credentials, read_credentials(environment, profile, otherwise.credentials));
  settings.credentials = credentials;
  return settings;
}

}  // namespace athanor::sdk
