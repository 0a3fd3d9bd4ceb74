#include "service/sqs/message_checks.h"

#include <gtest/gtest.h>

namespace athanor::service::sqs {
namespace {

// It counts towards no size of a message, and stands in its record all the same.
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

}  // namespace
}  // namespace athanor::service::sqs
