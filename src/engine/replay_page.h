// A page of the log, as a replay needs it: the archive's events in the time range, in order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "archive/replay_window.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"

namespace athanor::engine {

// A compaction that may be under way. Nothing may refer to what it does not keep: the record may go at any moment.
struct Compaction {
  log::LogPosition before;
  std::shared_ptr<const log::Keepers> keepers;
};

struct ReplayPageRequest {
  log::LogPosition from;
  log::LogPosition until;
  std::uint64_t archive_number = 0;
  archive::ReplayWindow window;
  std::uint32_t retention_days = 0;  // of the archive: events past it at `now` are skipped
  base::Time now{};
  std::size_t events_max = 1;
  // What they do not keep is skipped. Once the clock was set back, they may find too old what is not so at `now`.
  std::vector<Compaction> compactions;
};

struct ReplayPage {
  std::vector<log::Record> events;  // of type EventAccepted
  log::LogPosition next;            // where the next page begins; `until` or later if there is none
};

// Reads up to `events_max` events, or a few megabytes of log. Blocks on the disk.
Result<ReplayPage> read_replay_page(const log::Log& log, const ReplayPageRequest& request);

}  // namespace athanor::engine
