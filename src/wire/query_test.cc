#include "wire/query.h"

#include <gtest/gtest.h>

#include "api/sqs.h"
#include "wire/call.h"
#include "wire/protocol.h"

namespace athanor::wire {
namespace {

http::Request form(std::string body) {
  return {.method = "POST",
          .target = "/",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
          .body = std::move(body)};
}

// What the form says of the operation, or the code and message of the refusal.
template <class Op>
Result<typename Op::Request> read(const std::string& members) {
  const http::Request request =
      form("Action=" + std::string{Op::info.name} + "&Version=2012-11-05" + (members.empty() ? "" : "&" + members));
  Recognised recognised;
  ATHANOR_CHECK(recognise(request, recognised));
  typename Op::Request object{};
  ATHANOR_CHECK(decode_request(recognised, Op::info, request, api::shape_of<typename Op::Request>(), &object));
  return object;
}

template <class Op>
std::string refusal(const std::string& members) {
  const auto result = read<Op>(members);
  if (result) return "accepted";
  const auto response =
      encode_error({.protocol = Protocol::Query, .service = "sqs", .parameters = {}}, result.error(), "id-1");
  const auto code = response.body.find("<Code>") + 6;
  return response.body.substr(code, response.body.find("</Code>") - code) + ": " + result.error().message;
}

TEST(Query, RefusesWhatCannotBeRead) {
  using Send = api::SendMessage;
  EXPECT_EQ(refusal<Send>(""), "MissingParameter: The request must contain the parameter QueueUrl.");
  EXPECT_EQ(refusal<Send>("QueueUrl=q"), "MissingParameter: The request must contain the parameter MessageBody.");
  EXPECT_EQ(refusal<Send>("QueueUrl=q&MessageBody.x=1"),
            "MissingParameter: The request must contain the parameter MessageBody.")
      << "a branch of that name is no value";
  EXPECT_EQ(refusal<Send>("QueueUrl=q&MessageBody=b&DelaySeconds=soon"),
            "InvalidParameterValue: Value soon for parameter DelaySeconds is invalid. Reason: Must be an integer.");
  EXPECT_EQ(refusal<Send>("QueueUrl=q&MessageBody=b&DelaySeconds=99999999999999999999"),
            "InvalidParameterValue: Value 99999999999999999999 for parameter DelaySeconds is invalid. Reason: Must be "
            "an integer.");
  EXPECT_EQ(refusal<Send>("QueueUrl=q&MessageBody=b&MessageAttribute.1.Value.StringValue=v"),
            "MissingParameter: The request must contain the parameter MessageAttribute.1.Name.");
  EXPECT_EQ(refusal<Send>("QueueUrl=q&MessageBody=b&MessageAttribute.1.Name=n"),
            "MissingParameter: The request must contain the parameter MessageAttribute.1.Value.");
  EXPECT_EQ(refusal<api::TagQueue>("QueueUrl=q&Tag.1.Key=a&Tag.1.Value=b&Tag.2.Key=a&Tag.2.Value=c"),
            "InvalidParameterValue: Value a for parameter Tag.2.Key is invalid. Reason: Must be unique.")
      << "one of the two would be lost";
  EXPECT_EQ(refusal<api::DeleteMessageBatch>("QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a"),
            "MissingParameter: The request must contain the parameter DeleteMessageBatchRequestEntry.1.ReceiptHandle.");
  EXPECT_TRUE(refusal<Send>("QueueUrl=q&MessageBody=%FF").starts_with("MalformedInput")) << "not UTF-8";
  EXPECT_TRUE(refusal<Send>("QueueUrl=q&MessageBody=b&MessageAttribute.1.Name=%C3&MessageAttribute.1.Value.DataType=t")
                  .starts_with("MalformedInput"));
  EXPECT_TRUE(refusal<Send>("QueueUrl=q&MessageBody=%").starts_with("MalformedInput"));
  EXPECT_TRUE(refusal<Send>("QueueUrl=q&MessageBody=%4").starts_with("MalformedInput"));
  EXPECT_TRUE(refusal<Send>("QueueUrl=q&MessageBody=%zz").starts_with("MalformedInput"));
}

TEST(Query, RefusesTheThousandAndFirstParameter) {
  std::string members = "QueueUrl=q&MessageBody=b";  // after Action and Version
  for (int i = 0; i < 996; ++i) members += "&x=";
  EXPECT_TRUE(read<api::SendMessage>(members));
  EXPECT_EQ(refusal<api::SendMessage>(members + "&x="),
            "MalformedInput: The form cannot be read, or has more than 1000 parameters.");
}

TEST(Query, TakesIndicesAsAnOrderAndNeverAsASize) {
  const auto url = [](const char* rest) { return "QueueUrl=q&" + std::string{rest}; };
  const auto keys = [&](const char* members) { return read<api::UntagQueue>(url(members)).value().tag_keys; };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys("TagKey.1000000000=b&TagKey.2=a"), (Keys{"a", "b"}));
  EXPECT_EQ(keys("TagKey.99999999999999999999999=b&TagKey.10=a"), (Keys{"a", "b"}));
  EXPECT_EQ(keys("TagKey.10=b&TagKey.9=a"), (Keys{"a", "b"})) << "numbers, not texts";
  EXPECT_EQ(keys("TagKey.0=a"), (Keys{"a"}));
  EXPECT_EQ(keys("TagKey.-1=x&TagKey.=x&TagKey.1x=x&TagKey.1=a"), (Keys{"a"}));
  EXPECT_EQ(keys("TagKey.member.2=b&TagKey.member.1=a"), (Keys{"a", "b"}));
  EXPECT_EQ(keys("TagKeys.1=a"), (Keys{"a"})) << "by the member's name";
  EXPECT_EQ(read<api::CreateQueue>("QueueName=q&Tags.1.Key=a&Tags.1.Value=b").value().tags,
            (std::map<std::string, std::string>{{"a", "b"}}))
      << "by the member's name, `tags`, written as a form writes names";
  EXPECT_EQ(keys("TagKey=a"), (Keys{"a"})) << "a single one needs no index";
  EXPECT_EQ(keys("TagKeys="), Keys{}) << "how botocore writes an empty list";
  EXPECT_EQ(keys("TagKey.1="), (Keys{""}));
}

TEST(Query, ReadsABatchWithoutEntriesHoweverItIsWritten) {
  for (const char* written : {"", "&SendMessageBatchRequestEntry=", "&Entries="}) {
    const auto batch = read<api::SendMessageBatch>("QueueUrl=q" + std::string{written});
    ASSERT_TRUE(batch) << written << ": " << batch.error().message;
    EXPECT_TRUE(batch->entries.empty()) << written;
  }
  EXPECT_EQ(refusal<api::UntagQueue>("QueueUrl=q"), "MissingParameter: The request must contain the parameter TagKey.");
}

TEST(Query, ReadsNoDeeperThanItsShapes) {
  std::string deep = "QueueUrl=q&MessageBody=b&MessageAttribute";
  for (int i = 0; i < 100'000; ++i) deep += ".1";
  const auto sent = read<api::SendMessage>(deep + "=v");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->message_attributes, std::nullopt) << "no parameter of ours is so deep";
  EXPECT_TRUE(read<api::SendMessage>("QueueUrl=q&MessageBody=b&" + std::string(1'000'000, '.') + "=v"));
}

TEST(Query, ReadsWhatBotocoreWrites) {
  const auto sent = read<api::SendMessage>(
      "QueueUrl=http%3A%2F%2Flocalhost%3A4566%2F123456789012%2Forders&MessageBody=a+b%2Bc%26d%3D%25%C3%A9%F0%9F%98%80%"
      "0A"
      "&DelaySeconds=5&MessageAttribute.1.Name=kind&MessageAttribute.1.Value.StringValue=sale"
      "&MessageAttribute.1.Value.DataType=String&MessageAttribute.2.Name=raw"
      "&MessageAttribute.2.Value.BinaryValue=AAH%2F&MessageAttribute.2.Value.DataType=Binary"
      "&MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.StringValue=Root%3D1"
      "&MessageSystemAttribute.1.Value.DataType=String");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(
      *sent,
      (api::SendMessageRequest{
          .queue_url = "http://localhost:4566/123456789012/orders",
          .message_body = "a b+c&d=%é😀\n",
          .delay_seconds = 5,
          .message_attributes = {{{"kind", {.string_value = "sale", .data_type = "String"}},
                                  {"raw",
                                   {.binary_value = api::Blob{std::string{"\0\x01\xff", 3}}, .data_type = "Binary"}}}},
          .message_system_attributes = {{{"AWSTraceHeader", {.string_value = "Root=1", .data_type = "String"}}}}}));

  const auto created = read<api::CreateQueue>(
      "QueueName=orders.fifo&Attribute.1.Name=FifoQueue&Attribute.1.Value=true&Tag.1.Key=team&Tag.1.Value=a+b");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(*created,
            (api::CreateQueueRequest{
                .queue_name = "orders.fifo", .attributes = {{{"FifoQueue", "true"}}}, .tags = {{{"team", "a b"}}}}));

  const auto batch = read<api::DeleteMessageBatch>(
      "QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=x%2B"
      "&DeleteMessageBatchRequestEntry.2.Id=b&DeleteMessageBatchRequestEntry.2.ReceiptHandle=y");
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(*batch, (api::DeleteMessageBatchRequest{
                        .queue_url = "q",
                        .entries = {{.id = "a", .receipt_handle = "x+"}, {.id = "b", .receipt_handle = "y"}}}));

  const auto receive = read<api::ReceiveMessage>("QueueUrl=q&AttributeName.1=All&MessageAttributeName.1=All");
  ASSERT_TRUE(receive);
  EXPECT_EQ(receive->attribute_names, (std::vector<std::string>{"All"}));
  EXPECT_EQ(receive->message_attribute_names, (std::vector<std::string>{"All"}));
}

template <class Op>
std::string xml(const typename Op::Response& response) {
  const Recognised recognised{
      .protocol = Protocol::Query, .service = "sqs", .operation = std::string{Op::info.name}, .parameters = {}};
  const auto answer = encode_response(recognised, Op::info, api::shape_of<typename Op::Response>(), &response, "id-1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "text/xml");
  const std::string head = "<?xml version=\"1.0\"?><" + std::string{Op::info.name} +
                           "Response xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">";
  const std::string tail =
      "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></" + std::string{Op::info.name} + "Response>";
  EXPECT_TRUE(answer.body.starts_with(head)) << answer.body;
  EXPECT_TRUE(answer.body.ends_with(tail)) << answer.body;
  return answer.body.substr(head.size(), answer.body.size() - head.size() - tail.size());
}

TEST(Query, AnswersInTheXmlOfSqs) {
  EXPECT_EQ(xml<api::DeleteMessage>({}), "");
  EXPECT_EQ(xml<api::SendMessage>({.md5_of_message_body = "0cc1",
                                   .md5_of_message_attributes = "b1a9",
                                   .message_id = "m-1",
                                   .sequence_number = "18849496460467696128"}),
            "<SendMessageResult><MD5OfMessageBody>0cc1</MD5OfMessageBody>"
            "<MD5OfMessageAttributes>b1a9</MD5OfMessageAttributes><MessageId>m-1</MessageId>"
            "<SequenceNumber>18849496460467696128</SequenceNumber></SendMessageResult>");
  EXPECT_EQ(xml<api::ReceiveMessage>({}), "<ReceiveMessageResult></ReceiveMessageResult>");
  EXPECT_EQ(xml<api::ReceiveMessage>(
                {.messages = {{{.message_id = "m-1",
                                .receipt_handle = "r+/=",
                                .md5_of_body = "0cc1",
                                .body = "<a b=\"c\">&amp;\r\n\té😀</a>",
                                .attributes = {{{"SenderId", "AIDA"}, {"SentTimestamp", "1700000000000"}}},
                                .md5_of_message_attributes = "b1a9",
                                .message_attributes = {{{"kind", {.string_value = "sale", .data_type = "String"}},
                                                        {"raw",
                                                         {.binary_value = api::Blob{std::string{"\0\x01\xff", 3}},
                                                          .data_type = "Binary"}}}}},
                               {.message_id = "m-2"}}}}),
            "<ReceiveMessageResult><Message><MessageId>m-1</MessageId><ReceiptHandle>r+/=</ReceiptHandle>"
            "<MD5OfBody>0cc1</MD5OfBody>"
            "<Body>&lt;a b=&quot;c&quot;&gt;&amp;amp;&#xD;\n\té😀&lt;/a&gt;</Body>"
            "<Attribute><Name>SenderId</Name><Value>AIDA</Value></Attribute>"
            "<Attribute><Name>SentTimestamp</Name><Value>1700000000000</Value></Attribute>"
            "<MD5OfMessageAttributes>b1a9</MD5OfMessageAttributes>"
            "<MessageAttribute><Name>kind</Name><Value><StringValue>sale</StringValue>"
            "<DataType>String</DataType></Value></MessageAttribute>"
            "<MessageAttribute><Name>raw</Name><Value><BinaryValue>AAH/</BinaryValue>"
            "<DataType>Binary</DataType></Value></MessageAttribute></Message>"
            "<Message><MessageId>m-2</MessageId></Message></ReceiveMessageResult>");
  EXPECT_EQ(xml<api::GetQueueAttributes>(
                {.attributes = {{{"QueueArn", "arn:aws:sqs:us-east-1:123456789012:q"}, {"VisibilityTimeout", "30"}}}}),
            "<GetQueueAttributesResult><Attribute><Name>QueueArn</Name>"
            "<Value>arn:aws:sqs:us-east-1:123456789012:q</Value></Attribute><Attribute><Name>VisibilityTimeout</Name>"
            "<Value>30</Value></Attribute></GetQueueAttributesResult>");
  EXPECT_EQ(xml<api::ListQueues>({.queue_urls = {{"http://h/1/a", "http://h/1/b"}}, .next_token = "t"}),
            "<ListQueuesResult><QueueUrl>http://h/1/a</QueueUrl><QueueUrl>http://h/1/b</QueueUrl>"
            "<NextToken>t</NextToken></ListQueuesResult>");
  EXPECT_EQ(xml<api::ListDeadLetterSourceQueues>({.queue_urls = {"http://h/1/a"}}),
            "<ListDeadLetterSourceQueuesResult><QueueUrl>http://h/1/a</QueueUrl></ListDeadLetterSourceQueuesResult>");
  EXPECT_EQ(xml<api::ListQueueTags>({.tags = {{{"team", "a&b"}}}}),
            "<ListQueueTagsResult><Tag><Key>team</Key><Value>a&amp;b</Value></Tag></ListQueueTagsResult>");
  EXPECT_EQ(xml<api::DeleteMessageBatch>(
                {.successful = {{{.id = "a"}}},
                 .failed = {{{.id = "b", .sender_fault = true, .code = "ReceiptHandleIsInvalid", .message = "No."}}}}),
            "<DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>"
            "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>ReceiptHandleIsInvalid</Code>"
            "<Message>No.</Message></BatchResultErrorEntry></DeleteMessageBatchResult>");
}

// Our choice: characters that XML 1.0 does not allow become U+FFFD, so that the rest can be read.
TEST(Query, ReplacesWhatXmlCannotHold) {
  EXPECT_EQ(xml<api::GetQueueUrl>({.queue_url = std::string{"a\0b\x01\x1f\x7f\xff\xc3", 8}}),
            "<GetQueueUrlResult><QueueUrl>a\uFFFD"
            "b\uFFFD\uFFFD\x7f\uFFFD\uFFFD</QueueUrl></GetQueueUrlResult>");
  EXPECT_EQ(xml<api::GetQueueUrl>({.queue_url = "\uFFFEa\uFFFD\uFFFF"}),
            "<GetQueueUrlResult><QueueUrl>\uFFFDa\uFFFD\uFFFD</QueueUrl></GetQueueUrlResult>");
}

}  // namespace
}  // namespace athanor::wire
