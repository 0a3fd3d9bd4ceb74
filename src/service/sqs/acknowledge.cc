#include "service/sqs/acknowledge.h"

#include <chrono>

#include "queue/queues.h"
#include "service/sqs/batch.h"
#include "service/sqs/queue_address.h"

namespace athanor::service::sqs {

Result<api::NoResponse> delete_message(engine::Call& call, const api::DeleteMessageRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  ATHANOR_CHECK(call.works.queues.delete_message(arn, request.receipt_handle, call.now, call.journal));
  return api::NoResponse{};
}

Result<api::DeleteMessageBatchResponse> delete_message_batch(engine::Call& call,
                                                             const api::DeleteMessageBatchRequest& request) {
  ATHANOR_CHECK(check_batch(request.entries, "DeleteMessageBatchRequestEntry"));
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  if (!call.works.queues.find(arn)) return queue::queue_not_found();
  api::DeleteMessageBatchResponse response;
  for (const auto& entry : request.entries) {
    const auto deleted = call.works.queues.delete_message(arn, entry.receipt_handle, call.now, call.journal);
    if (deleted) {
      add(response.successful, {entry.id});
    } else {
      add(response.failed, failed_entry(entry.id, deleted.error()));
    }
  }
  return response;
}

Result<api::NoResponse> change_message_visibility(engine::Call& call,
                                                  const api::ChangeMessageVisibilityRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  ATHANOR_CHECK(call.works.queues.change_visibility(
      arn, request.receipt_handle, std::chrono::seconds{request.visibility_timeout}, call.now, call.journal));
  return api::NoResponse{};
}

Result<api::ChangeMessageVisibilityBatchResponse> change_message_visibility_batch(
    engine::Call& call, const api::ChangeMessageVisibilityBatchRequest& request) {
  ATHANOR_CHECK(check_batch(request.entries, "ChangeMessageVisibilityBatchRequestEntry"));
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  const queue::Queue* const queue = call.works.queues.find(arn);
  if (!queue) return queue::queue_not_found();
  api::ChangeMessageVisibilityBatchResponse response;
  for (const auto& entry : request.entries) {
    const auto timeout = entry.visibility_timeout ? std::chrono::seconds{*entry.visibility_timeout}
                                                  : queue->attributes.visibility_timeout;
    const auto changed =
        call.works.queues.change_visibility(arn, entry.receipt_handle, timeout, call.now, call.journal);
    if (changed) {
      add(response.successful, {entry.id});
    } else {
      add(response.failed, failed_entry(entry.id, changed.error()));
    }
  }
  return response;
}

}  // namespace athanor::service::sqs
