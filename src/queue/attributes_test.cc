#include "queue/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/codec.h"

namespace athanor::queue {
namespace {

using std::chrono::seconds;

struct RefusedCase {
  bool fifo;
  std::string name;
  std::string value;
  ErrorCode code;
  std::string message;
};

TEST(QueueAttributes, RefusesInAwsWords) {
  const RefusedCase cases[] = {
      {false, "Colour", "red", ErrorCode::InvalidAttributeName, "Unknown Attribute Colour."},
      {false, "QueueArn", "x", ErrorCode::InvalidAttributeName, "Unknown Attribute QueueArn."},
      {false, "FifoQueue", "false", ErrorCode::InvalidAttributeName, "Unknown Attribute FifoQueue."},
      {false, "ContentBasedDeduplication", "true", ErrorCode::InvalidAttributeName,
       "Unknown Attribute ContentBasedDeduplication."},
      {false, "DeduplicationScope", "queue", ErrorCode::InvalidAttributeName,
       "You can specify the DeduplicationScope only when FifoQueue is set to true."},
      {false, "FifoThroughputLimit", "perQueue", ErrorCode::InvalidAttributeName,
       "You can specify the FifoThroughputLimit only when FifoQueue is set to true."},
      {false, "DelaySeconds", "901", ErrorCode::InvalidAttributeValue, "Invalid value for the parameter DelaySeconds."},
      {false, "DelaySeconds", "", ErrorCode::InvalidAttributeValue, "Invalid value for the parameter DelaySeconds."},
      {false, "VisibilityTimeout", "43201", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter VisibilityTimeout."},
      {false, "VisibilityTimeout", "-1", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter VisibilityTimeout."},
      {false, "MessageRetentionPeriod", "59", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter MessageRetentionPeriod."},
      {false, "MessageRetentionPeriod", "1209601", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter MessageRetentionPeriod."},
      {false, "MaximumMessageSize", "1023", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter MaximumMessageSize."},
      {false, "MaximumMessageSize", "1048577", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter MaximumMessageSize."},
      {false, "ReceiveMessageWaitTimeSeconds", "21", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter ReceiveMessageWaitTimeSeconds."},
      {false, "SqsManagedSseEnabled", "yes", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter SqsManagedSseEnabled."},
      {false, "Policy", "[]", ErrorCode::InvalidAttributeValue, "Invalid value for the parameter Policy."},
      {false, "Policy", "{}", ErrorCode::InvalidAttributeValue, "Invalid value for the parameter Policy."},
      {false, "Policy", R"({"Statement":[]})" + std::string(8'177, ' '), ErrorCode::OverLimit,
       "Submitted policy is over max allowed size."},
      {false, "RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})" + std::string(8'162, ' '),
       ErrorCode::InvalidAttributeValue, "Invalid value for the parameter RedriveAllowPolicy."},
      {false, "RedrivePolicy", "7", ErrorCode::InvalidParameterValue,
       "Value 7 for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map."},
      {false, "RedrivePolicy", R"({"maxReceiveCount":3})", ErrorCode::InvalidParameterValue,
       R"(Value {"maxReceiveCount":3} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain )"
       "mandatory attribute: deadLetterTargetArn."},
      {false, "RedrivePolicy", R"({"deadLetterTargetArn":"a"})", ErrorCode::InvalidParameterValue,
       R"(Value {"deadLetterTargetArn":"a"} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not )"
       "contain mandatory attribute: maxReceiveCount."},
      {false, "RedrivePolicy", R"({"deadLetterTargetArn":"a","maxReceiveCount":0})", ErrorCode::InvalidParameterValue,
       R"(Value {"deadLetterTargetArn":"a","maxReceiveCount":0} for parameter RedrivePolicy is invalid. Reason: )"
       "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive."},
      {false, "RedriveAllowPolicy", R"({"redrivePermission":"some"})", ErrorCode::InvalidParameterValue,
       R"(Value {"redrivePermission":"some"} for parameter RedriveAllowPolicy is invalid. Reason: )"
       "Invalid value for redrivePermission: must be allowAll, denyAll or byQueue."},
      {false, "RedriveAllowPolicy", R"({"redrivePermission":"byQueue","sourceQueueArns":["x"]})",
       ErrorCode::InvalidParameterValue,
       R"(Value {"redrivePermission":"byQueue","sourceQueueArns":["x"]} for parameter RedriveAllowPolicy is invalid. )"
       "Reason: sourceQueueArns must hold ARNs of queues."},
      {true, "FifoQueue", "false", ErrorCode::InvalidAttributeValue, "Invalid value for the parameter FifoQueue."},
      {true, "DeduplicationScope", "all", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter DeduplicationScope."},
      {true, "FifoThroughputLimit", "fast", ErrorCode::InvalidAttributeValue,
       "Invalid value for the parameter FifoThroughputLimit."},
  };
  for (const auto& c : cases) {
    const auto result = with_attributes(default_attributes(c.fifo), {{c.name, c.value}});
    ASSERT_FALSE(result) << c.name << "=" << c.value;
    EXPECT_EQ(result.error().code, c.code) << c.name << "=" << c.value;
    EXPECT_EQ(result.error().message, c.message);
  }
}

TEST(QueueAttributes, RefusesWhatDoesNotGoTogether) {
  const AttributeTexts cases[] = {
      {{"FifoThroughputLimit", "perMessageGroupId"}},
      {{"DeduplicationScope", "queue"}, {"FifoThroughputLimit", "perMessageGroupId"}},
      {{"KmsMasterKeyId", "alias/aws/sqs"}, {"SqsManagedSseEnabled", "true"}},
  };
  for (const AttributeTexts& given : cases) {
    const auto result = with_attributes(default_attributes(true), given);
    ASSERT_FALSE(result) << given.begin()->first;
    EXPECT_EQ(result.error().code, ErrorCode::InvalidAttributeValue);
  }
  const auto managed = with_attributes(default_attributes(true), {{"KmsMasterKeyId", "alias/aws/sqs"}});
  ASSERT_TRUE(managed) << "a key takes the place of SQS's own";
  EXPECT_FALSE(with_attributes(*managed, {{"SqsManagedSseEnabled", "true"}}));
  EXPECT_TRUE(with_attributes(*managed, {{"KmsMasterKeyId", ""}, {"SqsManagedSseEnabled", "true"}}));
}

TEST(QueueAttributes, ShowsTheDocumentedDefaults) {
  EXPECT_THAT(
      attribute_texts(default_attributes(false)),
      testing::ElementsAre(testing::Pair("DelaySeconds", "0"), testing::Pair("MaximumMessageSize", "1048576"),
                           testing::Pair("MessageRetentionPeriod", "345600"),
                           testing::Pair("ReceiveMessageWaitTimeSeconds", "0"),
                           testing::Pair("SqsManagedSseEnabled", "true"), testing::Pair("VisibilityTimeout", "30")));
  const auto fifo = attribute_texts(default_attributes(true));
  EXPECT_EQ(fifo.at("FifoQueue"), "true");
  EXPECT_EQ(fifo.at("ContentBasedDeduplication"), "false");
  EXPECT_EQ(fifo.at("DeduplicationScope"), "queue");
  EXPECT_EQ(fifo.at("FifoThroughputLimit"), "perQueue");
}

TEST(QueueAttributes, GivesBackWhatItWasGiven) {
  const AttributeTexts given{
      {"ContentBasedDeduplication", "true"},
      {"DeduplicationScope", "messageGroup"},
      {"DelaySeconds", "900"},
      {"FifoQueue", "true"},
      {"FifoThroughputLimit", "perMessageGroupId"},
      {"KmsDataKeyReusePeriodSeconds", "86400"},
      {"KmsMasterKeyId", "alias/aws/sqs"},
      {"MaximumMessageSize", "1024"},
      {"MessageRetentionPeriod", "60"},
      {"Policy", R"({"Version":"2012-10-17","Statement":[]})"},
      {"ReceiveMessageWaitTimeSeconds", "20"},
      {"RedriveAllowPolicy", R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:a"]})"},
      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:b","maxReceiveCount":5})"},
      {"SqsManagedSseEnabled", "false"},
      {"VisibilityTimeout", "0"},
  };
  const auto attributes = with_attributes(default_attributes(true), given);
  ASSERT_TRUE(attributes) << attributes.error().message;
  EXPECT_EQ(attribute_texts(*attributes), given);
  EXPECT_EQ(attributes->redrive_policy->max_receive_count, 5);
  EXPECT_TRUE(attributes->redrive_allow_policy->allows("arn:aws:sqs:a"));
  EXPECT_FALSE(attributes->redrive_allow_policy->allows("arn:aws:sqs:b"));

  // And so does the log, zeros included.
  const auto decoded = log::decode<Attributes>(log::encode(*attributes));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(attribute_texts(*decoded), given);
}

TEST(QueueAttributes, GivesBackARedrivePolicyAsAwsPrintsIt) {
  const auto attributes =
      with_attributes(default_attributes(false),
                      {{"RedrivePolicy", R"({"maxReceiveCount": "1000", "deadLetterTargetArn": "arn:aws:sqs:b"})"}});
  ASSERT_TRUE(attributes);
  EXPECT_EQ(attribute_texts(*attributes).at("RedrivePolicy"),
            R"({"deadLetterTargetArn":"arn:aws:sqs:b","maxReceiveCount":1000})");
}

TEST(QueueAttributes, AnEmptyPolicyIsTakenAway) {
  auto attributes = with_attributes(
      default_attributes(false), {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:b","maxReceiveCount":5})"},
                                  {"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"},
                                  {"Policy", R"({"Statement":[]})"}});
  ASSERT_TRUE(attributes);
  attributes = with_attributes(*attributes, {{"RedrivePolicy", ""}, {"RedriveAllowPolicy", ""}, {"Policy", ""}});
  ASSERT_TRUE(attributes);
  EXPECT_EQ(attribute_texts(*attributes), attribute_texts(default_attributes(false)));
}

TEST(QueueAttributes, NamesTheFirstDifferenceAndReadsJsonAsJson) {
  const auto attributes =
      with_attributes(default_attributes(false),
                      {{"DelaySeconds", "5"}, {"RedrivePolicy", R"({"deadLetterTargetArn":"a","maxReceiveCount":5})"}});
  ASSERT_TRUE(attributes);
  EXPECT_EQ(first_difference(*attributes, {}), std::nullopt);
  EXPECT_EQ(first_difference(*attributes, {{"DelaySeconds", "5"}, {"VisibilityTimeout", "30"}}), std::nullopt);
  EXPECT_EQ(first_difference(*attributes, {{"RedrivePolicy", R"({"maxReceiveCount":5, "deadLetterTargetArn":"a"})"}}),
            std::nullopt);
  EXPECT_EQ(first_difference(*attributes, {{"DelaySeconds", "6"}, {"VisibilityTimeout", "31"}}), "DelaySeconds");
  EXPECT_EQ(first_difference(*attributes, {{"RedrivePolicy", ""}}), "RedrivePolicy");
}

}  // namespace
}  // namespace athanor::queue
