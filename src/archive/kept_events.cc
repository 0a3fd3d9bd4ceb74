#include "archive/kept_events.h"

#include <chrono>

#include "base/planted.h"
#include "bus/event.h"
#include "log/codec.h"

namespace athanor::archive {

bool retention_keeps(std::uint32_t retention_days, base::Time ingested, base::Time now) {
  if (retention_days == 0) return true;
  const base::Time hour_end = std::chrono::floor<std::chrono::hours>(ingested) + std::chrono::hours{1};
  return hour_end + std::chrono::days{retention_days} > now;
}

// What does not decode was damaged before its checksum was made; no archive keeps it, as it could not be replayed.
std::vector<std::uint64_t> KeptEvents::keepers_of(log::RecordType type, base::Time time,
                                                  std::string_view payload) const {
  if (type != bus::EventAccepted::kType) return {};
  auto event = log::decode<bus::EventAccepted>(payload);
  if (!event) return {};
  std::erase_if(event->archives, [&](std::uint64_t archive) { return !keeps(archive, time); });
  return std::move(event->archives);
}

bool KeptEvents::keeps(std::uint64_t archive, base::Time newest) const {
  const auto days = retention_days_.find(archive);
  const base::Duration early =
      base::planted(base::Bug::RemoveAnHourEarly) ? std::chrono::hours{1} : std::chrono::hours{0};
  return days != retention_days_.end() && retention_keeps(days->second, newest, now_ + early);
}

}  // namespace athanor::archive
