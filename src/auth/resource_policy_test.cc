#include "auth/resource_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::auth {
namespace {

TEST(ResourcePolicy, ThatIsNoneIsRefused) {
  for (const auto& [text, words] : {
           std::pair{"", "not a JSON object"},
           {"[]", "not a JSON object"},
           {"{}", "no Statement"},
           {R"({"Version":"2012-10-18","Statement":[]})", "Version"},
           {R"({"Statement":"Allow"})", "not a JSON object"},
           {R"({"Statement":[{"Principal":"*","Action":"a"}]})", "Effect"},
           {R"({"Statement":[{"Effect":"allow","Principal":"*","Action":"a"}]})", "Effect"},
           {R"({"Statement":[{"Effect":"Allow","Action":"a"}]})", "Principal"},
           {R"({"Statement":[{"Effect":"Allow","Principal":"123456789012","Action":"a"}]})", "Principal"},
           {R"({"Statement":[{"Effect":"Allow","Principal":{"Aws":"*"},"Action":"a"}]})", "Principal"},
           {R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":[]},"Action":"a"}]})", "Principal"},
           {R"({"Statement":[{"Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"a"}]})", "Principal"},
           {R"({"Statement":[{"Effect":"Allow","Principal":"*"}]})", "Action"},
           {R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":{}}]})", "Action"},
           {R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"a","Condition":"c"}})", "Condition"},
       }) {
    const auto refused = parse_resource_policy(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, testing::HasSubstr(words)) << text;
  }
}

TEST(ResourcePolicy, MayBeWrittenInEachOfItsForms) {
  for (
      const char* text : {
          R"({"Statement":[]})",
          R"({"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"1"},"NotAction":"a"}})",
          R"({"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":{"Service":["a","b"],)"
          R"("AWS":"*"},"Action":["sqs:*"],"Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"x"}}}]})",
      }) {
    EXPECT_TRUE(parse_resource_policy(text)) << text;
  }
}

}  // namespace
}  // namespace athanor::auth
