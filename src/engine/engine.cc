#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/planted.h"
#include "bus/event_id.h"
#include "engine/contents.h"
#include "engine/records.h"
#include "engine/snapshot_distance.h"
#include "engine/state.h"

namespace athanor::engine {
namespace {

// On a full disk, snapshots are what frees files, so they are taken as soon as there is something new, but no more
// often than this. After each one that found no room the wait doubles, up to a minute: commits wait for a snapshot, and
// what is consumed in between makes the next one smaller.
constexpr base::Duration kLookForRoomEvery = std::chrono::seconds{1};
constexpr int kLookForRoomDoublings = 6;

// Whether the log refused just this record, and takes others.
bool is_of_the_record(const Error& error) {
  return error.code == ErrorCode::RequestTooLarge || error.code == ErrorCode::Throttled;
}

// Names the file as docs/formats/snapshot.md does: the checksum is right, so the log itself finds nothing wrong with
// it.
Error no_state(log::LogPosition position, const Error& why) {
  return corrupt(
      fmt::format("snapshot-{:016x} is undamaged, but holds no state that this version can read.", position.value),
      why.detail.empty() ? why.message : why.detail);
}

}  // namespace

Engine::Engine(log::Log& log, const base::Clock& clock, World& world, observe::Counters& counters, Settings settings)
    : log_(log),
      clock_(clock),
      world_(world),
      random_(settings.seed),
      settings_(settings),
      state_(std::make_unique<State>(counters, settings.processes_max, settings.waiting_per_function_max,
                                     settings.waiting_deliveries_max, settings.step_max)),
      works_(state_->works()),
      replay_steps_(settings.replay_page_events, settings.step_max) {}

Engine::~Engine() = default;

Result<void> Engine::recover() {
  ATHANOR_TRY(snapshot, log_.load_snapshot());
  log::LogPosition from;
  if (snapshot) {
    if (const auto loaded = state_->load(snapshot->state); !loaded) return no_state(snapshot->position, loaded.error());
    from = snapshot->position;
  }
  // The snapshot does not say when it was taken, so nothing counts as too old yet.
  needed_by_last_saved_ = {log::LogPosition{0}, whole_from(from), state_->archives.kept(base::Time{})};
  std::optional<Error> error;
  ATHANOR_CHECK(log_.scan(from, [&](const log::Record& record) {
    if (snapshot && record.position == from && base::planted(base::Bug::SkipRecordAfterSnapshot)) return true;
    if (auto applied = state_->apply(record.type, record.payload, record.position, record.time); !applied)
      error = applied.error();
    state_->queues.free_removed();
    return !error;
  }));
  if (error) return *error;
  snapshot_at_ = last_saved_ = from;
  snapshot_bytes_ = snapshot ? snapshot->state.size() : 0;
  now_ = clock_.now();
  // What was counted while reading had been counted before.
  state_->counters.reset();
  return {};
}

Call Engine::call(const Caller& caller) {
  now_ = clock_.now();
  refusal_.reset();
  return {caller, now_, random_, *this, works_, log_.has_room()};
}

void Engine::execute(const Caller& caller, std::move_only_function<void(Call&)> decision) {
  Call context = call(caller);
  decision(context);
}

log::LogPosition Engine::next_position() const { return log_.end(); }

log::LogPosition Engine::write_encoded(log::RecordType type, std::string_view payload, const void* record) {
  if (refusal_) return log_.end();
  const auto appended = log_.append(type, now_, payload);
  if (!appended && is_of_the_record(appended.error())) {
    refusal_ = appended.error();
    state_->counters.get("athanor_records_refused_total").add();
    return log_.end();
  }
  // A stopped log acknowledges nothing more; the state goes on, seen by nobody, for the short time until the process
  // ends.
  const log::LogPosition position = appended ? *appended : log_.end();
  if (!appended && !stopped_) stopped_ = appended.error();
  state_->apply_written(type, record, position, now_);
  if (type == bus::EventAccepted::kType) {
    event_came_ = true;
    last_event_ = position;
  }
  if (type == function::FunctionPut::kType) retire_function(static_cast<const function::FunctionPut*>(record)->arn);
  if (type == function::FunctionDeleted::kType)
    retire_function(static_cast<const function::FunctionDeleted*>(record)->arn);
  return position;
}

void Engine::retire_function(std::string arn) {
  when_committed([this, arn = std::move(arn)](bool durable) {
    if (durable) world_.retire_function(arn);
  });
}

void Engine::when_committed(std::move_only_function<void(bool)> act) {
  if (stopped_) {
    act(false);
  } else if (base::planted(base::Bug::AnswerBeforeCommit) || (held_.empty() && log_.commit_position() >= log_.end())) {
    act(true);
  } else {
    held_.push_back({log_.end(), std::move(act)});
  }
}

void Engine::on_commit() {
  if (stopped_) {
    on_log_stopped(*stopped_);
    return;
  }
  const log::LogPosition committed = log_.commit_position();
  while (!held_.empty() && held_.front().position <= committed) {
    auto act = std::move(held_.front().act);
    held_.pop_front();
    act(true);
  }
}

void Engine::on_log_stopped(const Error& error) {
  if (!stopped_) stopped_ = error;
  while (!held_.empty()) {
    auto act = std::move(held_.front().act);
    held_.pop_front();
    act(false);
  }
}

void Engine::tick() {
  if (stopped_) return;
  Call context = call(ourselves_);
  state_->deliveries.retry_what_is_due(*this, now_);
  state_->queues.expire(now_, *this);
  state_->queues.free_removed();
  run_schedules(context);
  state_->receivers.serve(state_->queues, now_, *this);
  start_functions(context);
  step_replays(context);
  tell_those_who_wait_for_events();
}

bool Engine::wait_for_event(log::LogPosition from, base::Time deadline, std::move_only_function<void()> act) {
  if (has_ended_long_polls_) return false;
  // The caller has read before waiting: an event that came in between has already been announced.
  if (!stopped_ && last_event_ >= from)
    when_committed([act = std::move(act)](bool) mutable { act(); });
  else
    waiting_for_event_.emplace(deadline, std::move(act));
  return true;
}

void Engine::end_long_polls() {
  has_ended_long_polls_ = true;
  state_->receivers.close(state_->queues);
  for (auto& [deadline, act] : std::exchange(waiting_for_event_, {})) act();
}

void Engine::tell_those_who_wait_for_events() {
  const auto tell = [&](auto from, auto to) {
    for (auto it = from; it != to; it = waiting_for_event_.erase(it)) {
      when_committed([act = std::move(it->second)](bool) mutable { act(); });
    }
  };
  if (std::exchange(event_came_, false)) return tell(waiting_for_event_.begin(), waiting_for_event_.end());
  tell(waiting_for_event_.begin(), waiting_for_event_.upper_bound(now_));
  tell(waiting_for_event_.upper_bound(now_ + kEventWaitMax), waiting_for_event_.end());
}

std::optional<base::Time> Engine::next_due() const {
  if (stopped_) return std::nullopt;
  const base::Time now = clock_.now();
  if (state_->queues.has_removed()) return now;
  std::optional<base::Time> next;
  if (!waiting_for_event_.empty()) next = waiting_for_event_.begin()->first;
  for (const auto& due :
       {state_->deliveries.next_due(), state_->queues.next_expiry(), state_->queues.next_change(now),
        state_->receivers.next_deadline(), state_->invocations.next_due(now), state_->schedules.next_due(now)}) {
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Engine::run_schedules(Call& context) {
  for (const schedule::Run& run : state_->schedules.due(now_)) {
    const std::string id = bus::make_event_id(log_.end(), random_);
    const bus::EventAccepted event = schedule::scheduled_event(run, id);
    const bool has_place = context.disk_has_room && !state_->deliveries.is_full_for(event.rules);
    if (has_place) write(event);
    if (has_place && !refusal_)
      state_->counters.get("athanor_scheduled_events_total").add();
    else
      state_->schedules.hold(run.rule.arn, now_);
  }
}

void Engine::start_functions(Call& context) {
  for (function::Attempt& attempt : state_->invocations.start_due(context.now, context.journal)) {
    function::Start start{.request_id = attempt.request_id, .function = std::move(attempt.function)};
    start.done = [this, request_id = attempt.request_id, arn = start.function.arn](function::Outcome outcome) {
      world_.post([this, request_id, arn, outcome = std::move(outcome)](Call& ending) {
        // An attempt that found no process does not count, and is made again.
        if (outcome.kind != function::OutcomeKind::Refused)
          state_->counter("athanor_function_invocations_total", arn).add();
        state_->invocations.finished(request_id, outcome, ending.now, *this);
      });
    };
    start.payload = [this, position = attempt.position, origin = attempt.origin] {
      return read_payload(log_, position, origin ? std::string_view{*origin} : std::string_view{});
    };
    if (base::planted(base::Bug::StartFunctionBeforeCommit)) {
      world_.start_function(std::move(start));
      continue;
    }
    // A process sees an event only once it is durable.
    when_committed([this, start = std::move(start)](bool durable) mutable {
      if (durable) world_.start_function(std::move(start));
    });
  }
}

void Engine::step_replays(Call& context) {
  for (ReplaySteps::Reading& reading : replay_steps_.step(context)) {
    // Only what is durable can be read back. For a replay that has begun everything is: it waits for no sync of its own
    // pages.
    const bool is_durable = reading.request.until <= log_.commit_position();
    reading.request.compactions = compactions();
    auto read = [this, reading = std::move(reading)](bool durable) {
      if (!durable) return;
      world_.read_log([this, reading](const log::Log& log) {
        world_.post([this, reading, page = read_replay_page(log, reading.request)](Call& call) {
          replay_steps_.take(call, reading, page);
        });
      });
    };
    if (is_durable)
      read(true);
    else
      when_committed(std::move(read));
  }
}

// By what the newest snapshot found too old, nothing is compacted before there is another, which will need what replays
// have read by then.
std::vector<Compaction> Engine::compactions() const {
  std::vector<Compaction> found;
  if (base::planted(base::Bug::ReplayWhatIsBeingRemoved)) return found;
  for (std::size_t i = 0; i + 1 < compactable_.size(); ++i) {
    if (auto keepers = compactable_[i].keepers.lock()) found.push_back({compactable_[i].before, std::move(keepers)});
  }
  return found;
}

std::optional<Engine::PendingSnapshot> Engine::take_snapshot(bool regardless_of_size) {
  const base::Time now = clock_.now();
  const base::Duration since_last = now - looked_for_room_;  // negative if the clock was set back
  const auto wait = kLookForRoomEvery * (1 << (is_saved_ ? 0 : std::min(without_room_, kLookForRoomDoublings)));
  const bool looks_for_room = !log_.has_room() && (since_last < base::Duration{} || since_last >= wait);
  if (looks_for_room) looked_for_room_ = now;
  if (log_.end() != snapshot_at_) stale_until_ = snapshot_at_;
  const bool once_more = looks_for_room && another_snapshot_frees(now);
  // A snapshot at the same position would replace the last and leave nothing to fall back to. A record must find room,
  // or the log stops; a snapshot need not. So after one that found none, and at first after a start, no record is
  // written.
  if (once_more && log_.end() == snapshot_at_ && is_saved_) write(delivery::DeliveriesRetried{});  // of nothing
  const log::LogPosition end = log_.end();
  if (end == snapshot_at_ && !once_more) return std::nullopt;
  const bool due = looks_for_room ||
                   end.value - snapshot_at_.value >= snapshot_distance(settings_.snapshot_every_bytes, snapshot_bytes_);
  if (!due && !regardless_of_size) return std::nullopt;
  snapshot_at_ = end;
  const log::LogPosition whole = whole_from(end);
  PendingSnapshot pending{
      .snapshot = {end, state_->save(snapshot_bytes_ + snapshot_bytes_ / 4)},
      .needed = {.floor = std::min(whole, state_->archives.oldest_position_needed(now).value_or(end)),
                 .whole_from = whole,
                 .keepers = state_->archives.kept(now)}};
  std::erase_if(compactable_, [](const Compactable& one) { return one.keepers.expired(); });
  compactable_.push_back({pending.needed.whole_from, pending.needed.keepers});
  snapshot_bytes_ = pending.snapshot.state.size();
  archived_then_ = state_->archives.events(now);
  without_room_ = is_saved_ ? 1 : without_room_ + 1;
  is_saved_ = false;
  return pending;
}

// Before it only archives need anything. A replay that waits on a full disk has all that it needs in its archive, and
// when it goes on, it leaves out what is being compacted then. With room it keeps the log: if the clock is set back,
// its archive may no longer have all.
log::LogPosition Engine::whole_from(log::LogPosition end) const {
  const auto unread =
      log_.has_room() ? state_->replays.oldest_unread() : replay_steps_.oldest_being_read(state_->replays);
  return std::min(state_->oldest_position_needed(end), unread.value_or(end));
}

// Only what two snapshots do without is freed, so the latest changes are worth two of them. Time brings changes without
// a record: an archive's events expire.
bool Engine::another_snapshot_frees(base::Time now) {
  if (is_saved_ && state_->archives.events(now) < archived_then_) stale_until_ = snapshot_at_;
  return saved_before_.load() <= stale_until_;
}

Engine::Needed Engine::snapshot_saved(const PendingSnapshot& saved) {
  const Needed before = std::exchange(needed_by_last_saved_, saved.needed);
  const log::LogPosition last = std::exchange(last_saved_, saved.snapshot.position);
  is_saved_ = true;
  if (last == last_saved_) return {};
  saved_before_ = last;
  if (base::planted(base::Bug::FreeNeededLog)) return {saved.snapshot.position, before.whole_from, before.keepers};
  if (base::planted(base::Bug::CompactNeededLog)) return {before.floor, saved.snapshot.position, before.keepers};
  return {std::min(saved.needed.floor, before.floor), std::min(saved.needed.whole_from, before.whole_from),
          before.keepers};
}

}  // namespace athanor::engine
