// What every step of a run works with, and how it keeps its promise: the first result of a month is recorded, and only
// what is recorded is published. A step that is called again publishes the same event.
#pragma once

#include <optional>
#include <string>

#include "alchemiser/broker/broker.h"
#include "alchemiser/events/all.h"
#include "alchemiser/ledger/records.h"
#include "alchemiser/market/price_table.h"
#include "alchemiser/settings.h"
#include "sdk/context.h"
#include "sdk/envelope.h"
#include "sdk/event_bus.h"

namespace athanor::alchemiser {

// All borrowed for the life of a step.
struct Desk {
  sdk::EventBus& bus;
  Records& records;
  Broker& broker;
  const PriceTable& prices;
  const Settings& settings;
  Pause pause;
};

// What all events of a run have in their metadata (WorkflowStarted: in its configuration).
struct Run {
  Month month;
  std::string trading_mode = "PAPER";  // or LIVE

  // InvalidInput when there is no trading_month such as "2004-08".
  static Result<Run> of(const std::optional<JsonValue>& metadata);
  static Result<Run> of(const WorkflowStarted& started);
  // The metadata of an event: the run, and these additional members.
  JsonValue metadata(std::vector<JsonValue::Member> others = {}) const;

  std::string record(std::string_view name) const { return month.to_string() + "/" + std::string(name); }
};

// The correlation id of a month's run: the same however often the month is started.
std::string correlation_of(const Settings& settings, Month month);
// The event that starts it; its id, too, is a function of the month.
WorkflowStarted start_of(const Settings& settings, Month month, sdk::Timestamp now);

// Names of a month's records, as the steps write them.
namespace record {
inline constexpr std::string_view kSignal = "signal";              // SignalGenerated
inline constexpr std::string_view kPlan = "plan";                  // RebalancePlanned
inline constexpr std::string_view kExecution = "execution";        // ExecutionRecord (steps/execution_step.h)
inline constexpr std::string_view kNotification = "notification";  // TradingNotificationRequested
inline constexpr std::string_view kFailed = "failed";              // WorkflowFailed of a step before the execution
inline constexpr std::string_view kErrorNotification = "error-notification";  // then the id of the WorkflowFailed
inline constexpr std::string_view kDone = "done";  // by the driver: it has seen the whole month
}  // namespace record

// What was recorded under that name; nullopt when nothing was.
template <class T>
Result<std::optional<T>> find_record(const Records& records, const std::string& name) {
  ATHANOR_TRY(text, records.find(name));
  if (!text) return std::optional<T>{};
  ATHANOR_TRY(value, sdk::EventJson::read<T>(std::string_view{*text}));
  return std::optional<T>{std::move(value)};
}

// Records the value unless the name is taken, and returns what is recorded.
template <class T>
Result<T> record_once(Records& records, const std::string& name, const T& value) {
  ATHANOR_TRY(text, records.record_once(name, sdk::EventJson::write(value)));
  return sdk::EventJson::read<T>(std::string_view{text});
}

template <sdk::EventType T>
Result<void> publish(sdk::EventBus& bus, const T& event) {
  ATHANOR_CHECK(bus.publish(event));
  return {};
}

template <sdk::EventType T>
Result<void> record_and_publish(Desk& desk, const std::string& name, const T& event) {
  ATHANOR_TRY(recorded, record_once(desk.records, name, event));
  return publish(desk.bus, recorded);
}

// True when the month has that record; then it has published it again, to answer a repeated delivery.
template <sdk::EventType T>
Result<bool> answered_before(Desk& desk, const std::string& name) {
  ATHANOR_TRY(recorded, find_record<T>(desk.records, name));
  if (!recorded) return false;
  ATHANOR_CHECK(publish(desk.bus, *recorded));
  return true;
}

// Publishes what a step's decision has recorded: its event of type T, or that the workflow failed.
template <sdk::EventType T>
Result<void> publish_outcome(Desk& desk, const Run& run, std::string_view name) {
  ATHANOR_TRY(failed, answered_before<WorkflowFailed>(desk, run.record(record::kFailed)));
  if (failed) return {};
  ATHANOR_TRY(told, answered_before<T>(desk, run.record(name)));
  if (!told) return Error{ErrorCode::Unavailable, run.record(name) + " was removed in the meantime.", {}};
  return {};
}

// Records that the workflow ends before its execution, so that no later step runs. The step has to publish it.
Result<void> record_failure(Desk& desk, const Run& run, const sdk::EventFields& cause, const sdk::Producer& step,
                            std::string_view step_name, const std::string& reason, const sdk::Context& context);

}  // namespace athanor::alchemiser
