// Archives and replays. All on the engine thread.
#pragma once

#include "api/events_archives.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::events {

Result<api::CreateArchiveResponse> create_archive(engine::Call& call, const api::CreateArchiveRequest& request);
Result<api::DescribeArchiveResponse> describe_archive(engine::Call& call, const api::DescribeArchiveRequest& request);
Result<api::ListArchivesResponse> list_archives(engine::Call& call, const api::ListArchivesRequest& request);
Result<api::UpdateArchiveResponse> update_archive(engine::Call& call, const api::UpdateArchiveRequest& request);
Result<api::DeleteArchiveResponse> delete_archive(engine::Call& call, const api::DeleteArchiveRequest& request);

Result<api::StartReplayResponse> start_replay(engine::Call& call, const api::StartReplayRequest& request);
Result<api::DescribeReplayResponse> describe_replay(engine::Call& call, const api::DescribeReplayRequest& request);
Result<api::ListReplaysResponse> list_replays(engine::Call& call, const api::ListReplaysRequest& request);
Result<api::CancelReplayResponse> cancel_replay(engine::Call& call, const api::CancelReplayRequest& request);

}  // namespace athanor::service::events
