#include "alchemiser/run/driver.h"

#include <set>

namespace athanor::alchemiser {
namespace {

// What was seen of one month: it is over once it was traded, has ended and the mail was asked for.
struct Seen {
  std::set<std::string> types;

  bool has(const sdk::EventKind& kind) const { return types.contains(std::string(kind.type)); }
  bool ended() const { return has(WorkflowCompleted::kKind) || has(WorkflowFailed::kKind); }
  bool is_complete() const { return has(TradeExecuted::kKind) && ended() && has(TradingNotificationRequested::kKind); }
};

// By its month, not by its correlation id: a month started by somebody else answers with its outcome from then.
bool is_of(const sdk::RawEnvelope& event, Month month) {
  const auto* metadata = event.detail.find("metadata");
  const auto run = Run::of(metadata == nullptr ? std::nullopt : std::optional{*metadata});
  return run && run->month == month;
}

// Takes what the queue has; true when any of it was for our month. Messages for other months or unreadable ones are
// dropped.
Result<bool> collect(ProgressQueue& queue, base::Duration wait, Month month, Seen& seen) {
  ATHANOR_TRY(messages, queue.receive(wait));
  bool ours = false;
  for (const auto& message : messages) {
    const auto envelopes = sdk::read_envelopes(message.body);
    if (!envelopes) continue;
    for (const auto& event : *envelopes) {
      if (!is_of(event, month)) continue;
      seen.types.insert(event.detail_type);
      ours = true;
    }
  }
  ATHANOR_CHECK(queue.forget(messages));
  return ours;
}

// A trade is recorded before it is published.
Result<void> check_traded(const Records& records, const Run& run) {
  ATHANOR_TRY(execution, records.find(run.record(record::kExecution)));
  if (execution) return {};
  return not_found(run.month.to_string() +
                   " was traded, but this state directory has no record of it. Use that of the functions: the "
                   "template's StateDirectory.");
}

Result<void> run_month(const Settings& settings, Month month, const DriverLimits& limits, DriverTools tools) {
  const Run run{.month = month};
  Seen seen;
  for (std::int64_t starts = 0; starts < limits.starts_max; ++starts) {
    ATHANOR_CHECK(publish(tools.bus, start_of(settings, month, sdk::Timestamp{tools.clock.now()})));
    base::Time heard = tools.clock.now();
    while (tools.clock.now() - heard < limits.silence) {
      const base::Duration left = limits.silence - (tools.clock.now() - heard);
      ATHANOR_TRY(ours, collect(tools.queue, left, month, seen));
      if (ours) heard = tools.clock.now();
      if (seen.is_complete()) return check_traded(tools.records, run);
      ATHANOR_TRY(failed, find_record<WorkflowFailed>(tools.records, run.record(record::kFailed)));
      if (failed && seen.has(WorkflowFailed::kKind)) {
        return Error{
            ErrorCode::IllegalStatus, month.to_string() + " failed before it traded: " + failed->failure_reason, {}};
      }
    }
  }
  return Error{ErrorCode::Timeout,
               month.to_string() + " was started " + std::to_string(limits.starts_max) +
                   " times but did not finish. Are the functions deployed, and the rules enabled?",
               {}};
}

}  // namespace

Result<void> run_months(const Settings& settings, const std::vector<Month>& months, const DriverLimits& limits,
                        DriverTools tools, const OnMonth& on_month) {
  for (const Month month : months) {
    const std::string done = Run{.month = month}.record(record::kDone);
    ATHANOR_TRY(known, tools.records.find(done));
    if (!known) {
      ATHANOR_CHECK(run_month(settings, month, limits, tools));
      ATHANOR_CHECK(tools.records.record_once(done, "{}"));
    }
    on_month(month);
  }
  return {};
}

}  // namespace athanor::alchemiser
