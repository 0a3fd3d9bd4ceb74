// SendMessage and SendMessageBatch: checked and hashed on a network thread, decided on the engine thread.
#pragma once

#include <string>
#include <vector>

#include "api/sqs.h"
#include "base/result.h"
#include "engine/call.h"
#include "queue/queues.h"

namespace athanor::service::sqs {

// A message whose contents no queue would refuse, with the digests that go into the response.
struct PreparedMessage {
  queue::OutgoingMessage message;
  std::string md5_of_body;
  std::optional<std::string> md5_of_attributes;
  std::optional<std::string> md5_of_system_attributes;
};

struct PreparedSend {
  std::string queue_url;
  PreparedMessage message;
};

struct PreparedBatchEntry {
  std::string id;
  Result<PreparedMessage> message;  // an entry that is refused does not fail the batch
};

struct PreparedSendBatch {
  std::string queue_url;
  std::vector<PreparedBatchEntry> entries;
};

Result<PreparedSend> prepare_send_message(api::SendMessageRequest request);
Result<api::SendMessageResponse> send_message(engine::Call& call, PreparedSend prepared);

// Refuses the whole batch when it has no entries, too many, ids that are malformed or repeated, or too many bytes.
Result<PreparedSendBatch> prepare_send_message_batch(api::SendMessageBatchRequest request);
Result<api::SendMessageBatchResponse> send_message_batch(engine::Call& call, PreparedSendBatch prepared);

}  // namespace athanor::service::sqs
