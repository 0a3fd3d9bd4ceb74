#include "service/page_token.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace athanor::service {
namespace {

TEST(PageToken, OfAnotherListOrOfNoneIsRefused) {
  for (const std::string& token :
       {std::string{"bad"}, std::string{"!!bad!!"}, std::string{"orders-a"}, base::to_base64("orders-a"),
        page_token({"ListRule", "bus", "order"}, "a"), page_token({"ListRules", "bus"}, "a"),
        page_token({"ListRules", "bus", ""}, "a"), page_token({"ListRules", "buso", "rder"}, "a")}) {
    EXPECT_EQ(name_before_page({"ListRules", "bus", "order"}, token), std::nullopt) << token;
  }
}

TEST(PageToken, LeadsToTheNameItWasMadeOf) {
  for (const std::string& name : {std::string{"a"}, std::string{"a b"}, std::string{"arn:aws:sqs:us-east-1:1:q"}})
    EXPECT_EQ(name_before_page({"ListRules", "bus"}, page_token({"ListRules", "bus"}, name)), name);
  EXPECT_EQ(name_before_page({"ListRules", "bus"}, std::nullopt), "");
  EXPECT_EQ(name_before_page({"ListRules", "bus"}, ""), "");
}

// An EventBridge name has at most 64 characters, a token 2048.
TEST(PageToken, IsShortWhateverTheRequestSays) {
  EXPECT_LT(page_token({"ListRuleNamesByTarget", std::string(1600, 'b'), std::string(1600, 't')}, "a").size(), 64U);
}

}  // namespace
}  // namespace athanor::service
