#include "service/sqs/send_message.h"

#include <fmt/format.h>

#include "auth/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/sqs/batch.h"
#include "service/sqs/digests.h"
#include "service/sqs/message_checks.h"
#include "service/sqs/queue_address.h"

namespace athanor::service::sqs {
namespace {

// From a request or an entry of a batch: both have these members.
template <class Given>
Result<PreparedMessage> prepare(Given& given, std::string_view queue_url) {
  ATHANOR_CHECK(check_body(given.message_body));
  ATHANOR_CHECK(check_delay(given.delay_seconds));
  ATHANOR_CHECK(check_id(given.message_group_id, "MessageGroupId"));
  ATHANOR_CHECK(check_id(given.message_deduplication_id, "MessageDeduplicationId"));
  ATHANOR_TRY(attributes, checked_attributes(given.message_attributes));
  ATHANOR_TRY(trace_header, checked_trace_header(given.message_system_attributes));

  PreparedMessage prepared;
  prepared.md5_of_body = md5_of_body(given.message_body);
  prepared.md5_of_attributes = md5_of_attributes(attributes);
  if (!trace_header.empty()) {
    prepared.md5_of_system_attributes = md5_of_attributes({{"AWSTraceHeader", {"String", trace_header}}});
  }
  auto& message = prepared.message;
  // Hashed here rather than on the engine thread, in case it is needed; only the queue knows whether it is.
  if (queue_url.find(".fifo") != std::string_view::npos && !given.message_deduplication_id) {
    message.body_hash = base::to_hex(auth::sha256(given.message_body));
  }
  message.body = std::move(given.message_body);
  message.attributes = std::move(attributes);
  message.trace_header = std::move(trace_header);
  if (given.delay_seconds) message.delay = std::chrono::seconds{*given.delay_seconds};
  message.group_id = given.message_group_id.value_or("");
  message.deduplication_id = given.message_deduplication_id.value_or("");
  return prepared;
}

Result<queue::SentMessage> send(engine::Call& call, const std::string& queue_arn, queue::OutgoingMessage message) {
  if (!call.disk_has_room) return disk_is_full();
  // AWS shows the user's id; ours have only their account.
  message.sender_id = call.caller.account;
  // Source: X-Ray Developer Guide, "Amazon SQS and AWS X-Ray".
  if (message.trace_header.empty() && is_trace_header(call.caller.trace_header))
    message.trace_header = call.caller.trace_header;
  return call.works.queues.send(queue_arn, std::move(message), call.now, call.journal, call.random);
}

std::optional<std::string> sequence_text(const queue::SentMessage& sent) {
  return sent.sequence ? std::optional{queue::sequence_number(*sent.sequence)} : std::nullopt;
}

}  // namespace

Result<PreparedSend> prepare_send_message(api::SendMessageRequest request) {
  ATHANOR_TRY(message, prepare(request, request.queue_url));
  return PreparedSend{std::move(request.queue_url), std::move(message)};
}

Result<api::SendMessageResponse> send_message(engine::Call& call, PreparedSend prepared) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, prepared.queue_url));
  ATHANOR_TRY(sent, send(call, arn, std::move(prepared.message.message)));
  return api::SendMessageResponse{
      .md5_of_message_body = std::move(prepared.message.md5_of_body),
      .md5_of_message_attributes = std::move(prepared.message.md5_of_attributes),
      .md5_of_message_system_attributes = std::move(prepared.message.md5_of_system_attributes),
      .message_id = sent.id.text(),
      .sequence_number = sequence_text(sent)};
}

Result<PreparedSendBatch> prepare_send_message_batch(api::SendMessageBatchRequest request) {
  ATHANOR_CHECK(check_batch(request.entries, "SendMessageBatchRequestEntry"));
  PreparedSendBatch prepared{std::move(request.queue_url), {}};
  std::size_t bytes = 0;
  for (auto& entry : request.entries) {
    bytes += entry.message_body.size();
    for (const auto& [name, value] :
         entry.message_attributes.value_or(std::map<std::string, api::MessageAttributeValue>{})) {
      bytes += name.size() + value.data_type.size() + value.string_value.value_or("").size() +
               (value.binary_value ? value.binary_value->bytes.size() : 0);
    }
    auto message = prepare(entry, prepared.queue_url);
    prepared.entries.push_back({std::move(entry.id), std::move(message)});
  }
  if (bytes > limits::kMessageBytes) {
    return Error{ErrorCode::BatchTooLong,
                 fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} bytes.",
                             limits::kMessageBytes, bytes),
                 {}};
  }
  return prepared;
}

Result<api::SendMessageBatchResponse> send_message_batch(engine::Call& call, PreparedSendBatch prepared) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, prepared.queue_url));
  if (!call.works.queues.find(arn)) return queue::queue_not_found();
  api::SendMessageBatchResponse response;
  for (auto& entry : prepared.entries) {
    if (!entry.message) {
      add(response.failed, failed_entry(std::move(entry.id), entry.message.error()));
      continue;
    }
    const auto sent = send(call, arn, std::move(entry.message->message));
    if (!sent) {
      add(response.failed, failed_entry(std::move(entry.id), sent.error()));
      continue;
    }
    add(response.successful, {.id = std::move(entry.id),
                              .message_id = sent->id.text(),
                              .md5_of_message_body = std::move(entry.message->md5_of_body),
                              .md5_of_message_attributes = std::move(entry.message->md5_of_attributes),
                              .md5_of_message_system_attributes = std::move(entry.message->md5_of_system_attributes),
                              .sequence_number = sequence_text(*sent)});
  }
  return response;
}

}  // namespace athanor::service::sqs
