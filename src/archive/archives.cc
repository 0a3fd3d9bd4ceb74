#include "archive/archives.h"

#include <algorithm>

#include "base/assert.h"
#include "base/planted.h"
#include "base/prefix.h"
#include "log/codec.h"

namespace athanor::archive {
namespace {

// A pattern that every event matches, for an archive that has none.
constexpr std::string_view kEverything = R"({"source":[{"prefix":""}]})";

pattern::EventPattern pattern_of(const ArchivePut& archive) {
  auto parsed = pattern::parse_event_pattern(archive.event_pattern.empty() ? kEverything : archive.event_pattern);
  ATHANOR_ASSERT(parsed.has_value());  // CreateArchive parsed it before it wrote the record
  return *std::move(parsed);
}

std::int64_t bucket_of(base::Time time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

// Hours are remembered for so long after they have expired, counted in hours in which events came: by a clock that is
// ahead they expire too early, and are kept again once it is set back. Our choice.
constexpr std::uint64_t kDaysRemembered = 7;

// Drops the hours that have expired and need no longer be remembered.
void drop_forgotten(Archive& archive, base::Time now) {
  const std::uint64_t hours_max = 24 * (archive.put.retention_days + kDaysRemembered);
  const auto is_expired = [&](const auto& oldest) {
    return !archive.keeps(base::Time{std::chrono::hours{oldest.first}}, now);
  };
  while (archive.buckets.size() > hours_max && is_expired(*archive.buckets.begin()))
    archive.buckets.erase(archive.buckets.begin());
}

// Drops the hours that have expired; no later change of the retention brings them back.
void drop_expired(Archive& archive, base::Time now) {
  std::erase_if(archive.buckets,
                [&](const auto& bucket) { return !archive.keeps(base::Time{std::chrono::hours{bucket.first}}, now); });
}

// Over the hours that have not expired.
std::uint64_t sum_of(std::uint64_t Bucket::* number, const Archive& archive, base::Time now) {
  std::uint64_t sum = 0;
  for (const auto& [hour, bucket] : archive.buckets) {
    if (archive.keeps(base::Time{std::chrono::hours{hour}}, now)) sum += bucket.*number;
  }
  return sum;
}

struct SavedArchive {
  ArchivePut put;
  std::vector<std::int64_t> hours;
  std::vector<Bucket> buckets;
  static constexpr auto members() {
    return Members{member("put", &SavedArchive::put), member("hours", &SavedArchive::hours),
                   member("buckets", &SavedArchive::buckets)};
  }
};
struct Saved {
  std::vector<SavedArchive> archives;
  std::uint64_t next_number = 1;
  static constexpr auto members() {
    return Members{member("archives", &Saved::archives), member("next_number", &Saved::next_number)};
  }
};

}  // namespace

bool Archive::keeps(base::Time ingested, base::Time now) const {
  return retention_keeps(put.retention_days, ingested, now);
}

std::uint64_t Archive::events(base::Time now) const { return sum_of(&Bucket::events, *this, now); }
std::uint64_t Archive::bytes(base::Time now) const { return sum_of(&Bucket::bytes, *this, now); }

std::uint64_t archived_bytes(const bus::EventAccepted& event) {
  return event.detail.size() + event.source.size() + event.detail_type.size() + 20;
}

const Archive* Archives::find(std::string_view arn) const {
  const auto it = archives_.find(arn);
  return it == archives_.end() ? nullptr : &it->second;
}

std::vector<const Archive*> Archives::list(std::string_view prefix) const {
  return base::values_with_prefix(archives_, prefix);
}

std::vector<std::uint64_t> Archives::match(std::string_view bus_arn, const pattern::Envelope& event,
                                           std::uint64_t* given_up) const {
  const auto it = matchers_.find(bus_arn);
  return it == matchers_.end() ? std::vector<std::uint64_t>{} : it->second.match(event, given_up);
}

void Archives::apply(const ArchivePut& record, log::LogPosition, base::Time time) {
  const auto [it, is_new] = archives_.try_emplace(record.arn);
  Archive& archive = it->second;
  pattern::RuleSet& matcher = matchers_[record.bus_arn];
  if (!is_new) {
    drop_expired(archive, time);  // under the previous retention
    matcher.remove(archive.put.number, pattern_of(archive.put));
  }
  archive.put = record;
  by_number_[record.number] = &archive;
  next_number_ = std::max(next_number_, record.number + 1);
  matcher.put(record.number, pattern_of(record));
}

void Archives::apply(const ArchiveDeleted& record, log::LogPosition, base::Time) {
  const auto it = archives_.find(record.arn);
  ATHANOR_ASSERT(it != archives_.end());
  const auto matcher = matchers_.find(it->second.put.bus_arn);
  matcher->second.remove(it->second.put.number, pattern_of(it->second.put));
  if (matcher->second.size() == 0) matchers_.erase(matcher);
  by_number_.erase(it->second.put.number);
  archives_.erase(it);
}

void Archives::apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time) {
  for (const std::uint64_t number : event.archives) {
    const auto it = by_number_.find(number);
    if (it == by_number_.end()) continue;
    Archive& archive = *it->second;
    const auto [entry, is_new] = archive.buckets.try_emplace(bucket_of(time));
    Bucket& bucket = entry->second;
    if (is_new) {
      bucket.first = position;
      bucket.event_time_min = bucket.event_time_max = event.time;
      drop_forgotten(archive, time);
    }
    ++bucket.events;
    bucket.bytes += archived_bytes(event);
    bucket.last = position;
    bucket.event_time_min = std::min(bucket.event_time_min, event.time);
    bucket.event_time_max = std::max(bucket.event_time_max, event.time);
  }
}

void Archives::save(std::string& out) const {
  Saved saved{.next_number = next_number_};
  for (const auto& [arn, archive] : archives_) {
    SavedArchive& one = saved.archives.emplace_back(SavedArchive{archive.put, {}, {}});
    for (const auto& [hour, bucket] : archive.buckets) {
      one.hours.push_back(hour);
      one.buckets.push_back(bucket);
    }
  }
  log::codec::put_struct(out, saved);
}

Result<void> Archives::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (const SavedArchive& one : saved.archives) {
    apply(one.put, {}, {});
    for (std::size_t i = 0; i < one.hours.size() && i < one.buckets.size(); ++i) {
      archives_[one.put.arn].buckets[one.hours[i]] = one.buckets[i];
    }
  }
  next_number_ = saved.next_number;
  return {};
}

std::optional<log::LogPosition> Archives::oldest_position_needed(base::Time now) const {
  std::optional<log::LogPosition> oldest;
  for (const auto& [arn, archive] : archives_) {
    for (const auto& [hour, bucket] : archive.buckets) {
      if (!archive.keeps(base::Time{std::chrono::hours{hour}}, now)) continue;
      // Every hour is checked: after the clock was set back, an earlier one may begin at a later position.
      if (!oldest || bucket.first < *oldest) oldest = bucket.first;
      if (base::planted(base::Bug::ForgetHoursBeforeClockWasSetBack)) break;
    }
  }
  return oldest;
}

std::uint64_t Archives::events(base::Time now) const {
  std::uint64_t sum = 0;
  for (const auto& [arn, archive] : archives_) sum += archive.events(now);
  return sum;
}

std::shared_ptr<const log::Keepers> Archives::kept(base::Time now) const {
  if (by_number_.empty()) return nullptr;
  std::map<std::uint64_t, std::uint32_t> retention_days;
  for (const auto& [number, archive] : by_number_) retention_days[number] = archive->put.retention_days;
  return std::make_shared<KeptEvents>(std::move(retention_days), now);
}

}  // namespace athanor::archive
