// AWS Signature Version 4: how a request proves that its sender holds a secret key.
// Source: IAM user guide, "Signature Version 4 signing process"; tested with AWS's published test suite
// (testdata/sigv4).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credentials.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace athanor::auth {

// How far a request's time may differ from ours, either way.
inline constexpr std::chrono::minutes kClockSkewMax{5};
inline constexpr std::chrono::seconds kPresignedAgeMax{604'800};

struct SigningScope {
  std::string region;
  std::string service;
};

// At most 32 letters a to z, digits and hyphens: it becomes part of ARNs and host names.
bool is_region(std::string_view text);

// Signs in headers: adds X-Amz-Date, X-Amz-Security-Token if there is a token, and Authorization. Host must be among
// the headers; every header is signed except those that proxies change.
void sign(http::Request& request, const Credentials& credentials, const SigningScope& scope, base::Time now);

// Signs in the query (a presigned URL) for `valid`. For tests: the mirror of what `verify` accepts.
void presign(http::Request& request, const Credentials& credentials, const SigningScope& scope, base::Time now,
             std::chrono::seconds valid);

// Who sent the request. The body is hashed here, and only what was hashed may be acted on.
Result<Principal> verify(const http::Request& request, const CredentialStore& store, base::Time now);

// Who the request says it comes from, without checking the signature: for a server in development mode.
Principal identify(const http::Request& request);

// The steps, for tests against published examples.
namespace sigv4 {
// `normalize_path`: as for all services but S3. `signed_headers`: lower-case, sorted.
std::string canonical_request(const http::Request& request, const std::vector<std::string_view>& signed_headers,
                              std::string_view payload_hash, bool normalize_path, bool in_query);
std::string string_to_sign(std::string_view canonical_request, std::string_view time, std::string_view scope);
std::string signature(std::string_view secret, std::string_view date, const SigningScope& scope,
                      std::string_view string_to_sign);
}  // namespace sigv4

}  // namespace athanor::auth
