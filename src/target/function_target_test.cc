#include "target/function_target.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace athanor::target {
namespace {

using delivery::Verdict;

const std::string kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";
constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};

class FunctionTargetTest : public testing::Test {
 protected:
  FunctionTargetTest() { functions_.apply(function::FunctionPut{.arn = kFunction, .name = "f"}, {}, kTime); }

  delivery::AttemptResult attempt(const std::string& arn, std::uint64_t seed, std::uint64_t bytes = 2) {
    const bus::Target target{.id = "t", .arn = arn};
    return kind_.attempt({.position = log::LogPosition{80},
                          .ingested = kTime,
                          .target = target,
                          .replay_name = {},
                          .origin = origin_,
                          .body_bytes = bytes,
                          .message_group_id = {},
                          .deduplication_id = {},
                          .seed = seed},
                         kTime);
  }

  function::Functions functions_;
  function::Invocations invocations_{functions_, 4, [](const function::GivenUp&, base::Time) {}, 2};
  FunctionTarget kind_{invocations_};

 private:
  std::shared_ptr<const std::string> origin_;
};

TEST_F(FunctionTargetTest, TakesFunctionsAlone) {
  EXPECT_TRUE(kind_.takes(kFunction));
  EXPECT_FALSE(kind_.takes("arn:aws:sqs:us-east-1:123456789012:q"));
}

TEST_F(FunctionTargetTest, SaysInAwsWordWhyAFunctionCannotTakeAnEvent) {
  for (const std::string& arn : {kFunction + "2", kFunction + ":1", kFunction + ":live"}) {
    const auto none = attempt(arn, 1);
    EXPECT_EQ(none.verdict, Verdict::Impossible) << arn;
    EXPECT_EQ(none.error_code, "NO_RESOURCE") << arn;
    EXPECT_EQ(none.error_message, "The function " + arn + " does not exist.");
  }
  const auto large = attempt(kFunction, 1, limits::kAsyncInvokePayloadBytes + 1);
  EXPECT_EQ(large.verdict, Verdict::Impossible);
  EXPECT_EQ(large.error_code, "INVALID_PARAMETER");
  EXPECT_EQ(large.error_message, "The event is larger than an asynchronous invocation may be.");
  EXPECT_EQ(invocations_.waiting(), 0U);
}

TEST_F(FunctionTargetTest, PutsTheEventIntoTheFunctionsLineUntilThatIsFull) {
  EXPECT_EQ(attempt(kFunction, 1, limits::kAsyncInvokePayloadBytes).verdict, Verdict::Delivered);
  EXPECT_EQ(attempt(kFunction, 1).verdict, Verdict::Delivered);
  EXPECT_EQ(invocations_.waiting(), 1U) << "the same delivery twice is one invocation";
  EXPECT_FALSE(kind_.is_full(kFunction));
  EXPECT_EQ(attempt(kFunction + ":$LATEST", 2).verdict, Verdict::Delivered);
  EXPECT_EQ(invocations_.waiting(), 2U);
  EXPECT_TRUE(kind_.is_full(kFunction));
  EXPECT_TRUE(kind_.is_full(kFunction + ":$LATEST"));
  const auto full = attempt(kFunction, 3);
  EXPECT_EQ(full.verdict, Verdict::RetryLater);
  EXPECT_EQ(full.error_code, "THROTTLING");
  EXPECT_EQ(full.error_message, "Too many invocations wait for " + kFunction + ".");
}

}  // namespace
}  // namespace athanor::target
