#include "auth/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "auth/digest.h"
#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::auth {
namespace sigv4 {
namespace {

// "/a/./b/../c//d" becomes "/a/c/d": RFC 3986, 5.2.4, and no empty segments.
std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : base::split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..")
      kept.push_back(segment);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..")) out += '/';
  return out;
}

// The query's pairs, decoded, encoded again in a single way, and sorted.
std::string canonical_query(std::string_view query, bool without_signature) {
  // As http::parse_form reads them: a "+" is the blank that will be acted on, so it must not pass for a signed %2B.
  const auto encoded_again = [](std::string_view raw) {
    return http::percent_encode(http::percent_decode(raw, true).value_or(std::string{raw}));
  };
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : query.empty() ? std::vector<std::string_view>{} : base::split(query, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string_view raw_name = pair.substr(0, equals);
    const std::string_view raw_value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    std::string name = encoded_again(raw_name);
    if (without_signature && name == "X-Amz-Signature") continue;
    pairs.emplace_back(std::move(name), encoded_again(raw_value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

// Called after a colon or a comma was appended.
void append_collapsed(std::string& out, std::string_view value) {
  value = base::trim(value);
  if (value.find('\t') == std::string_view::npos && value.find("  ") == std::string_view::npos) {
    out += value;
    return;
  }
  for (const char c : value) {
    if ((c == ' ' || c == '\t') && out.back() == ' ') continue;
    out += c == '\t' ? ' ' : c;
  }
}

void append_path(std::string& out, std::string_view path, bool normalize) {
  if (path.empty() || path == "/") {
    out += '/';
  } else {
    out += http::percent_encode(normalize ? normalized_path(path) : std::string{path}, "/");
  }
}

}  // namespace

std::string canonical_request(const http::Request& request, const std::vector<std::string_view>& signed_headers,
                              std::string_view payload_hash, bool normalize_path, bool in_query) {
  std::string out;
  out.reserve(request.target.size() + 1'024);
  out.append(request.method).append("\n");
  append_path(out, request.raw_path(), normalize_path);
  out += '\n';
  if (!request.raw_query().empty()) out += canonical_query(request.raw_query(), in_query);
  out += '\n';
  for (const std::string_view name : signed_headers) {
    out.append(name).append(":");
    bool first = true;
    for (const http::Header& header : request.headers) {
      if (!base::equals_ignore_case_ascii(header.name, name)) continue;
      if (!std::exchange(first, false)) out += ',';
      append_collapsed(out, header.value);
    }
    out += '\n';
  }
  out += '\n';
  for (std::size_t i = 0; i < signed_headers.size(); ++i) out.append(i > 0 ? ";" : "").append(signed_headers[i]);
  return out.append("\n").append(payload_hash);
}

std::string string_to_sign(std::string_view canonical_request, std::string_view time, std::string_view scope) {
  std::string out;
  out.reserve(192);
  out.append("AWS4-HMAC-SHA256\n").append(time).append("\n").append(scope).append("\n");
  return out.append(base::to_hex(sha256(canonical_request)));
}

std::string signature(std::string_view secret, std::string_view date, const SigningScope& scope,
                      std::string_view string_to_sign) {
  // Deriving the key costs four HMACs; a client and a server use the same one for a day.
  struct Derived {
    std::string secret, date;
    SigningScope scope;
    std::string key;
  };
  thread_local std::vector<Derived> cache;
  auto found = std::find_if(cache.begin(), cache.end(), [&](const Derived& d) {
    return d.date == date && d.scope.service == scope.service && d.scope.region == scope.region && d.secret == secret;
  });
  if (found == cache.end()) {
    std::string key = hmac_sha256("AWS4" + std::string{secret}, date);
    key = hmac_sha256(hmac_sha256(hmac_sha256(key, scope.region), scope.service), "aws4_request");
    if (cache.size() >= 16) cache.clear();
    found = cache.insert(cache.end(), {std::string{secret}, std::string{date}, scope, std::move(key)});
  }
  return base::to_hex(hmac_sha256(found->key, string_to_sign));
}

}  // namespace sigv4

namespace {

// Proxies and clients change these after signing.
bool is_signable(std::string_view name) {
  return name != "authorization" && name != "connection" && name != "expect" && name != "user-agent" &&
         name != "transfer-encoding" && name != "x-amzn-trace-id";
}

std::vector<std::string> signable_headers(const http::Headers& headers) {
  std::vector<std::string> names;
  for (const http::Header& header : headers) {
    std::string name = base::to_lower_ascii(header.name);
    if (is_signable(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ";")); }

// What a request says about its signature, from either place: views of its headers or of its decoded query.
struct Claim {
  bool in_query = false;
  std::string_view access_key_id, date, region, service;  // the parts of the credential
  std::string_view scope;                                 // what follows the key: date/region/service/aws4_request
  std::string_view time;
  std::vector<std::string_view> signed_headers;
  std::string_view signature;
  std::string_view session_token;
  std::chrono::seconds valid = kClockSkewMax;
};

Error incomplete(std::string why) { return {ErrorCode::IncompleteSignature, std::move(why), {}}; }

// Everything before the next separator, or all if there is none; removed from `rest` with the separator.
std::string_view take_piece(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

Result<void> take_credential(std::string_view credential, Claim& claim) {
  claim.access_key_id = take_piece(credential, '/');
  claim.scope = credential;
  claim.date = take_piece(credential, '/');
  claim.region = take_piece(credential, '/');
  claim.service = take_piece(credential, '/');
  if (credential != "aws4_request" || claim.access_key_id.empty())
    return incomplete("The Credential must be KEY/DATE/REGION/SERVICE/aws4_request.");
  return {};
}

std::vector<std::string_view> names_of(std::string_view list) {
  std::vector<std::string_view> names;
  const auto count = static_cast<std::size_t>(std::ranges::count(list, ';')) + 1;
  names.reserve(count);
  while (names.size() < count) names.push_back(take_piece(list, ';'));
  return names;
}

// The header of that name; nullptr when there is none, or more than one.
const http::Header* only_header(const http::Headers& headers, std::string_view name) {
  const http::Header* found = nullptr;
  for (const http::Header& header : headers) {
    if (!base::equals_ignore_case_ascii(header.name, name)) continue;
    if (found != nullptr) return nullptr;
    found = &header;
  }
  return found;
}

Result<Claim> claim_in_header(const http::Request& request) {
  Claim claim;
  const http::Header* authorization = only_header(request.headers, "authorization");
  if (authorization == nullptr) return incomplete("There must be one Authorization header.");
  std::string_view text = authorization->value;
  constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256 ";
  if (!text.starts_with(kAlgorithm)) return incomplete("The Authorization header must begin with AWS4-HMAC-SHA256.");
  text.remove_prefix(kAlgorithm.size());
  bool credential = false;
  while (!text.empty()) {
    const std::string_view part = base::trim(take_piece(text, ','));
    const auto equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    if (name == "Credential" && !std::exchange(credential, true)) ATHANOR_CHECK(take_credential(value, claim));
    if (name == "SignedHeaders") claim.signed_headers = names_of(value);
    if (name == "Signature") claim.signature = value;
  }
  if (!credential) return incomplete("The Authorization header must have a Credential.");
  if (claim.signed_headers.empty()) return incomplete("The Authorization header must have SignedHeaders.");
  if (claim.signature.empty()) return incomplete("The Authorization header must have a Signature.");
  const http::Header* date = only_header(request.headers, "x-amz-date");
  if (date == nullptr) return incomplete("There must be one X-Amz-Date header.");
  claim.time = date->value;
  claim.session_token = request.header("x-amz-security-token");
  return claim;
}

Result<Claim> claim_in_query(const http::Parameters& query) {
  Claim claim{.in_query = true};
  std::string_view algorithm, credential;
  std::optional<std::string_view> expires;  // only a presigned request has it
  for (const auto& [name, value] : query) {
    if (name == "X-Amz-Algorithm") algorithm = value;
    if (name == "X-Amz-Credential") credential = value;
    if (name == "X-Amz-Date") claim.time = value;
    if (name == "X-Amz-Expires") expires = value;
    if (name == "X-Amz-SignedHeaders") claim.signed_headers = names_of(value);
    if (name == "X-Amz-Signature") claim.signature = value;
    if (name == "X-Amz-Security-Token") claim.session_token = value;
  }
  if (algorithm != "AWS4-HMAC-SHA256" || claim.signed_headers.empty() || claim.signature.empty() ||
      claim.time.empty()) {
    return incomplete(
        "A presigned request must have X-Amz-Algorithm, -Credential, -Date, -SignedHeaders and -Signature.");
  }
  ATHANOR_CHECK(take_credential(credential, claim));
  if (expires) {
    const auto seconds = base::to_int(*expires);
    if (!seconds || *seconds < 1 || *seconds > kPresignedAgeMax.count())
      return incomplete("X-Amz-Expires must be 1 to 604800 seconds.");
    claim.valid = std::chrono::seconds{*seconds};
  }
  return claim;
}

bool has_query_signature(const http::Request& request) {
  return request.raw_query().find("X-Amz-Signature=") != std::string_view::npos;
}

Result<void> check_time(const Claim& claim, base::Time now) {
  const auto time = claim.time.size() == 16 ? base::from_iso8601(claim.time) : std::nullopt;
  if (!time) return incomplete(fmt::format("X-Amz-Date must be like 20250101T000000Z, not '{}'.", claim.time));
  if (claim.date != claim.time.substr(0, 8)) {
    return Error{ErrorCode::SignatureMismatch,
                 fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                             "HTTP: '{}' != '{}', from '{}'.",
                             claim.date, claim.time.substr(0, 8), claim.time),
                 {}};
  }
  const auto shown = [](base::Time time) { return base::to_iso8601_basic(time); };
  if (*time + claim.valid < now) {
    return Error{
        ErrorCode::SignatureExpired,
        fmt::format("Signature expired: {} is now earlier than {} ({} - {})", claim.time, shown(now - claim.valid),
                    shown(now), claim.in_query ? fmt::format("{} s.", claim.valid.count()) : "5 min."),
        {}};
  }
  if (*time > now + kClockSkewMax) {
    return Error{ErrorCode::SignatureExpired,
                 fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)", claim.time,
                             shown(now + kClockSkewMax), shown(now)),
                 {}};
  }
  return {};
}

Result<void> check_signed_headers(const http::Request& request, const Claim& claim) {
  const auto& names = claim.signed_headers;
  if (!std::is_sorted(names.begin(), names.end()) || std::adjacent_find(names.begin(), names.end()) != names.end()) {
    return incomplete("SignedHeaders must be sorted, each name once.");
  }
  const auto is_signed = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!is_signed("host")) return incomplete("'Host' must be among the SignedHeaders.");
  for (const std::string_view name : names) {
    if (std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }))
      return incomplete("SignedHeaders must be in lower case.");
    if (only_header(request.headers, name) == nullptr)
      return incomplete(fmt::format("The signed header '{}' must be there once.", name));
  }
  constexpr std::string_view kOwn = "x-amz-";
  for (const http::Header& header : request.headers) {
    if (!base::equals_ignore_case_ascii(std::string_view{header.name}.substr(0, kOwn.size()), kOwn)) continue;
    // A presigned URL carries its own parameters; a header beside it would say something that was not signed.
    const std::string name = base::to_lower_ascii(header.name);
    if (!is_signed(name)) return incomplete(fmt::format("The header '{}' must be signed.", name));
  }
  return {};
}

Error mismatch() {
  return {ErrorCode::SignatureMismatch,
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
          "Key and signing method. Consult the service documentation for details.",
          {}};
}

}  // namespace

bool is_region(std::string_view text) {
  constexpr std::size_t kCharactersMax = 32;
  return !text.empty() && text.size() <= kCharactersMax &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

void sign(http::Request& request, const Credentials& credentials, const SigningScope& scope, base::Time now) {
  const std::string time = base::to_iso8601_basic(now);
  request.headers.push_back({"X-Amz-Date", time});
  if (!credentials.session_token.empty())
    request.headers.push_back({"X-Amz-Security-Token", credentials.session_token});
  const auto names = signable_headers(request.headers);
  const std::string date = time.substr(0, 8);
  const std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const std::string canonical =
      sigv4::canonical_request(request, {names.begin(), names.end()}, base::to_hex(sha256(request.body)), true, false);
  const std::string signature = sigv4::signature(credentials.secret_access_key, date, scope,
                                                 sigv4::string_to_sign(canonical, time, credential_scope));
  request.headers.push_back(
      {"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                    credentials.access_key_id, credential_scope, joined(names), signature)});
}

void presign(http::Request& request, const Credentials& credentials, const SigningScope& scope, base::Time now,
             std::chrono::seconds valid) {
  const std::string time = base::to_iso8601_basic(now);
  const std::string date = time.substr(0, 8);
  const std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const auto names = signable_headers(request.headers);
  http::Parameters added{{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                         {"X-Amz-Credential", credentials.access_key_id + "/" + credential_scope},
                         {"X-Amz-Date", time},
                         {"X-Amz-Expires", fmt::format("{}", valid.count())},
                         {"X-Amz-SignedHeaders", joined(names)}};
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  request.target += (request.target.find('?') == std::string::npos ? "?" : "&") + http::print_form(added);
  const std::string canonical =
      sigv4::canonical_request(request, {names.begin(), names.end()}, base::to_hex(sha256(request.body)), true, true);
  request.target += "&X-Amz-Signature=" + sigv4::signature(credentials.secret_access_key, date, scope,
                                                           sigv4::string_to_sign(canonical, time, credential_scope));
}

Result<Principal> verify(const http::Request& request, const CredentialStore& store, base::Time now) {
  const bool in_query = has_query_signature(request);
  const bool in_header = http::count_headers(request.headers, "authorization") > 0;
  if (!in_query && !in_header) return Error{ErrorCode::MissingAuthentication, "Missing Authentication Token", {}};
  if (in_query && in_header) return incomplete("A request is signed in its headers or in its query, not in both.");
  const auto query = in_query ? http::parse_form(request.raw_query()) : http::Parameters{};
  if (!query) return incomplete("The query cannot be read.");
  ATHANOR_TRY(claim, in_query ? claim_in_query(*query) : claim_in_header(request));

  const CredentialStore::Entry* known = store.find(claim.access_key_id);
  // Our keys are permanent: we did not issue a token that comes with one.
  if (known == nullptr || !claim.session_token.empty()) {
    return Error{ErrorCode::UnknownAccessKey, "The security token included in the request is invalid.", {}};
  }
  ATHANOR_CHECK(check_time(claim, now));
  ATHANOR_CHECK(check_signed_headers(request, claim));
  if (!is_region(claim.region))
    return Error{ErrorCode::SignatureMismatch, "Credential should be scoped to a valid region.", {}};

  // Only the hash of the body received counts. Unsigned and streamed payloads are for S3 only.
  const std::string body_hash = base::to_hex(sha256(request.body));
  const std::string_view stated = request.header("x-amz-content-sha256");
  if (!stated.empty() && stated != body_hash) return mismatch();

  SigningScope scope{std::string{claim.region}, std::string{claim.service}};
  const std::string canonical =
      sigv4::canonical_request(request, claim.signed_headers, body_hash, true, claim.in_query);
  const std::string expected = sigv4::signature(known->secret_access_key, claim.date, scope,
                                                sigv4::string_to_sign(canonical, claim.time, claim.scope));
  if (!equal_in_constant_time(expected, claim.signature)) return mismatch();
  return Principal{std::string{claim.access_key_id}, known->account, std::move(scope.region), std::move(scope.service)};
}

Principal identify(const http::Request& request) {
  Principal principal;
  Claim claim;
  const auto from = [&](std::string_view credential) {
    if (!take_credential(credential, claim)) {
      if (claim.service != "aws4_request") return;
      // As in SigV4A: KEY/DATE/SERVICE/aws4_request, for the regions named in a header.
      claim.service = std::exchange(claim.region, request.header("x-amz-region-set"));
    }
    principal.access_key_id = claim.access_key_id;
    if (is_region(claim.region)) principal.region = claim.region;
    principal.service = claim.service;
    if (base::is_account_id(claim.access_key_id)) principal.account = claim.access_key_id;
  };
  const std::string_view authorization = request.header("authorization");
  if (const auto at = authorization.find("Credential="); at != std::string_view::npos) {
    const std::string_view credential = authorization.substr(at + 11);
    from(credential.substr(0, credential.find_first_of(", ")));
  } else if (const auto query = http::parse_form(request.raw_query())) {
    for (const auto& [name, value] : *query) {
      if (name == "X-Amz-Credential") from(value);
    }
  }
  return principal;
}

}  // namespace athanor::auth
