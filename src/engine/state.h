// All works together, and how a record reaches those that listen for it.
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
  // UnknownFormat when the type is unknown. After a hole in the log (log::RecordsLost), what refers to nothing is
  // skipped.
  Result<void> apply(log::RecordType type, std::string_view payload, log::LogPosition position, base::Time time);
  // The same for the struct that the payload was just made from: what is applied is what recovery will decode.
  void apply_written(log::RecordType type, const void* record, log::LogPosition position, base::Time time);

  // `bytes_expected`: memory to reserve at once, about what the last save needed.
  std::string save(std::size_t bytes_expected = 0) const;
  Result<void> load(std::string_view bytes);
  // Each work's own bytes, by its name.
  std::map<std::string, std::string> saved_works() const;
  // The lowest position that some work still reads; `end` when none does. Without archives and replays, which read only
  // the events that archives keep.
  log::LogPosition oldest_position_needed(log::LogPosition end) const;

  // A function's counter of that name; all deleted functions share one.
  observe::Counter& counter(std::string_view name, std::string_view function_arn);

  // For decisions.
  Works works();

  observe::Counters& counters;
  bus::RuleBook rules;
  archive::Archives archives;
  archive::Replays replays;
  queue::Queues queues;
  queue::Receivers receivers;  // not rebuilt from the log
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
  // Removes the counters of a deleted bus, queue or function; the deliveries take care of those of rules.
  void forget_counters(const bus::EventBusDeleted& record);
  void forget_counters(const queue::QueueDeleted& record);
  void forget_counters(const function::FunctionDeleted& record);
  // A function failed for good: reports to its own destination or dead-letter queue, else to the invoking rule's.
  void route_given_up(const function::GivenUp& given_up, base::Time time);

  bool has_missed_records_ = false;
};

// Whether the contents of a snapshot can be loaded. Takes as much time and memory as a start.
Result<void> check_state(std::string_view bytes);

}  // namespace athanor::engine
