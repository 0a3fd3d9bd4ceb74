// What a receiver says about a message it holds: done with it, or how long it stays hidden. All on the engine thread.
#pragma once

#include "api/sqs.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::sqs {

Result<api::NoResponse> delete_message(engine::Call& call, const api::DeleteMessageRequest& request);
Result<api::DeleteMessageBatchResponse> delete_message_batch(engine::Call& call,
                                                             const api::DeleteMessageBatchRequest& request);

Result<api::NoResponse> change_message_visibility(engine::Call& call,
                                                  const api::ChangeMessageVisibilityRequest& request);
// An entry without VisibilityTimeout gets the queue's. Our choice: AWS documents the member as optional, but not what
// its absence means.
Result<api::ChangeMessageVisibilityBatchResponse> change_message_visibility_batch(
    engine::Call& call, const api::ChangeMessageVisibilityBatchRequest& request);

}  // namespace athanor::service::sqs
