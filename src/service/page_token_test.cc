#include "service/page_token.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace athanor::service {
namespace {

TEST(PageToken, OfAnotherOperationOrOfNoneIsRefused) {
  for (const std::string& token :
       {std::string{"bad"}, std::string{"!!bad!!"}, std::string{"orders-a"}, base::to_base64("orders-a"),
        base::to_base64("ListRules"), page_token("ListRule", "a"), page_token("ListRuleNamesByTarget", "a")}) {
    EXPECT_EQ(name_before_page("ListRules", token), std::nullopt) << token;
  }
}

TEST(PageToken, LeadsToTheNameItWasMadeOf) {
  for (const std::string& name : {std::string{"a"}, std::string{"a b"}, std::string{"arn:aws:sqs:us-east-1:1:q"}})
    EXPECT_EQ(name_before_page("ListRules", page_token("ListRules", name)), name);
  EXPECT_EQ(name_before_page("ListRules", std::nullopt), "");
  EXPECT_EQ(name_before_page("ListRules", ""), "");
}

}  // namespace
}  // namespace athanor::service
