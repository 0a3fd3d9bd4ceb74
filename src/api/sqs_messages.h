// SQS: messages. Source: the service model sqs-2012-11-05.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/operation.h"
#include "api/shape.h"
#include "base/describe.h"

namespace athanor::api {

struct MessageAttributeValue {
  std::optional<std::string> string_value;
  std::optional<Blob> binary_value;
  std::string data_type;

  static constexpr auto members() {
    return Members{member("StringValue", &MessageAttributeValue::string_value),
                   member("BinaryValue", &MessageAttributeValue::binary_value),
                   member("DataType", &MessageAttributeValue::data_type, {.required = true})};
  }
  friend bool operator==(const MessageAttributeValue&, const MessageAttributeValue&) = default;
};

struct MessageSystemAttributeValue {
  std::optional<std::string> string_value;
  std::optional<Blob> binary_value;
  std::string data_type;

  static constexpr auto members() {
    return Members{member("StringValue", &MessageSystemAttributeValue::string_value),
                   member("BinaryValue", &MessageSystemAttributeValue::binary_value),
                   member("DataType", &MessageSystemAttributeValue::data_type, {.required = true})};
  }
  friend bool operator==(const MessageSystemAttributeValue&, const MessageSystemAttributeValue&) = default;
};

struct SendMessageRequest {
  std::string queue_url;
  std::string message_body;
  std::optional<std::int64_t> delay_seconds;
  std::optional<std::map<std::string, MessageAttributeValue>> message_attributes;
  std::optional<std::map<std::string, MessageSystemAttributeValue>> message_system_attributes;
  std::optional<std::string> message_deduplication_id;
  std::optional<std::string> message_group_id;

  static constexpr auto members() {
    return Members{
        member("QueueUrl", &SendMessageRequest::queue_url, {.required = true}),
        member("MessageBody", &SendMessageRequest::message_body, {.required = true}),
        member("DelaySeconds", &SendMessageRequest::delay_seconds),
        member("MessageAttributes", &SendMessageRequest::message_attributes, {.query_name = "MessageAttribute"}),
        member("MessageSystemAttributes", &SendMessageRequest::message_system_attributes,
               {.query_name = "MessageSystemAttribute"}),
        member("MessageDeduplicationId", &SendMessageRequest::message_deduplication_id),
        member("MessageGroupId", &SendMessageRequest::message_group_id)};
  }
  friend bool operator==(const SendMessageRequest&, const SendMessageRequest&) = default;
};

struct SendMessageResponse {
  std::optional<std::string> md5_of_message_body;
  std::optional<std::string> md5_of_message_attributes;
  std::optional<std::string> md5_of_message_system_attributes;
  std::optional<std::string> message_id;
  std::optional<std::string> sequence_number;

  static constexpr auto members() {
    return Members{member("MD5OfMessageBody", &SendMessageResponse::md5_of_message_body),
                   member("MD5OfMessageAttributes", &SendMessageResponse::md5_of_message_attributes),
                   member("MD5OfMessageSystemAttributes", &SendMessageResponse::md5_of_message_system_attributes),
                   member("MessageId", &SendMessageResponse::message_id),
                   member("SequenceNumber", &SendMessageResponse::sequence_number)};
  }
  friend bool operator==(const SendMessageResponse&, const SendMessageResponse&) = default;
};

struct SendMessage {
  using Request = SendMessageRequest;
  using Response = SendMessageResponse;
  static constexpr OperationInfo info = sqs_operation("SendMessage");
};

struct SendMessageBatchRequestEntry {
  std::string id;
  std::string message_body;
  std::optional<std::int64_t> delay_seconds;
  std::optional<std::map<std::string, MessageAttributeValue>> message_attributes;
  std::optional<std::map<std::string, MessageSystemAttributeValue>> message_system_attributes;
  std::optional<std::string> message_deduplication_id;
  std::optional<std::string> message_group_id;

  static constexpr auto members() {
    return Members{member("Id", &SendMessageBatchRequestEntry::id, {.required = true}),
                   member("MessageBody", &SendMessageBatchRequestEntry::message_body, {.required = true}),
                   member("DelaySeconds", &SendMessageBatchRequestEntry::delay_seconds),
                   member("MessageAttributes", &SendMessageBatchRequestEntry::message_attributes,
                          {.query_name = "MessageAttribute"}),
                   member("MessageSystemAttributes", &SendMessageBatchRequestEntry::message_system_attributes,
                          {.query_name = "MessageSystemAttribute"}),
                   member("MessageDeduplicationId", &SendMessageBatchRequestEntry::message_deduplication_id),
                   member("MessageGroupId", &SendMessageBatchRequestEntry::message_group_id)};
  }
  friend bool operator==(const SendMessageBatchRequestEntry&, const SendMessageBatchRequestEntry&) = default;
};

struct SendMessageBatchRequest {
  std::string queue_url;
  std::vector<SendMessageBatchRequestEntry> entries;

  static constexpr auto members() {
    return Members{member("QueueUrl", &SendMessageBatchRequest::queue_url, {.required = true}),
                   member("Entries", &SendMessageBatchRequest::entries,
                          {.required = true, .query_name = "SendMessageBatchRequestEntry"})};
  }
  friend bool operator==(const SendMessageBatchRequest&, const SendMessageBatchRequest&) = default;
};

struct SendMessageBatchResultEntry {
  std::string id;
  std::string message_id;
  std::string md5_of_message_body;
  std::optional<std::string> md5_of_message_attributes;
  std::optional<std::string> md5_of_message_system_attributes;
  std::optional<std::string> sequence_number;

  static constexpr auto members() {
    return Members{
        member("Id", &SendMessageBatchResultEntry::id, {.required = true}),
        member("MessageId", &SendMessageBatchResultEntry::message_id, {.required = true}),
        member("MD5OfMessageBody", &SendMessageBatchResultEntry::md5_of_message_body, {.required = true}),
        member("MD5OfMessageAttributes", &SendMessageBatchResultEntry::md5_of_message_attributes),
        member("MD5OfMessageSystemAttributes", &SendMessageBatchResultEntry::md5_of_message_system_attributes),
        member("SequenceNumber", &SendMessageBatchResultEntry::sequence_number)};
  }
  friend bool operator==(const SendMessageBatchResultEntry&, const SendMessageBatchResultEntry&) = default;
};

struct BatchResultErrorEntry {
  std::string id;
  bool sender_fault{};
  std::string code;
  std::optional<std::string> message;

  static constexpr auto members() {
    return Members{member("Id", &BatchResultErrorEntry::id, {.required = true}),
                   member("SenderFault", &BatchResultErrorEntry::sender_fault, {.required = true}),
                   member("Code", &BatchResultErrorEntry::code, {.required = true}),
                   member("Message", &BatchResultErrorEntry::message)};
  }
  friend bool operator==(const BatchResultErrorEntry&, const BatchResultErrorEntry&) = default;
};

struct SendMessageBatchResponse {
  std::optional<std::vector<SendMessageBatchResultEntry>> successful;
  std::optional<std::vector<BatchResultErrorEntry>> failed;

  static constexpr auto members() {
    return Members{
        member("Successful", &SendMessageBatchResponse::successful,
               {.required = true, .query_name = "SendMessageBatchResultEntry"}),
        member("Failed", &SendMessageBatchResponse::failed, {.required = true, .query_name = "BatchResultErrorEntry"})};
  }
  friend bool operator==(const SendMessageBatchResponse&, const SendMessageBatchResponse&) = default;
};

struct SendMessageBatch {
  using Request = SendMessageBatchRequest;
  using Response = SendMessageBatchResponse;
  static constexpr OperationInfo info = sqs_operation("SendMessageBatch");
};

struct ReceiveMessageRequest {
  std::string queue_url;
  std::optional<std::vector<std::string>> attribute_names;
  std::optional<std::vector<std::string>> message_system_attribute_names;
  std::optional<std::vector<std::string>> message_attribute_names;
  std::optional<std::int64_t> max_number_of_messages;
  std::optional<std::int64_t> visibility_timeout;
  std::optional<std::int64_t> wait_time_seconds;
  std::optional<std::string> receive_request_attempt_id;

  static constexpr auto members() {
    return Members{member("QueueUrl", &ReceiveMessageRequest::queue_url, {.required = true}),
                   member("AttributeNames", &ReceiveMessageRequest::attribute_names, {.query_name = "AttributeName"}),
                   member("MessageSystemAttributeNames", &ReceiveMessageRequest::message_system_attribute_names,
                          {.query_name = "MessageSystemAttributeName"}),
                   member("MessageAttributeNames", &ReceiveMessageRequest::message_attribute_names,
                          {.query_name = "MessageAttributeName"}),
                   member("MaxNumberOfMessages", &ReceiveMessageRequest::max_number_of_messages),
                   member("VisibilityTimeout", &ReceiveMessageRequest::visibility_timeout),
                   member("WaitTimeSeconds", &ReceiveMessageRequest::wait_time_seconds),
                   member("ReceiveRequestAttemptId", &ReceiveMessageRequest::receive_request_attempt_id)};
  }
  friend bool operator==(const ReceiveMessageRequest&, const ReceiveMessageRequest&) = default;
};

struct Message {
  std::optional<std::string> message_id;
  std::optional<std::string> receipt_handle;
  std::optional<std::string> md5_of_body;
  std::optional<std::string> body;
  std::optional<std::map<std::string, std::string>> attributes;
  std::optional<std::string> md5_of_message_attributes;
  std::optional<std::map<std::string, MessageAttributeValue>> message_attributes;

  static constexpr auto members() {
    return Members{member("MessageId", &Message::message_id),
                   member("ReceiptHandle", &Message::receipt_handle),
                   member("MD5OfBody", &Message::md5_of_body),
                   member("Body", &Message::body),
                   member("Attributes", &Message::attributes, {.query_name = "Attribute"}),
                   member("MD5OfMessageAttributes", &Message::md5_of_message_attributes),
                   member("MessageAttributes", &Message::message_attributes, {.query_name = "MessageAttribute"})};
  }
  friend bool operator==(const Message&, const Message&) = default;
};

struct ReceiveMessageResponse {
  std::optional<std::vector<Message>> messages;

  static constexpr auto members() {
    return Members{member("Messages", &ReceiveMessageResponse::messages, {.query_name = "Message"})};
  }
  friend bool operator==(const ReceiveMessageResponse&, const ReceiveMessageResponse&) = default;
};

struct ReceiveMessage {
  using Request = ReceiveMessageRequest;
  using Response = ReceiveMessageResponse;
  static constexpr OperationInfo info = sqs_operation("ReceiveMessage");
};

struct DeleteMessageRequest {
  std::string queue_url;
  std::string receipt_handle;

  static constexpr auto members() {
    return Members{member("QueueUrl", &DeleteMessageRequest::queue_url, {.required = true}),
                   member("ReceiptHandle", &DeleteMessageRequest::receipt_handle, {.required = true})};
  }
  friend bool operator==(const DeleteMessageRequest&, const DeleteMessageRequest&) = default;
};

struct DeleteMessage {
  using Request = DeleteMessageRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("DeleteMessage", false);
};

struct DeleteMessageBatchRequestEntry {
  std::string id;
  std::string receipt_handle;

  static constexpr auto members() {
    return Members{member("Id", &DeleteMessageBatchRequestEntry::id, {.required = true}),
                   member("ReceiptHandle", &DeleteMessageBatchRequestEntry::receipt_handle, {.required = true})};
  }
  friend bool operator==(const DeleteMessageBatchRequestEntry&, const DeleteMessageBatchRequestEntry&) = default;
};

struct DeleteMessageBatchRequest {
  std::string queue_url;
  std::vector<DeleteMessageBatchRequestEntry> entries;

  static constexpr auto members() {
    return Members{member("QueueUrl", &DeleteMessageBatchRequest::queue_url, {.required = true}),
                   member("Entries", &DeleteMessageBatchRequest::entries,
                          {.required = true, .query_name = "DeleteMessageBatchRequestEntry"})};
  }
  friend bool operator==(const DeleteMessageBatchRequest&, const DeleteMessageBatchRequest&) = default;
};

struct DeleteMessageBatchResultEntry {
  std::string id;

  static constexpr auto members() {
    return Members{member("Id", &DeleteMessageBatchResultEntry::id, {.required = true})};
  }
  friend bool operator==(const DeleteMessageBatchResultEntry&, const DeleteMessageBatchResultEntry&) = default;
};

struct DeleteMessageBatchResponse {
  std::optional<std::vector<DeleteMessageBatchResultEntry>> successful;
  std::optional<std::vector<BatchResultErrorEntry>> failed;

  static constexpr auto members() {
    return Members{member("Successful", &DeleteMessageBatchResponse::successful,
                          {.required = true, .query_name = "DeleteMessageBatchResultEntry"}),
                   member("Failed", &DeleteMessageBatchResponse::failed,
                          {.required = true, .query_name = "BatchResultErrorEntry"})};
  }
  friend bool operator==(const DeleteMessageBatchResponse&, const DeleteMessageBatchResponse&) = default;
};

struct DeleteMessageBatch {
  using Request = DeleteMessageBatchRequest;
  using Response = DeleteMessageBatchResponse;
  static constexpr OperationInfo info = sqs_operation("DeleteMessageBatch");
};

struct ChangeMessageVisibilityRequest {
  std::string queue_url;
  std::string receipt_handle;
  std::int64_t visibility_timeout{};

  static constexpr auto members() {
    return Members{
        member("QueueUrl", &ChangeMessageVisibilityRequest::queue_url, {.required = true}),
        member("ReceiptHandle", &ChangeMessageVisibilityRequest::receipt_handle, {.required = true}),
        member("VisibilityTimeout", &ChangeMessageVisibilityRequest::visibility_timeout, {.required = true})};
  }
  friend bool operator==(const ChangeMessageVisibilityRequest&, const ChangeMessageVisibilityRequest&) = default;
};

struct ChangeMessageVisibility {
  using Request = ChangeMessageVisibilityRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("ChangeMessageVisibility", false);
};

struct ChangeMessageVisibilityBatchRequestEntry {
  std::string id;
  std::string receipt_handle;
  std::optional<std::int64_t> visibility_timeout;

  static constexpr auto members() {
    return Members{
        member("Id", &ChangeMessageVisibilityBatchRequestEntry::id, {.required = true}),
        member("ReceiptHandle", &ChangeMessageVisibilityBatchRequestEntry::receipt_handle, {.required = true}),
        member("VisibilityTimeout", &ChangeMessageVisibilityBatchRequestEntry::visibility_timeout)};
  }
  friend bool operator==(const ChangeMessageVisibilityBatchRequestEntry&,
                         const ChangeMessageVisibilityBatchRequestEntry&) = default;
};

struct ChangeMessageVisibilityBatchRequest {
  std::string queue_url;
  std::vector<ChangeMessageVisibilityBatchRequestEntry> entries;

  static constexpr auto members() {
    return Members{member("QueueUrl", &ChangeMessageVisibilityBatchRequest::queue_url, {.required = true}),
                   member("Entries", &ChangeMessageVisibilityBatchRequest::entries,
                          {.required = true, .query_name = "ChangeMessageVisibilityBatchRequestEntry"})};
  }
  friend bool operator==(const ChangeMessageVisibilityBatchRequest&,
                         const ChangeMessageVisibilityBatchRequest&) = default;
};

struct ChangeMessageVisibilityBatchResultEntry {
  std::string id;

  static constexpr auto members() {
    return Members{member("Id", &ChangeMessageVisibilityBatchResultEntry::id, {.required = true})};
  }
  friend bool operator==(const ChangeMessageVisibilityBatchResultEntry&,
                         const ChangeMessageVisibilityBatchResultEntry&) = default;
};

struct ChangeMessageVisibilityBatchResponse {
  std::optional<std::vector<ChangeMessageVisibilityBatchResultEntry>> successful;
  std::optional<std::vector<BatchResultErrorEntry>> failed;

  static constexpr auto members() {
    return Members{member("Successful", &ChangeMessageVisibilityBatchResponse::successful,
                          {.required = true, .query_name = "ChangeMessageVisibilityBatchResultEntry"}),
                   member("Failed", &ChangeMessageVisibilityBatchResponse::failed,
                          {.required = true, .query_name = "BatchResultErrorEntry"})};
  }
  friend bool operator==(const ChangeMessageVisibilityBatchResponse&,
                         const ChangeMessageVisibilityBatchResponse&) = default;
};

struct ChangeMessageVisibilityBatch {
  using Request = ChangeMessageVisibilityBatchRequest;
  using Response = ChangeMessageVisibilityBatchResponse;
  static constexpr OperationInfo info = sqs_operation("ChangeMessageVisibilityBatch");
};

}  // namespace athanor::api
