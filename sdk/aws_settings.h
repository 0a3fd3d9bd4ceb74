// Where AWS's services are and who we are, from the variables and files that every AWS client reads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/credentials.h"
#include "auth/sigv4.h"
#include "base/result.h"
#include "sdk/environment.h"

namespace athanor::sdk {

struct AwsSettings {
  std::string region;
  std::string endpoint_url;                              // for all other services; empty: Amazon's own
  std::map<std::string, std::string> service_endpoints;  // by the service's name in a credential scope
  auth::Credentials credentials;
  std::string ca_bundle = {};  // a file for http::Client's ca_file; empty: the system's certificate authorities

  // "http://127.0.0.1:4567", or "https://events.eu-west-1.amazonaws.com" when no endpoint is set.
  std::string endpoint_of(std::string_view service) const;
};

// Fallbacks for settings that are not made anywhere.
struct AwsDefaults {
  std::string endpoint_url = {};
  std::optional<auth::Credentials> credentials = std::nullopt;  // not used when a profile was named
};

// Region: AWS_REGION, AWS_DEFAULT_REGION, the profile; us-east-1 if an endpoint is set but none of these.
// Endpoint: AWS_ENDPOINT_URL_EVENTBRIDGE (_SQS, _LAMBDA, ...), AWS_ENDPOINT_URL, endpoint_url in the `services` section
// of the profile, endpoint_url of the profile; all ignored with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or
// ignore_configured_endpoint_urls in the profile. Source: AWS SDKs and Tools Reference Guide, Service-specific
// endpoints.
// Credentials: AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then the profile. The profile is
// AWS_PROFILE's in AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, by default below $HOME/.aws.
// Certificate authorities: AWS_CA_BUNDLE, then ca_bundle of the profile; the file is not read here.
// A missing or malformed setting is InvalidInput, naming the variable.
Result<AwsSettings> read_aws_settings(const Environment& environment, const ReadFile& read_file,
                                      const AwsDefaults& otherwise = {});
// The same without credentials, for callers who have them from elsewhere but still need a region and endpoints.
Result<AwsSettings> read_aws_endpoints(const Environment& environment, const ReadFile& read_file,
                                       const AwsDefaults& otherwise = {});

// The URL of an endpoint, without trailing slashes. The InvalidInput message says what is accepted; the caller puts the
// setting's name before it.
Result<std::string> parse_endpoint_url(std::string_view text);

using auth::is_region;

}  // namespace athanor::sdk
