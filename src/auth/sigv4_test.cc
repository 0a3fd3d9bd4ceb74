#include "auth/sigv4.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "auth/digest.h"
#include "base/text.h"
#include "format/json.h"

namespace athanor::auth {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A request of the published suite: as on the wire, but with LF line endings and folded headers.
http::Request read_request(const std::string& text) {
  http::Request request;
  std::istringstream lines{text};
  std::string line;
  std::getline(lines, line);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  while (std::getline(lines, line) && !line.empty()) {
    if (line.front() == ' ' || line.front() == '\t') {
      request.headers.back().value += " " + std::string{base::trim(line)};
    } else {
      const auto colon = line.find(':');
      request.headers.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
  }
  std::getline(lines, request.body, '\0');
  return request;
}

TEST(SigV4, MatchesEveryPublishedVectorInHeaderAndQuery) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(fs::path{__FILE__}.parent_path() / "testdata/sigv4")) {
    if (!entry.is_directory()) continue;
    ++cases;
    SCOPED_TRACE(entry.path().filename().string());
    const auto context = *format::parse_json(text_of(entry.path() / "context.json"));
    const auto* credentials = context.find("credentials");
    const std::string secret = credentials->find("secret_access_key")->text;
    const auto* token = credentials->find("token");
    const bool omit_token =
        context.find("omit_session_token") != nullptr && context.find("omit_session_token")->boolean;
    const bool normalize = context.find("normalize")->boolean;
    const bool sign_body = context.find("sign_body")->boolean;
    const SigningScope scope{context.find("region")->text, context.find("service")->text};
    const std::string time = base::to_iso8601_basic(*base::from_iso8601(context.find("timestamp")->text));
    const std::string credential_scope = time.substr(0, 8) + "/" + scope.region + "/" + scope.service + "/aws4_request";

    for (const bool in_query : {false, true}) {
      const std::string form = in_query ? "query" : "header";
      http::Request request = read_request(text_of(entry.path() / "request.txt"));
      const std::string body_hash = base::to_hex(sha256(request.body));
      if (!in_query) {
        request.headers.push_back({"X-Amz-Date", time});
        if (sign_body) request.headers.push_back({"x-amz-content-sha256", body_hash});
        if (token != nullptr && !omit_token) request.headers.push_back({"X-Amz-Security-Token", token->text});
      }
      std::vector<std::string> names;
      for (const auto& header : request.headers) names.push_back(base::to_lower_ascii(header.name));
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
      if (in_query) {
        http::Parameters added{{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                               {"X-Amz-Credential", credentials->find("access_key_id")->text + "/" + credential_scope},
                               {"X-Amz-Date", time},
                               {"X-Amz-SignedHeaders", ""},
                               {"X-Amz-Expires", context.find("expiration_in_seconds")->text}};
        for (const auto& name : names) added[3].second += (added[3].second.empty() ? "" : ";") + name;
        if (token != nullptr && !omit_token) added.emplace_back("X-Amz-Security-Token", token->text);
        request.target += (request.target.find('?') == std::string::npos ? "?" : "&") + http::print_form(added);
      }
      const std::string canonical =
          sigv4::canonical_request(request, {names.begin(), names.end()}, body_hash, normalize, in_query);
      EXPECT_EQ(canonical, text_of(entry.path() / (form + "-canonical-request.txt"))) << form;
      const std::string to_sign = sigv4::string_to_sign(canonical, time, credential_scope);
      EXPECT_EQ(to_sign, text_of(entry.path() / (form + "-string-to-sign.txt"))) << form;
      EXPECT_EQ(sigv4::signature(secret, time.substr(0, 8), scope, to_sign),
                text_of(entry.path() / (form + "-signature.txt")))
          << form;
    }
  }
  EXPECT_EQ(cases, 38);
}

class Verify : public ::testing::Test {
 protected:
  Verify() { store_.add("AKID", {"secret", "123456789012"}); }

  http::Request signed_request(base::Time at) const {
    http::Request request{"POST",
                          "/",
                          {{"Host", "localhost:4566"}, {"X-Amz-Target", "AWSEvents.PutEvents"}, {"Content-Type", "x"}},
                          "{}",
                          0};
    sign(request, {"AKID", "secret", ""}, {"us-east-1", "events"}, at);
    return request;
  }
  static void set(http::Request& request, std::string_view name, std::string value) {
    for (auto& header : request.headers) {
      if (header.name == name) header.value = value;
    }
  }
  static std::string replaced(std::string text, std::string_view what, std::string_view with) {
    return text.replace(text.find(what), what.size(), with);
  }
  ErrorCode code(const http::Request& request) const {
    const auto principal = verify(request, store_, now_);
    return principal ? ErrorCode::Internal : principal.error().code;
  }

  CredentialStore store_;
  base::Time now_{std::chrono::seconds{1'760'000'000}};
};

TEST_F(Verify, AcceptsWhatItSigned) {
  const auto principal = verify(signed_request(now_), store_, now_);
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ(principal->service, "events");
  EXPECT_EQ(principal->region, "us-east-1");
  http::Request presigned{"GET", "/q?Action=x", {{"Host", "h"}}, "", 0};
  presign(presigned, {"AKID", "secret", ""}, {"us-east-1", "sqs"}, now_, std::chrono::seconds{60});
  EXPECT_TRUE(verify(presigned, store_, now_ + std::chrono::seconds{60}));
  const auto late = verify(presigned, store_, now_ + std::chrono::seconds{61});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::SignatureExpired);
}

TEST_F(Verify, RefusesWhatIsNotSigned) {
  http::Request request = signed_request(now_);
  request.headers.pop_back();
  EXPECT_EQ(code(request), ErrorCode::MissingAuthentication);
  const std::string good = std::string{signed_request(now_).header("Authorization")};
  const struct {
    const char* what;
    const char* with;
    ErrorCode code;
  } rows[] = {
      {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", ErrorCode::IncompleteSignature},
      {"AKID", "AKIX", ErrorCode::UnknownAccessKey},
      {"us-east-1", "us-west-1", ErrorCode::SignatureMismatch},
      {"/events/", "/sqs/", ErrorCode::SignatureMismatch},
      {"aws4_request", "aws5_request", ErrorCode::IncompleteSignature},
      {"/aws4_request", "", ErrorCode::IncompleteSignature},
      {"/events", "/events/more", ErrorCode::IncompleteSignature},
      {"20251009/", "20251008/", ErrorCode::SignatureMismatch},
      {"host;", "", ErrorCode::IncompleteSignature},
      {";x-amz-target", "", ErrorCode::IncompleteSignature},
      {"content-type;host", "host;content-type", ErrorCode::IncompleteSignature},
      {"content-type;", "content-type;content-type;", ErrorCode::IncompleteSignature},
      {"content-type", "Content-type", ErrorCode::IncompleteSignature},
      {"content-type;", "absent;content-type;", ErrorCode::IncompleteSignature},
      {"Signature=", "Signatur=", ErrorCode::IncompleteSignature},
  };
  for (const auto& row : rows) {
    request = signed_request(now_);
    set(request, "Authorization", replaced(good, row.what, row.with));
    EXPECT_EQ(code(request), row.code) << row.what << " as " << row.with;
  }
  const std::size_t start = good.find("Signature=") + 10;
  for (std::size_t i = start; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == '0' ? '1' : '0';
    set(request, "Authorization", changed);
    EXPECT_EQ(code(request), ErrorCode::SignatureMismatch) << i;
  }
  set(request, "Authorization", good.substr(0, good.size() - 1));
  EXPECT_EQ(code(request), ErrorCode::SignatureMismatch);
}

TEST_F(Verify, RefusesWhatWasChangedAfterSigning) {
  const auto changed = [&](auto&& change) {
    http::Request request = signed_request(now_);
    change(request);
    return code(request);
  };
  EXPECT_EQ(changed([](auto& r) { r.body = "{ }"; }), ErrorCode::SignatureMismatch);
  EXPECT_EQ(changed([](auto& r) { r.method = "PUT"; }), ErrorCode::SignatureMismatch);
  EXPECT_EQ(changed([](auto& r) { r.target = "/?a=b"; }), ErrorCode::SignatureMismatch);
  EXPECT_EQ(changed([](auto& r) { set(r, "X-Amz-Target", "AWSEvents.DeleteRule"); }), ErrorCode::SignatureMismatch);
  EXPECT_EQ(changed([](auto& r) { r.headers.push_back({"X-Amz-Target", "AWSEvents.DeleteRule"}); }),
            ErrorCode::IncompleteSignature);
  EXPECT_EQ(changed([](auto& r) { r.headers.push_back({"x-amz-meta", "unsigned"}); }), ErrorCode::IncompleteSignature);
  EXPECT_EQ(changed([](auto& r) { r.headers.push_back({"X-Amz-Security-Token", "t"}); }), ErrorCode::UnknownAccessKey);
  EXPECT_EQ(changed([](auto& r) { r.headers.push_back({"Authorization", "x"}); }), ErrorCode::IncompleteSignature);
  EXPECT_EQ(changed([](auto& r) { r.target = "/?X-Amz-Signature=1"; }), ErrorCode::IncompleteSignature);
  EXPECT_EQ(changed([](auto& r) { r.target = "/?X-Amz%2DSignature=1"; }), ErrorCode::SignatureMismatch);
  for (const char* payload : {"UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0"}) {
    http::Request request{"POST", "/", {{"Host", "h"}, {"x-amz-content-sha256", payload}}, "{}", 0};
    sign(request, {"AKID", "secret", ""}, {"us-east-1", "events"}, now_);
    EXPECT_EQ(code(request), ErrorCode::SignatureMismatch) << payload;
  }
}

// Two spellings of a parameter may share a signature only if they are read alike.
TEST_F(Verify, TakesAPlusForTheBlankThatItIsReadAs) {
  for (const bool in_query : {false, true}) {
    const auto with_value = [&](std::string_view signed_as, std::string_view sent_as) {
      http::Request request{"GET", fmt::format("/q?MessageBody={}", signed_as), {{"Host", "h"}}, "", 0};
      const Credentials credentials{"AKID", "secret", ""};
      const SigningScope scope{"us-east-1", "sqs"};
      if (in_query)
        presign(request, credentials, scope, now_, std::chrono::seconds{60});
      else
        sign(request, credentials, scope, now_);
      request.target = replaced(request.target, signed_as, sent_as);
      return code(request);
    };
    EXPECT_EQ(with_value("1%2B1", "1+1"), ErrorCode::SignatureMismatch);
    EXPECT_EQ(with_value("1+1", "1%2B1"), ErrorCode::SignatureMismatch);
    EXPECT_EQ(with_value("1%201", "1+1"), ErrorCode::Internal) << "accepted";
    EXPECT_EQ(with_value("1%2B1", "1%2b1"), ErrorCode::Internal) << "accepted";
  }
}

TEST_F(Verify, RefusesRegionsThatAreNone) {
  for (const std::string& region : {std::string{}, std::string{"a:b"}, std::string{"US-EAST-1"}, std::string{"\xff"},
                                    std::string{"us-east-1\"}"}, std::string(33, 'x')}) {
    http::Request request{"POST", "/", {{"Host", "h"}}, "{}", 0};
    sign(request, {"AKID", "secret", ""}, {region, "events"}, now_);
    EXPECT_EQ(code(request), ErrorCode::SignatureMismatch) << region;
    EXPECT_EQ(identify(request).region, "us-east-1") << region;
  }
}

TEST_F(Verify, RefusesOtherTimes) {
  using namespace std::chrono_literals;
  EXPECT_EQ(code(signed_request(now_ - 301s)), ErrorCode::SignatureExpired);
  EXPECT_EQ(code(signed_request(now_ + 301s)), ErrorCode::SignatureExpired);
  EXPECT_TRUE(verify(signed_request(now_ - 299s), store_, now_));
  EXPECT_TRUE(verify(signed_request(now_ + 299s), store_, now_));
  for (const char* time : {"", "yesterday", "20251399T000000Z", "2025-10-09T00:00:00Z"}) {
    http::Request request = signed_request(now_);
    set(request, "X-Amz-Date", time);
    EXPECT_EQ(code(request), ErrorCode::IncompleteSignature) << time;
  }
  for (const int seconds : {0, -1, 604'801}) {
    http::Request request{"GET", "/", {{"Host", "h"}}, "", 0};
    presign(request, {"AKID", "secret", ""}, {"us-east-1", "sqs"}, now_, std::chrono::seconds{seconds});
    EXPECT_EQ(code(request), ErrorCode::IncompleteSignature) << seconds;
  }
}

// The key derived for a scope is kept for the next request, and must not serve another caller.
TEST_F(Verify, TakesEachKeyWithItsOwnSecretOnly) {
  store_.add("OTHER", {"another secret", "210987654321"});
  for (const char* id : {"AKID", "OTHER"}) {
    for (const char* secret : {"secret", "another secret"}) {
      http::Request request{"POST", "/", {{"Host", "h"}}, "{}", 0};
      sign(request, {id, secret, ""}, {"us-east-1", "events"}, now_);
      const bool is_its_own = (id == std::string_view{"AKID"}) == (secret == std::string_view{"secret"});
      EXPECT_EQ(code(request), is_its_own ? ErrorCode::Internal : ErrorCode::SignatureMismatch) << id << secret;
    }
  }
}

TEST_F(Verify, DerivesAnotherKeyForEachDayRegionAndService) {
  const auto signature = [](const char* date, const char* region, const char* service) {
    return sigv4::signature("secret", date, {region, service}, "text");
  };
  const std::set<std::string> signatures{
      signature("20251009", "us-east-1", "sqs"), signature("20251010", "us-east-1", "sqs"),
      signature("20251009", "eu-west-1", "sqs"), signature("20251009", "us-east-1", "events")};
  EXPECT_EQ(signatures.size(), 4U);
}

// Otherwise the key of one day, once derived, would sign for all others.
TEST_F(Verify, RefusesAScopeOfAnotherDay) {
  const std::string body_hash = base::to_hex(sha256(""));
  const SigningScope scope{"us-east-1", "sqs"};
  const std::string time = base::to_iso8601_basic(now_);
  const auto signature = [&](const http::Request& request, const std::vector<std::string_view>& names, bool in_query) {
    const std::string canonical = sigv4::canonical_request(request, names, body_hash, true, in_query);
    return sigv4::signature("secret", "20251008", scope,
                            sigv4::string_to_sign(canonical, time, "20251008/us-east-1/sqs/aws4_request"));
  };
  http::Request in_header{"GET", "/", {{"Host", "h"}, {"X-Amz-Date", time}}, "", 0};
  in_header.headers.push_back({"Authorization",
                               "AWS4-HMAC-SHA256 Credential=AKID/20251008/us-east-1/sqs/aws4_request, "
                               "SignedHeaders=host;x-amz-date, Signature=" +
                                   signature(in_header, {"host", "x-amz-date"}, false)});
  http::Request in_query{"GET", "/", {{"Host", "h"}}, "", 0};
  in_query.target +=
      "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID/20251008/us-east-1/sqs/aws4_request&"
      "X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Date=" +
      time;
  in_query.target += "&X-Amz-Signature=" + signature(in_query, {"host"}, true);
  for (const http::Request& request : {in_header, in_query}) {
    const auto refused = verify(request, store_, now_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::SignatureMismatch);
    EXPECT_EQ(refused.error().message,
              "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251008' != "
              "'20251009', from '" +
                  time + "'.");
  }
}

// What separates a presigned request from others is X-Amz-Expires (AWS Prescriptive Guidance, presigned URLs).
TEST_F(Verify, TakesASignatureInTheQueryWithoutExpiresForAsLongAsOneInTheHeaders) {
  using namespace std::chrono_literals;
  const auto signed_at = [&](base::Time at) {
    const std::string time = base::to_iso8601_basic(at);
    const std::string scope = time.substr(0, 8) + "/us-east-1/sqs/aws4_request";
    http::Request request{"GET", "/", {{"Host", "h"}}, "", 0};
    request.target += "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID/" + scope + "&X-Amz-Date=" + time +
                      "&X-Amz-SignedHeaders=host";
    const std::string canonical = sigv4::canonical_request(request, {"host"}, base::to_hex(sha256("")), true, true);
    request.target += "&X-Amz-Signature=" + sigv4::signature("secret", time.substr(0, 8), {"us-east-1", "sqs"},
                                                             sigv4::string_to_sign(canonical, time, scope));
    return request;
  };
  EXPECT_EQ(code(signed_at(now_ - 301s)), ErrorCode::SignatureExpired);
  EXPECT_EQ(code(signed_at(now_ + 301s)), ErrorCode::SignatureExpired);
  EXPECT_EQ(code(signed_at(now_ - 299s)), ErrorCode::Internal) << "accepted";
  EXPECT_EQ(code(signed_at(now_ + 299s)), ErrorCode::Internal) << "accepted";
  http::Request empty = signed_at(now_);
  empty.target += "&X-Amz-Expires=";
  EXPECT_EQ(code(empty), ErrorCode::IncompleteSignature);
}

TEST_F(Verify, RefusesASignatureInTheHeadersBesideOneInTheQuery) {
  http::Request request{"GET", "/", {{"Host", "h"}}, "", 0};
  presign(request, {"AKID", "secret", ""}, {"us-east-1", "sqs"}, now_, std::chrono::seconds{60});
  ASSERT_TRUE(verify(request, store_, now_));
  request.headers.push_back({"Authorization", "x"});
  EXPECT_EQ(code(request), ErrorCode::IncompleteSignature);
}

TEST(Identify, BelievesTheScope) {
  http::Request request{"POST",
                        "/",
                        {{"Authorization",
                          "AWS4-HMAC-SHA256 Credential=000000000042/20250101/eu-west-1/sqs/aws4_request, "
                          "SignedHeaders=host, Signature=x"}},
                        "",
                        0};
  EXPECT_EQ(identify(request).account, "000000000042");
  EXPECT_EQ(identify(request).region, "eu-west-1");
  request.headers = {
      {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=111122223333/20251125/events/aws4_request, Signature=ab"},
      {"X-Amz-Region-Set", "eu-west-1"}};
  EXPECT_EQ(identify(request).account, "111122223333");
  EXPECT_EQ(identify(request).region, "eu-west-1");
  EXPECT_EQ(identify(request).service, "events");
  request.headers.back().value = "*";
  EXPECT_EQ(identify(request).region, "us-east-1");
  EXPECT_EQ(identify({}).region, "us-east-1");
  EXPECT_EQ(identify({}).account, "123456789012");
}

TEST(Profiles, AreReadFromIniText) {
  const std::string text = R"(# keys
[default]
aws_access_key_id = A
aws_secret_access_key=B
[profile x]
region = eu-west-1
[profile "p two"]
region = eu-west-3
[profile nested]
s3 =
    endpoint_url = https://s3.provider

    region = nl-ams
region = eu-west-1
[deep]
        region = eu-west-1
        output = json
        endpoint_url = http://bus:1
)";
  EXPECT_EQ(read_profile(text, "default")->secret_access_key, "B");
  EXPECT_FALSE(read_profile(text, "x"));
  EXPECT_EQ(read_profile_setting(text, "x", "region"), "eu-west-1");
  EXPECT_EQ(read_profile_setting(text, "p two", "region"), "eu-west-3");
  EXPECT_EQ(read_profile_setting(text, "nested", "region"), "eu-west-1");
  EXPECT_EQ(read_profile_setting(text, "nested", "endpoint_url"), "");
  EXPECT_EQ(read_profile_setting(text, "nested", "s3.endpoint_url"), "https://s3.provider");
  EXPECT_EQ(read_profile_setting(text, "nested", "s3.region"), "nl-ams");
  EXPECT_EQ(read_profile_setting(text, "deep", "endpoint_url"), "http://bus:1");
}

}  // namespace
}  // namespace athanor::auth
