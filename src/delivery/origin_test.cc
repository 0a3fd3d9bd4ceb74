#include "delivery/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/event.h"
#include "log/codec.h"

namespace athanor::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

log::Record event_record() {
  return {.type = bus::EventAccepted::kType, .payload = log::encode(bus::EventAccepted{.id = "e", .detail = "{}"})};
}

TEST(Origin, ADeadLetterIsTheEventWithItsReason) {
  const bus::Target target{.id = "t", .arn = "arn:target", .input = "\"constant\"", .rule_arn = "arn:rule"};
  const DeadLetterReason reason{"THROTTLING", "It is full.", "MaximumRetryAttempts", 3, {}};
  const auto letter = render(event_record(), {target, "again", reason, {}});
  ASSERT_TRUE(letter);
  EXPECT_THAT(letter->body, HasSubstr(R"("replay-name":"again")"));
  EXPECT_THAT(letter->body, HasSubstr(R"("detail":{})"));
  EXPECT_THAT(letter->attributes,
              ElementsAre(Pair("ERROR_CODE", "THROTTLING"), Pair("ERROR_MESSAGE", "It is full."),
                          Pair("EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts"), Pair("RETRY_ATTEMPTS", "3"),
                          Pair("RULE_ARN", "arn:rule"), Pair("TARGET_ARN", "arn:target")));
  EXPECT_EQ(render(event_record(), {target, {}, DeadLetterReason{"NO_RESOURCE", "", "", 0, {}}, {}})
                ->attributes.count("EXHAUSTED_RETRY_CONDITION"),
            0U);
}

TEST(Origin, RefusesARecordThatIsNoEvent) {
  log::Record other = event_record();
  other.type = bus::EventAccepted::kType + 1;
  EXPECT_EQ(render(other, {}).error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace athanor::delivery
