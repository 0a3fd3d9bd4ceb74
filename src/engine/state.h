// All works together, and how a record reaches those that listen to it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "archive/archives.h"
#include "archive/replays.h"
#include "base/result.h"
#include "base/step.h"
#include "bus/rule_book.h"
#include "delivery/dispatcher.h"
#include "engine/call.h"
#include "function/functions.h"
#include "function/invocations.h"
#include "log/log.h"
#include "observe/counters.h"
#include "queue/queues.h"
#include "queue/receivers.h"
#include "schedule/schedules.h"
#include "stack/stacks.h"
#include "target/function_target.h"
#include "target/queue_target.h"

namespace athanor::engine {

class State {
 public:
  State(observe::Counters& counters, std::size_t processes_max, std::size_t waiting_per_function_max,
        std::size_t waiting_deliveries_max = delivery::kWaitingMax, std::size_t step_max = base::kStepMax);

  // Gives the record to every work that knows its type, in the order of for_each_work. Corrupt when it does not decode,
  // UnknownFormat when nobody knows it. Behind a hole in the log (log::RecordsLost), what is about nothing is
  // passed over.
  Result<void> apply(log::RecordType type, std::string_view payload, log::LogPosition position, base::Time time);
  // The same for the struct that the payload was just made of: what is applied is what recovery will decode.
  void apply_written(log::RecordType type, const void* record, log::LogPosition position, base::Time time);

  // `bytes_expected`: room taken at once, as much as the last time needed.
  std::string save(std::size_t bytes_expected = 0) const;
  Result<void> load(std::string_view bytes);
  // Each work's own bytes, by its name.
  std::map<std::string, std::string> saved_works() const;
  // The lowest position that some work still reads; `end` when none does.
  log::LogPosition oldest_position_needed(log::LogPosition end, base::Time now) const;
  // The same but for the archives, which read nothing but the events that they keep.
  log::LogPosition oldest_position_needed_whole(log::LogPosition end) const;

  // The counter of that name of a function, or of all that are gone.
  observe::Counter& counter(std::string_view name, std::string_view function_arn);

  // For decisions.
  Works works();

  observe::Counters& counters;
  bus::RuleBook rules;
  archive::Archives archives;
  archive::Replays replays;
  queue::Queues queues;
  queue::Receivers receivers;  // no state of the log
  function::Functions functions;
  function::Invocations invocations;
  target::QueueTarget queue_target;
  target::FunctionTarget function_target;
  delivery::Dispatcher deliveries;
  schedule::Schedules schedules;
  stack::Stacks stacks;

 private:
  template <class Record>
  void give_to_works(const Record& record, log::LogPosition position, base::Time time);
  // Ends the counters of a bus, queue or function that is deleted; the deliveries see to those of rules.
  void forget_counters(const bus::EventBusDeleted& record);
  void forget_counters(const queue::QueueDeleted& record);
  void forget_counters(const function::FunctionDeleted& record);
  // A function failed for good: its own destination or dead-letter queue, else that of the rule it was invoked by.
  void route_given_up(const function::GivenUp& given_up, base::Time time);

  bool has_missed_records_ = false;
};

// Whether what a snapshot holds can be loaded. Takes the time and the memory of a start.
Result<void> check_state(std::string_view bytes);

}  // namespace athanor::engine
