#include "alchemiser/run/progress_queue.h"

#include <algorithm>

#include "api/sqs.h"
#include "base/text.h"

namespace athanor::alchemiser {
namespace {

// Source: SQS API Reference, ReceiveMessage.
constexpr std::int64_t kMessagesMax = 10;
constexpr std::int64_t kWaitSecondsMax = 20;

Result<std::string> url_of(sdk::AwsClient& client, const std::string& name) {
  ATHANOR_TRY(response,
              client.call<api::GetQueueUrl>({.queue_name = name, .queue_owner_aws_account_id = std::nullopt}));
  return response.queue_url.value_or("");
}

}  // namespace

Result<SqsProgressQueue> SqsProgressQueue::find(sdk::AwsClient& client, const std::string& name) {
  ATHANOR_TRY(url, url_of(client, name));
  return SqsProgressQueue{client, url};
}

Result<std::vector<ProgressQueue::Message>> SqsProgressQueue::receive(base::Duration wait) {
  api::ReceiveMessageRequest request;
  request.queue_url = url_;
  request.max_number_of_messages = kMessagesMax;
  request.wait_time_seconds =
      std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 0, kWaitSecondsMax);
  ATHANOR_TRY(response, client_->call<api::ReceiveMessage>(request));
  std::vector<Message> messages;
  for (auto& message : response.messages.value_or(std::vector<api::Message>{})) {
    messages.push_back({message.body.value_or(""), message.receipt_handle.value_or("")});
  }
  return messages;
}

Result<void> SqsProgressQueue::forget(const std::vector<Message>& messages) {
  if (messages.empty()) return {};
  api::DeleteMessageBatchRequest request;
  request.queue_url = url_;
  for (const auto& message : messages) {
    request.entries.push_back({.id = std::to_string(request.entries.size()), .receipt_handle = message.receipt_handle});
  }
  // An entry that could not be deleted arrives again, and is already known.
  ATHANOR_CHECK(client_->call<api::DeleteMessageBatch>(request));
  return {};
}

Result<std::int64_t> count_messages(sdk::AwsClient& client, const std::string& queue_name) {
  ATHANOR_TRY(url, url_of(client, queue_name));
  constexpr const char* kCount = "ApproximateNumberOfMessages";
  ATHANOR_TRY(response, client.call<api::GetQueueAttributes>({.queue_url = url, .attribute_names = {{kCount}}}));
  const auto attributes = response.attributes.value_or(std::map<std::string, std::string>{});
  const auto found = attributes.find(kCount);
  const auto count = found == attributes.end() ? std::nullopt : base::to_int(found->second);
  if (!count)
    return Error{ErrorCode::Internal, "The queue " + queue_name + " did not report how many messages it has.", {}};
  return *count;
}

}  // namespace athanor::alchemiser
