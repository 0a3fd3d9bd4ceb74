// ReceiveMessage: what is wanted (network thread), which messages (engine thread, perhaps later), their contents
// (network thread, when the receive is committed).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/sqs.h"
#include "base/result.h"
#include "engine/call.h"
#include "log/log.h"
#include "queue/content.h"
#include "queue/queues.h"
#include "queue/receivers.h"

namespace athanor::service::sqs {

struct PreparedReceive {
  std::string queue_url;
  queue::ReceiveParameters parameters;
  std::optional<std::chrono::seconds> wait;  // else the queue's ReceiveMessageWaitTimeSeconds
  std::vector<std::string> system_attribute_names;
  std::vector<std::string> message_attribute_names;
};

using ReceivedMessages = std::vector<queue::ReceivedMessage>;

// Reads what a message carries. `origin` is empty when the record at `position` is a MessageSent. May block on the
// disk.
using ReadContent = std::function<Result<queue::MessageContent>(log::LogPosition position, std::string_view origin)>;

Result<PreparedReceive> prepare_receive_message(const api::ReceiveMessageRequest& request);

// Replies at once, or, when there is nothing yet and the caller waits, from Receivers::serve; then the id is returned,
// by which the wait can be cancelled when the caller has gone.
std::optional<queue::ReceiverId> receive_message(engine::Call& call, const PreparedReceive& prepared,
                                                 engine::Reply<ReceivedMessages> reply);

// No Messages when none were received. A message whose content cannot be read is left out, and will be received again,
// together with those behind it in its group of a FIFO queue, unless it is Corrupt and so lost for good. When nothing
// is left, the first error is the answer.
Result<api::ReceiveMessageResponse> finish_receive_message(const PreparedReceive& prepared,
                                                           const ReceivedMessages& received, const ReadContent& read);

}  // namespace athanor::service::sqs
