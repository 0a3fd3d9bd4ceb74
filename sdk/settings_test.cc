#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sdk/aws_settings.h"
#include "sdk/eventbridge_settings.h"

namespace athanor::sdk {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
}

ReadFile files_of(Variables files) { return environment_of(std::move(files)); }

TEST(EventBridgeSettings, RefuseABadValueByItsName) {
  const std::pair<const char*, const char*> rows[] = {
      {"EVENTBRIDGE__EVENT_BUS_NAME", ""},          {"EVENTBRIDGE__EVENT_BUS_NAME", "my bus"},
      {"EVENTBRIDGE__SOURCE_PREFIX", "a/b"},        {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", "-1"},
      {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", "186"},   {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", "three"},
      {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", ""},      {"EVENTBRIDGE__MAX_EVENT_AGE_SECONDS", "59"},
      {"EVENTBRIDGE__MAX_EVENT_AGE_SECONDS", "1h"}, {"EVENTBRIDGE__ARCHIVE_RETENTION_DAYS", "-1"},
  };
  for (const auto& [name, value] : rows) {
    const auto settings = read_eventbridge_settings(environment_of({{name, value}}));
    ASSERT_FALSE(settings.has_value()) << name << "=" << value;
    EXPECT_THAT(settings.error().message, testing::StartsWith(name));
  }
}

TEST(EventBridgeSettings, HaveTheDocumentedDefaultsAndNames) {
  EXPECT_EQ(read_eventbridge_settings(environment_of({})),
            (EventBridgeSettings{"alchemiser-trading-events", "alchemiser", 3, 3600, 365}));
  EXPECT_EQ(read_eventbridge_settings(environment_of({{"EVENTBRIDGE__EVENT_BUS_NAME", "my-custom-bus"},
                                                      {"EVENTBRIDGE__SOURCE_PREFIX", "lab"},
                                                      {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", "5"},
                                                      {"EVENTBRIDGE__MAX_EVENT_AGE_SECONDS", "7200"},
                                                      {"EVENTBRIDGE__ARCHIVE_RETENTION_DAYS", "30"}})),
            (EventBridgeSettings{"my-custom-bus", "lab", 5, 7200, 30}));
}

const Variables kKeys{{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};

Variables with_keys(Variables variables) {
  variables.insert(kKeys.begin(), kKeys.end());
  return variables;
}

TEST(AwsSettings, RefuseWhatIsMissingOrMalformed) {
  const struct {
    Variables variables;
    const char* names;
  } rows[] = {
      {kKeys, "AWS_REGION"},
      {with_keys({{"AWS_REGION", "Mars One"}}), "AWS_REGION"},
      {with_keys({{"AWS_REGION", std::string(33, 'a')}}), "AWS_REGION"},
      {{{"AWS_REGION", "us-east-1"}}, "AWS_ACCESS_KEY_ID"},
      {{{"AWS_REGION", "us-east-1"}, {"AWS_ACCESS_KEY_ID", "AKID"}}, "AWS_SECRET_ACCESS_KEY"},
      {with_keys({{"AWS_ENDPOINT_URL", "127.0.0.1:4567"}}), "AWS_ENDPOINT_URL"},
      {with_keys({{"AWS_ENDPOINT_URL", "http://proxy/athanor"}}), "AWS_ENDPOINT_URL takes a URL without a path, "},
      {with_keys({{"AWS_ENDPOINT_URL", "http://"}}), "AWS_ENDPOINT_URL takes a URL without a path, such as http://"},
      {with_keys({{"AWS_ENDPOINT_URL", "http://a:99999"}}), "AWS_ENDPOINT_URL"},
      {with_keys({{"AWS_ENDPOINT_URL", "http://a b"}}), "AWS_ENDPOINT_URL"},
      {with_keys({{"AWS_ENDPOINT_URL_SQS", "ftp://x"}}), "AWS_ENDPOINT_URL_SQS"},
  };
  for (const auto& row : rows) {
    const auto settings = read_aws_settings(environment_of(row.variables), files_of({}));
    ASSERT_FALSE(settings.has_value()) << row.names;
    EXPECT_THAT(settings.error().message, testing::HasSubstr(row.names));
  }
}

TEST(AwsSettings, FindTheEndpointOfAService) {
  const struct {
    Variables variables;
    const char* events;
    const char* sqs;
  } rows[] = {
      {{{"AWS_REGION", "eu-west-1"}}, "https://events.eu-west-1.amazonaws.com", "https://sqs.eu-west-1.amazonaws.com"},
      {{{"AWS_DEFAULT_REGION", "cn-north-1"}},
       "https://events.cn-north-1.amazonaws.com.cn",
       "https://sqs.cn-north-1.amazonaws.com.cn"},
      {{{"AWS_ENDPOINT_URL", "http://127.0.0.1:4567/"}}, "http://127.0.0.1:4567", "http://127.0.0.1:4567"},
      {{{"AWS_ENDPOINT_URL", "http://a:1"}, {"AWS_ENDPOINT_URL_EVENTBRIDGE", "http://b:2"}},
       "http://b:2",
       "http://a:1"},
      {{{"AWS_REGION", "eu-west-1"},
        {"AWS_ENDPOINT_URL", "http://a:1"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}},
       "https://events.eu-west-1.amazonaws.com",
       "https://sqs.eu-west-1.amazonaws.com"},
      {{{"AWS_REGION", "eu-west-1"}, {"AWS_ENDPOINT_URL", ""}},
       "https://events.eu-west-1.amazonaws.com",
       "https://sqs.eu-west-1.amazonaws.com"},
  };
  for (const auto& row : rows) {
    const auto settings = read_aws_settings(environment_of(with_keys(row.variables)), files_of({}));
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    EXPECT_EQ(settings->endpoint_of("events"), row.events);
    EXPECT_EQ(settings->endpoint_of("sqs"), row.sqs);
  }
}

TEST(AwsSettings, ReadProfileFiles) {
  const Variables files{
      {"/home/me/.aws/credentials",
       "# keys\n[default]\naws_access_key_id = AKID1\naws_secret_access_key=one\n\n[paper]\naws_access_key_id=AKID2\r\n"
       "aws_secret_access_key = two\naws_session_token = token\n"},
      {"/home/me/.aws/config",
       "[default]\nregion = us-west-2\n[profile paper]\nregion=eu-central-1\nendpoint_url = http://furnace:4567\n"},
  };
  const auto first = read_aws_settings(environment_of({{"HOME", "/home/me"}}), files_of(files));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->credentials.access_key_id, "AKID1");
  EXPECT_EQ(first->credentials.secret_access_key, "one");
  EXPECT_EQ(first->region, "us-west-2");
  const auto paper =
      read_aws_settings(environment_of({{"HOME", "/home/me"}, {"AWS_PROFILE", "paper"}}), files_of(files));
  ASSERT_TRUE(paper.has_value()) << paper.error().message;
  EXPECT_EQ(paper->credentials.access_key_id, "AKID2");
  EXPECT_EQ(paper->credentials.session_token, "token");
  EXPECT_EQ(paper->region, "eu-central-1");
  EXPECT_EQ(paper->endpoint_of("events"), "http://furnace:4567");
}

// Each step removes the setting that decided the one before.
TEST(AwsSettings, ChooseAnEndpointAsAwsSays) {
  const Variables files{
      {"/home/me/.aws/config",
       "[default]\nservices = local\nendpoint_url = http://profile:1\n"
       "[profile careless]\nignore_configured_endpoint_urls = true\nendpoint_url = http://profile:1\n"
       "[services local]\neventbridge =\n  endpoint_url = http://services:1/\nsqs =\n  region = x\n"}};
  Variables variables = with_keys({{"HOME", "/home/me"},
                                   {"AWS_ENDPOINT_URL_EVENTBRIDGE", "http://events:1"},
                                   {"AWS_ENDPOINT_URL", "http://everywhere:1"}});
  const auto endpoints = [&] {
    const auto settings =
        read_aws_settings(environment_of(variables), files_of(files), {.endpoint_url = "http://otherwise:1"});
    return settings ? settings->endpoint_of("events") + " " + settings->endpoint_of("sqs") : settings.error().message;
  };
  EXPECT_EQ(endpoints(), "http://events:1 http://everywhere:1");
  variables.erase("AWS_ENDPOINT_URL_EVENTBRIDGE");
  EXPECT_EQ(endpoints(), "http://everywhere:1 http://everywhere:1");
  variables.erase("AWS_ENDPOINT_URL");
  EXPECT_EQ(endpoints(), "http://services:1 http://profile:1");
  variables["AWS_PROFILE"] = "careless";
  EXPECT_EQ(endpoints(), "http://otherwise:1 http://otherwise:1");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false";
  EXPECT_EQ(endpoints(), "http://profile:1 http://profile:1");
  variables["AWS_PROFILE"] = "nobody";
  EXPECT_EQ(endpoints(), "http://otherwise:1 http://otherwise:1");
}

TEST(AwsSettings, FindTheCertificateAuthorities) {
  const Variables files{{"/home/me/.aws/config", "[default]\nca_bundle = /etc/profile.pem\n"}};
  const auto bundle = [&](Variables variables) {
    variables.insert({"AWS_REGION", "us-east-1"});
    return read_aws_endpoints(environment_of(variables), files_of(files)).value().ca_bundle;
  };
  EXPECT_EQ(bundle({}), "");
  EXPECT_EQ(bundle({{"HOME", "/home/me"}}), "/etc/profile.pem");
  EXPECT_EQ(bundle({{"HOME", "/home/me"}, {"AWS_CA_BUNDLE", "/etc/variable.pem"}}), "/etc/variable.pem");
}

TEST(AwsSettings, FallBackOnKeysOnlyWhereNobodyHasSetAny) {
  const Variables files{
      {"/home/me/.aws/credentials", "[default]\naws_access_key_id=AKID1\naws_secret_access_key=one\n"}};
  const auto key_of = [&](Variables variables) {
    variables.insert({{"AWS_REGION", "us-east-1"}, {"HOME", variables.contains("HOME") ? "/home/me" : "/home/you"}});
    const auto settings =
        read_aws_settings(environment_of(variables), files_of(files), {.credentials = {{"test", "test", {}}}});
    return settings ? settings->credentials.access_key_id : settings.error().message.substr(0, 14);
  };
  EXPECT_EQ(key_of({}), "test");
  EXPECT_EQ(key_of({{"HOME", "/home/me"}}), "AKID1");
  EXPECT_EQ(key_of(with_keys({})), with_keys({}).at("AWS_ACCESS_KEY_ID"));
  EXPECT_EQ(key_of({{"AWS_PROFILE", "paper"}}), "No credentials") << "a profile that was named has to be there";
}

}  // namespace
}  // namespace athanor::sdk
