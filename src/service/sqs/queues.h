// The operations on queues themselves: create, find, describe, change, tag, purge, delete. All on the engine thread.
#pragma once

#include "api/sqs.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::sqs {

Result<api::CreateQueueResponse> create_queue(engine::Call& call, const api::CreateQueueRequest& request);
Result<api::GetQueueUrlResponse> get_queue_url(engine::Call& call, const api::GetQueueUrlRequest& request);
// Pages only when MaxResults is given; otherwise the first 1,000, as documented. No QueueUrls when there are none.
Result<api::ListQueuesResponse> list_queues(engine::Call& call, const api::ListQueuesRequest& request);
Result<api::ListDeadLetterSourceQueuesResponse> list_dead_letter_source_queues(
    engine::Call& call, const api::ListDeadLetterSourceQueuesRequest& request);
Result<api::NoResponse> purge_queue(engine::Call& call, const api::PurgeQueueRequest& request);
Result<api::NoResponse> delete_queue(engine::Call& call, const api::DeleteQueueRequest& request);

// No attributes when no names are given; ["All"] gives all that have a value.
Result<api::GetQueueAttributesResponse> get_queue_attributes(engine::Call& call,
                                                             const api::GetQueueAttributesRequest& request);
Result<api::NoResponse> set_queue_attributes(engine::Call& call, const api::SetQueueAttributesRequest& request);

Result<api::NoResponse> tag_queue(engine::Call& call, const api::TagQueueRequest& request);
Result<api::NoResponse> untag_queue(engine::Call& call, const api::UntagQueueRequest& request);
Result<api::ListQueueTagsResponse> list_queue_tags(engine::Call& call, const api::ListQueueTagsRequest& request);

}  // namespace athanor::service::sqs
