// The archives: what each keeps, since when, and how much it holds. A work.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/kept_events.h"
#include "archive/records.h"
#include "base/result.h"
#include "bus/event.h"
#include "pattern/rule_set.h"

namespace athanor::archive {

// The events that came in one hour: enough for counts, for retention, and to find where a time range begins in the log.
struct Bucket {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  log::LogPosition first;
  log::LogPosition last;  // in snapshots, but nothing reads it: a replay could end here rather than at the log's end
  base::Time event_time_min{};
  base::Time event_time_max{};

  static constexpr auto members() {
    using B = Bucket;
    return Members{member("events", &B::events),
                   member("bytes", &B::bytes),
                   member("first", &B::first),
                   member("last", &B::last),
                   member("event_time_min", &B::event_time_min),
                   member("event_time_max", &B::event_time_max)};
  }
};

struct Archive {
  ArchivePut put;
  // By the hour of ingestion since 1970; some have expired.
  std::map<std::int64_t, Bucket> buckets;

  // What is held at `now`: expired hours do not count. Events expire a whole hour at a time.
  std::uint64_t events(base::Time now) const;
  std::uint64_t bytes(base::Time now) const;
  // Whether an event that came at `ingested` is still kept at `now`.
  bool keeps(base::Time ingested, base::Time now) const;
};

// The size that AWS counts for an event: detail, source and detail-type, and 20 for its time. Source: answers of AWS.
std::uint64_t archived_bytes(const bus::EventAccepted& event);

class Archives {
 public:
  const Archive* find(std::string_view arn) const;
  std::vector<const Archive*> list(std::string_view prefix) const;
  std::uint64_t next_number() const { return next_number_; }

  // Numbers of the bus's archives whose pattern the event matches.
  std::vector<std::uint64_t> match(std::string_view bus_arn, const pattern::Envelope& event,
                                   std::uint64_t* given_up = nullptr) const;

  void apply(const ArchivePut& record, log::LogPosition, base::Time);
  void apply(const ArchiveDeleted& record, log::LogPosition, base::Time);
  void apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);
  std::optional<log::LogPosition> oldest_position_needed(base::Time now) const;
  // What is kept at `now`; null when there is no archive.
  std::shared_ptr<const log::Keepers> kept(base::Time now) const;
  // Over all archives; an event counts once for each that holds it.
  std::uint64_t events(base::Time now) const;

 private:
  std::map<std::string, Archive, std::less<>> archives_;
  std::unordered_map<std::uint64_t, Archive*> by_number_;
  std::map<std::string, pattern::RuleSet, std::less<>> matchers_;  // by bus
  std::uint64_t next_number_ = 1;
};

}  // namespace athanor::archive
