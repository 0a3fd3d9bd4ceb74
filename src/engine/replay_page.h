// A page of the log, as a replay needs it: the archive's events in the time range, in order.
#pragma once

#include <cstdint>
#include <vector>

#include "archive/replay_window.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"

namespace athanor::engine {

struct ReplayPageRequest {
  log::LogPosition from;
  log::LogPosition until;
  std::uint64_t archive_number = 0;
  archive::ReplayWindow window;
  std::uint32_t retention_days = 0;  // of the archive: events past it at `now` are skipped
  base::Time now{};
  std::size_t events_max = 1;
};

struct ReplayPage {
  std::vector<log::Record> events;  // of type EventAccepted
  log::LogPosition next;            // where the next page begins; `until` or later if there is none
};

// Reads up to `events_max` events, or a few megabytes of log. Blocks on the disk.
Result<ReplayPage> read_replay_page(const log::Log& log, const ReplayPageRequest& request);

}  // namespace athanor::engine
