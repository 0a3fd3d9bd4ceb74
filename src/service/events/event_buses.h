// Buses, their policies, and the tags of buses and rules. All on the engine thread.
#pragma once

#include "api/events_buses.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::events {

Result<api::CreateEventBusResponse> create_event_bus(engine::Call& call, const api::CreateEventBusRequest& request);
Result<api::DescribeEventBusResponse> describe_event_bus(engine::Call& call,
                                                         const api::DescribeEventBusRequest& request);
Result<api::UpdateEventBusResponse> update_event_bus(engine::Call& call, const api::UpdateEventBusRequest& request);
Result<api::ListEventBusesResponse> list_event_buses(engine::Call& call, const api::ListEventBusesRequest& request);
Result<api::NoResponse> delete_event_bus(engine::Call& call, const api::DeleteEventBusRequest& request);

Result<api::NoResponse> put_permission(engine::Call& call, const api::PutPermissionRequest& request);
Result<api::NoResponse> remove_permission(engine::Call& call, const api::RemovePermissionRequest& request);

Result<api::TagResourceResponse> tag_resource(engine::Call& call, const api::TagResourceRequest& request);
Result<api::UntagResourceResponse> untag_resource(engine::Call& call, const api::UntagResourceRequest& request);
Result<api::ListTagsForResourceResponse> list_tags_for_resource(engine::Call& call,
                                                                const api::ListTagsForResourceRequest& request);

}  // namespace athanor::service::events
