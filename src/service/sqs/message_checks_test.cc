#include "service/sqs/message_checks.h"

#include <gtest/gtest.h>

namespace athanor::service::sqs {
namespace {

// A message is not refused for what its request's trace header is.
TEST(MessageChecks, ARequestsTraceHeaderIsAMessagesWhereItMayBe) {
  EXPECT_TRUE(is_trace_header("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"));
  EXPECT_TRUE(is_trace_header(std::string(8'192, 'x')));
  for (const std::string& impossible : {std::string{}, std::string(8'193, 'x'), std::string{"\xFF"}})
    EXPECT_FALSE(is_trace_header(impossible)) << impossible.substr(0, 10);
}

// It does not count towards a message's size, but is in its record all the same.
TEST(MessageChecks, ATraceHeaderHasABoundOfItsOwn) {
  const auto checked = [](std::size_t bytes) {
    return checked_trace_header({{{"AWSTraceHeader", {std::string(bytes, 'x'), {}, "String"}}}});
  };
  EXPECT_TRUE(checked(8'192));
  const auto refused = checked(8'193);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{ErrorCode::InvalidParameterValue,
                                    "The message system attribute 'AWSTraceHeader' must be at most 8192 bytes long.",
                                    {}}));
}

TEST(MessageChecks, ANumberIsNoLongerAndNoLargerThanSqsTakesIt) {
  const auto is_taken = [](const std::string& number) {
    return checked_attributes({{{"n", {number, {}, "Number"}}}}).has_value();
  };
  const std::string digits(38, '7');
  for (const std::string& number :
       {std::string{"1e126"}, std::string{"-0.1e127"}, std::string{"9.9e125"}, std::string{"1e-128"}, "0." + digits,
        "000" + digits + "000", std::string{"0e-500"}}) {
    EXPECT_TRUE(is_taken(number)) << number;
  }
  for (const std::string& number :
       {digits + "1", "1." + digits, std::string{"1e127"}, std::string{"-2e126"}, std::string{"1.1e126"},
        std::string{"9e-129"}, std::string{"0.1e-128"}, std::string{"1e9223372036854775807"},
        std::string{"10e9223372036854775807"}, std::string{"1e99999999999999999999"}, std::string{"1e"}}) {
    EXPECT_FALSE(is_taken(number)) << number;
  }
}

}  // namespace
}  // namespace athanor::service::sqs
