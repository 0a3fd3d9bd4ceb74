// ReceiveMessage: parse the request (network thread), choose messages (engine thread, perhaps later), read their
// contents (network thread, once the receive is committed). Messages whose contents turn out to be lost are discarded
// and others received (engine thread again).
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
  std::string queue_arn;
  queue::ReceiveParameters parameters;
  std::optional<std::chrono::seconds> wait;  // else the queue's ReceiveMessageWaitTimeSeconds
  std::vector<std::string> system_attribute_names;
  std::vector<std::string> message_attribute_names;
};

using ReceivedMessages = std::vector<queue::ReceivedMessage>;

// Reads what a message carries. `origin` is empty when the record at `position` is a MessageSent. May block on the
// disk.
using ReadContent = std::function<Result<queue::MessageContent>(log::LogPosition position, std::string_view origin)>;

Result<PreparedReceive> prepare_receive_message(const engine::Caller& caller,
                                                const api::ReceiveMessageRequest& request);

// Replies at once or, when there is nothing yet and the caller waits, from Receivers::serve; in that case returns the
// id by which the wait can be cancelled when the caller disconnects. The wait is counted from `began`: `now`, unless
// earlier messages received for this caller were lost.
std::optional<queue::ReceiverId> receive_message(engine::Call& call, const PreparedReceive& prepared, base::Time began,
                                                 engine::Reply<ReceivedMessages> reply);

struct FinishedReceive {
  // No Messages when there are none. When none could be read, but might be another time, the first error.
  Result<api::ReceiveMessageResponse> response;
  std::vector<std::string> lost;  // receipt handles of messages that can never be read again, for discard_lost

  bool is_empty() const { return response && !response->messages; }
};
// A message whose content cannot be read is left out. Unless it is lost, it will be received again, together with those
// after it in its group of a FIFO queue.
FinishedReceive finish_receive_message(const PreparedReceive& prepared, const ReceivedMessages& received,
                                       const ReadContent& read);

// Deletes the lost messages that are still there, and counts them. Returns what to tell the operator, once for each
// queue and run of the server.
std::optional<std::string> discard_lost(engine::Call& call, const PreparedReceive& prepared,
                                        const std::vector<std::string>& receipt_handles);

}  // namespace athanor::service::sqs
