#include "engine/replay_steps.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "archive/archives.h"
#include "archive/replays.h"
#include "base/assert.h"
#include "base/planted.h"
#include "base/text.h"
#include "bus/rule_book.h"
#include "delivery/dispatcher.h"
#include "engine/records.h"
#include "log/codec.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

// Bytes of deliveries in one record of a replay, plus one more delivery: far below what a record may have.
constexpr std::size_t kReplayedBytesPerRecord = 1'048'576;
// ... and in one step, plus those of one more event: far below what may wait to be written.
constexpr std::size_t kReplayedBytesPerStep = 4 * 1'048'576;

// Its bytes in a record, at most.
std::size_t bytes_of(const delivery::ReplayedDelivery& delivery) {
  constexpr std::size_t kNumbersAndLengths = 64;
  return kNumbersAndLengths + delivery.target_id.size() + delivery.message_group_id.size() +
         delivery.deduplication_id.size() + delivery.error.size();
}

// Writes one step of a replay in records of moderate size.
class StepWriter {
 public:
  StepWriter(log::Journal& journal, const archive::ReplayStarted& replay, std::size_t deliveries_max)
      : journal_(journal), replay_(replay), deliveries_max_(deliveries_max) {
    begin_record();
  }

  bool has_enough() const { return bytes_ >= kReplayedBytesPerStep || deliveries_ >= deliveries_max_; }

  void add(log::LogPosition event, delivery::ReplayedDelivery delivery) {
    // Even in the middle of an event: after a crash before its last record it is delivered from the beginning again.
    if (record_bytes_ >= kReplayedBytesPerRecord) end_record(event);
    record_bytes_ += bytes_of(delivery);
    bytes_ += bytes_of(delivery);
    ++deliveries_;
    record_.replayed.deliveries.push_back(std::move(delivery));
  }

  void count_event(base::Time time) {
    ++record_.advanced.events;
    record_.advanced.last_event_time = std::max(record_.advanced.last_event_time, time);
  }

  // `next`: where the replay continues.
  void end_record(log::LogPosition next) {
    record_.advanced.next = next;
    if (base::planted(base::Bug::TearReplayPage)) {
      journal_.write(record_.replayed);
      journal_.write(record_.advanced);
    } else {
      journal_.write(record_);
    }
    begin_record();
  }

 private:
  void begin_record() {
    record_ = {{replay_.name, {}}, {.arn = replay_.arn}};
    record_bytes_ = 0;
  }

  log::Journal& journal_;
  const archive::ReplayStarted& replay_;
  const std::size_t deliveries_max_;
  ReplayPageTaken record_;
  std::size_t record_bytes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t deliveries_ = 0;
};

// The rules of the bus that match the event now, limited to those the replay is for: those with these ARNs, or all if
// none are given.
std::vector<std::uint64_t> rules_for(const bus::RuleBook& rules, const archive::ReplayStarted& replay,
                                     const std::unordered_set<std::string_view>& arns,
                                     const bus::EventAccepted& event) {
  const std::string time = base::to_iso8601(event.time);
  std::vector<std::uint64_t> matched = rules.match(replay.destination_arn, bus::envelope_of(event, time, replay.name));
  if (arns.empty()) return matched;
  std::erase_if(matched, [&](std::uint64_t number) { return !arns.contains(rules.find_rule(number)->put.arn); });
  return matched;
}

}  // namespace

std::vector<ReplaySteps::Reading> ReplaySteps::step(Call& call) {
  using archive::ReplayState;
  std::vector<Reading> readings;
  for (const archive::Replay* replay : call.works.replays.active()) {
    const std::string arn = replay->start.arn;
    if (being_read_.contains(arn)) continue;
    const auto change_to = [&](ReplayState state, std::string reason) {
      call.journal.write(archive::ReplayStateChanged{arn, state, std::move(reason)});
    };
    if (replay->state == ReplayState::Cancelling) {
      change_to(ReplayState::Cancelled, {});
      continue;
    }
    const archive::Archive* archive = call.works.archives.find(replay->start.archive_arn);
    if (archive == nullptr || archive->put.number != replay->start.archive_number) {
      change_to(ReplayState::Failed, "The archive was deleted while it was replayed.");
      continue;
    }
    if (call.works.rules.find_bus(replay->start.destination_arn) == nullptr) {
      change_to(ReplayState::Failed, "The event bus was deleted amid the replay.");
      continue;
    }
    if (replay->next >= replay->start.until) {
      change_to(ReplayState::Completed, {});
      continue;
    }
    // Each event of a replay takes room, on the disk and among what waits: the replay goes on when there is some.
    if (!call.disk_has_room || call.works.deliveries.is_full()) continue;
    being_read_.insert(arn);
    readings.push_back({arn,
                        {.from = replay->next,
                         .until = replay->start.until,
                         .archive_number = replay->start.archive_number,
                         .window = {replay->start.event_start, replay->start.event_end},
                         .retention_days = archive->put.retention_days,
                         .now = call.now,
                         .events_max = page_events_}});
  }
  return readings;
}

void ReplaySteps::take(Call& call, const Reading& reading, const Result<ReplayPage>& page) {
  being_read_.erase(reading.replay_arn);
  const archive::Replay* replay = call.works.replays.find(reading.replay_arn);
  if (replay == nullptr || replay->state == archive::ReplayState::Cancelling) return;
  // Another replay of the same name, started after this one was deleted.
  if (replay->start.until != reading.request.until) return;
  if (!page) {
    call.journal.write(
        archive::ReplayStateChanged{reading.replay_arn, archive::ReplayState::Failed, page.error().message});
    return;
  }
  const archive::ReplayStarted start = replay->start;  // records change what `replay` points to
  const std::unordered_set<std::string_view> arns{start.filter_arns.begin(), start.filter_arns.end()};
  StepWriter step{call.journal, start, step_max_};
  for (const log::Record& stored : page->events) {
    const bool skips = base::planted(base::Bug::SkipRestOfReplayPage);
    // The next step reads it again.
    if (step.has_enough()) return step.end_record(skips ? page->next : stored.position);
    const auto event = log::decode<bus::EventAccepted>(stored.payload);
    ATHANOR_ASSERT(event.has_value());
    const auto rules = rules_for(call.works.rules, start, arns, *event);
    for (auto& delivery : call.works.deliveries.plan_replay(*event, stored.position, call.now, rules, start.name))
      step.add(stored.position, std::move(delivery));
    step.count_event(event->time);
    call.works.counters.get("athanor_events_replayed_total").add();
  }
  step.end_record(page->next);
}

std::optional<log::LogPosition> ReplaySteps::oldest_being_read(const archive::Replays& replays) const {
  std::optional<log::LogPosition> oldest;
  for (const std::string& arn : being_read_) {
    const archive::Replay* replay = replays.find(arn);
    if (replay != nullptr && (!oldest || replay->next < *oldest)) oldest = replay->next;
  }
  return oldest;
}

}  // namespace athanor::engine
