#include "engine/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "delivery/delivery_seed.h"
#include "engine/after_loss.h"
#include "engine/records.h"
#include "log/codec.h"

namespace athanor::engine {
namespace {

// Makes a second id from the same seed: for a dead letter beside the message to the function's destination.
constexpr std::uint64_t kSecondLetter = 0x5ec07d1e77e5;

// How many messages or deliveries the record names.
template <class Record>
std::size_t named_by(const Record& record) {
  if constexpr (requires { record.sequences.size(); })
    return record.sequences.size();
  else if constexpr (requires { record.numbers.size(); })
    return record.numbers.size();
  else
    return 1;
}

// Cannot happen where nothing was lost: each decision checked it.
Error names_what_is_not_there(log::RecordType type, log::LogPosition position) {
  return corrupt(
      fmt::format("The record at position {} (type {}) refers to something that no earlier record created: the log "
                  "mixes files from different moments. Restore a backup.",
                  position.value, type));
}

struct Saved {
  std::map<std::string, std::string_view> works;  // each work's own bytes within the snapshot, by its name
  static constexpr auto members() { return Members{member("works", &Saved::works)}; }
};

// The works that are rebuilt from the log, each with its name in a snapshot, in the order in which a record reaches
// them.
template <class StateType, class Visit>
void for_each_work(StateType& state, Visit&& visit) {
  visit("archives", state.archives);
  visit("replays", state.replays);
  visit("queues", state.queues);
  visit("invocations", state.invocations);  // before the functions: a deleted one is still asked where to report
  visit("functions", state.functions);
  visit("deliveries", state.deliveries);
  visit("bus", state.rules);
  visit("schedules", state.schedules);
  visit("stacks", state.stacks);
}

}  // namespace

State::State(observe::Counters& the_counters, std::size_t processes_max, std::size_t waiting_per_function_max,
             std::size_t waiting_deliveries_max, std::size_t step_max)
    : counters(the_counters),
      queues(step_max),
      invocations(
          functions, processes_max,
          [this](const function::GivenUp& given_up, base::Time time) { route_given_up(given_up, time); },
          waiting_per_function_max, step_max, [this](std::string_view arn) { return queues.find(arn) != nullptr; }),
      queue_target(queues),
      function_target(invocations),
      deliveries(rules, {&queue_target, &function_target}, queue_target, the_counters, waiting_deliveries_max,
                 step_max) {}

template <class Record>
void State::give_to_works(const Record& record, log::LogPosition position, base::Time time) {
  if constexpr (std::is_same_v<Record, ReplayPageTaken>) {
    give_to_works(record.replayed, position, time);
    if (!record.advanced.arn.empty()) give_to_works(record.advanced, position, time);
    return;
  }
  for_each_work(*this, [&](const char*, auto& work) {
    if constexpr (requires { work.apply(record, position, time); }) work.apply(record, position, time);
  });
  if constexpr (requires { forget_counters(record); }) forget_counters(record);
}

void State::forget_counters(const bus::EventBusDeleted& record) {
  constexpr std::string_view kBeforeName = "event-bus/";
  const std::string_view name = std::string_view{record.arn}.substr(record.arn.find(kBeforeName) + kBeforeName.size());
  const auto is_namesake = [&](const bus::EventBus* bus) { return bus->put.name == name; };  // in another region
  if (std::ranges::none_of(rules.buses({}), is_namesake)) counters.forget("bus", name);
}

void State::forget_counters(const queue::QueueDeleted& record) { counters.forget("queue", record.queue_arn); }

void State::forget_counters(const function::FunctionDeleted& record) { counters.forget("function", record.arn); }

observe::Counter& State::counter(std::string_view name, std::string_view function_arn) {
  return counters.get(name, {{"function", functions.find(function_arn) ? function_arn : observe::kDeleted}});
}

Result<void> State::apply(log::RecordType type, std::string_view payload, log::LogPosition position, base::Time time) {
  std::optional<Error> error;
  const bool known = visit_record_type(type, [&]<class Record>(std::type_identity<Record>) {
    auto record = log::decode<Record>(payload);
    if (!record) {
      error = record.error();
      return;
    }
    has_missed_records_ = has_missed_records_ || std::is_same_v<Record, log::RecordsLost>;
    const std::size_t named = named_by(*record);
    const bool applies = still_applies(*this, *record);
    if (!has_missed_records_ && named > 0 && (!applies || named_by(*record) < named))
      error = names_what_is_not_there(type, position);
    else if (applies)
      give_to_works(*record, position, time);
  });
  if (error) return *error;
  if (!known) {
    return Error{ErrorCode::UnknownFormat,
                 fmt::format("The log holds a record of type {}, which this version does not know. Open it with the "
                             "version that wrote it.",
                             type),
                 fmt::format("at position {}", position.value)};
  }
  return {};
}

void State::apply_written(log::RecordType type, const void* record, log::LogPosition position, base::Time time) {
  const bool known = visit_record_type(type, [&]<class Record>(std::type_identity<Record>) {
    give_to_works(*static_cast<const Record*>(record), position, time);
  });
  ATHANOR_ASSERT(known);
}

// Encoded as the codec encodes Saved, but in place: the messages of a backlog are large, and are in memory only once.
std::string State::save(std::size_t bytes_expected) const {
  std::string out;
  out.reserve(bytes_expected);
  log::codec::put_member_key(out, 0);
  log::put_behind_length(out, [&] {
    for_each_work(*this, [&](std::string_view name, const auto& work) {
      log::put_behind_length(out, [&] { out += name; });
      log::put_behind_length(out, [&] { work.save(out); });
    });
  });
  return out;
}

std::map<std::string, std::string> State::saved_works() const {
  std::map<std::string, std::string> saved;
  for_each_work(*this, [&](const char* name, const auto& work) { work.save(saved[name]); });
  return saved;
}

Works State::works() {
  return {.rules = rules,
          .deliveries = deliveries,
          .queues = queues,
          .receivers = receivers,
          .functions = functions,
          .invocations = invocations,
          .archives = archives,
          .replays = replays,
          .stacks = stacks,
          .counters = counters};
}

Result<void> State::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  std::optional<Error> error;
  for_each_work(*this, [&](const char* name, auto& work) {
    const auto it = saved.works.find(name);
    if (error || it == saved.works.end()) return;
    if (auto loaded = work.load(it->second); !loaded) error = loaded.error();
  });
  if (error) return *error;
  if (!saved.works.contains("schedules")) {
    // Saved before rules ran by the clock. Schedules begin now: no missed run is made up for.
    for (const bus::Rule* rule : rules.rules({})) schedules.apply(rule->put, {}, base::Time::max());
  }
  return {};
}

Result<void> check_state(std::string_view bytes) {
  observe::Counters counters;
  return State{counters, 0, 0}.load(bytes);
}

log::LogPosition State::oldest_position_needed(log::LogPosition end) const {
  log::LogPosition oldest = end;
  for_each_work(*this, [&](const char*, const auto& work) {
    if constexpr (requires { work.oldest_position_needed(); })
      oldest = std::min(oldest, work.oldest_position_needed().value_or(end));
  });
  return oldest;
}

void State::route_given_up(const function::GivenUp& given_up, base::Time time) {
  counter("athanor_functions_given_up_total", given_up.function_arn).add();
  const std::string error_message = given_up.failed_at ? std::string{} : given_up.error_message;
  bool is_taken = false;
  for (const bool as_destination : {true, false}) {
    const std::string& arn = as_destination ? given_up.report_to.on_failure : given_up.report_to.dead_letter_arn;
    if (!queue_target.takes(arn) || (is_taken && !given_up.to_both)) continue;
    delivery::Origin failure;
    failure.failed_invocation =
        delivery::FailedInvocation{given_up.request_id, given_up.function_arn, given_up.condition, given_up.attempts,
                                   given_up.error_type, error_message,         as_destination,     time,
                                   given_up.failed_at};
    // One event may be given up by several functions into one queue, and by one function in two ways.
    const std::uint64_t salt = is_taken ? kSecondLetter : 0;
    base::Random random{delivery::seed_of(given_up.request_id, salt)};
    // The last member of an origin, so it can be appended to the others as they are.
    std::string origin = given_up.origin ? *given_up.origin : std::string{};
    origin += log::encode(failure);
    const queue::Handover handover{.position = given_up.position,
                                   .origin = std::make_shared<const std::string>(std::move(origin)),
                                   .message_id = queue::MessageId::random(random),
                                   .group_id = arn.ends_with(".fifo") ? std::string_view{given_up.function_arn} : "",
                                   .deduplication_id = given_up.request_id};
    is_taken |= queues.accept(arn, handover, time) == queue::HandoverOutcome::Accepted;
  }
  if (is_taken) return;
  if (!given_up.origin) {
    counter("athanor_async_events_dropped_total", given_up.function_arn).add();
    return;
  }
  // AWS would silently drop the event here. It was accepted, so it goes to a dead-letter queue if there is one.
  deliveries.give_up(given_up.position, *given_up.origin, given_up.request_id,
                     {given_up.error_type.empty() ? "ERROR_FROM_TARGET" : given_up.error_type, error_message,
                      given_up.condition == "EventAgeExceeded" ? "MaximumEventAgeInSeconds" : "MaximumRetryAttempts",
                      given_up.attempts > 0 ? given_up.attempts - 1 : 0, given_up.failed_at},
                     time);
}

}  // namespace athanor::engine
