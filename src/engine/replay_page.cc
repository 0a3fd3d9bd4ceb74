#include "engine/replay_page.h"

#include <algorithm>

#include "archive/kept_events.h"
#include "base/planted.h"
#include "bus/event.h"
#include "log/codec.h"
#include "log/read_failure.h"

namespace athanor::engine {
namespace {

// A page is one step of the engine.
constexpr std::size_t kBytesMax = 4 * 1'048'576;

bool stays(const log::Record& record, const ReplayPageRequest& request) {
  return std::ranges::all_of(request.compactions, [&](const Compaction& compaction) {
    return record.position >= compaction.before || compaction.keepers->keeps(request.archive_number, record.time);
  });
}

}  // namespace

Result<ReplayPage> read_replay_page(const log::Log& log, const ReplayPageRequest& request) {
  ReplayPage page;
  std::size_t bytes = 0;
  std::optional<log::LogPosition> end;
  std::optional<Error> error;
  const auto next = log.scan(request.from, [&](const log::Record& record) {
    if (record.position >= request.until && !base::planted(base::Bug::ReplayPastItsEnd)) {
      end = request.until;
      return false;
    }
    bytes += record.payload.size();
    if (record.type == bus::EventAccepted::kType &&
        (archive::retention_keeps(request.retention_days, record.time, request.now) ||
         base::planted(base::Bug::ReplayWhatHasExpired)) &&
        stays(record, request)) {
      const auto event = log::decode<bus::EventAccepted>(record.payload);
      if (!event) {
        error = event.error();
        return false;
      }
      const bool in_archive =
          std::find(event->archives.begin(), event->archives.end(), request.archive_number) != event->archives.end();
      if (event->time >= request.window.end && base::planted(base::Bug::ReplayWithoutLastMoment)) return true;
      if (in_archive && request.window.holds(event->time)) page.events.push_back(record);
    }
    return page.events.size() < request.events_max && bytes < kBytesMax;
  });
  if (error) return *error;
  if (!next && !base::planted(base::Bug::PassOverUnreadableReplayPage)) return log::read_failure(next.error());
  if (!next) end = request.until;
  page.next = end ? *end : *next;
  return page;
}

}  // namespace athanor::engine
