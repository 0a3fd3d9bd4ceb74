#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {
namespace {

Result<Run> read_run(const JsonValue& json, std::string_view where) {
  const auto month = Month::parse(json.text_at("trading_month").value_or(""));
  if (!month) return invalid_input(std::string(where) + ".trading_month is missing or not like '2004-08'.");
  Run run{.month = *month};
  if (const auto mode = json.text_at("trading_mode")) run.trading_mode = *mode;
  return run;
}

}  // namespace

Result<Run> Run::of(const std::optional<JsonValue>& metadata) {
  return read_run(metadata.value_or(JsonValue::null()), "metadata");
}

Result<Run> Run::of(const WorkflowStarted& started) {
  ATHANOR_TRY(run, read_run(started.configuration, "configuration"));
  const JsonValue* live = started.configuration.find("live_trading");
  run.trading_mode = live != nullptr && live->boolean ? "LIVE" : "PAPER";
  return run;
}

JsonValue Run::metadata(std::vector<JsonValue::Member> others) const {
  others.emplace_back("trading_month", JsonValue::of(month.to_string()));
  others.emplace_back("trading_mode", JsonValue::of(trading_mode));
  return JsonValue::object(std::move(others));
}

std::string correlation_of(const Settings& settings, Month month) {
  return settings.account + "-" + settings.stage + "-" + month.to_string();
}

WorkflowStarted start_of(const Settings& settings, Month month, sdk::Timestamp now) {
  WorkflowStarted started{
      sdk::Lineage::root(correlation_of(settings, month), "system-request-" + month.start().to_offset_string()),
      kOrchestrator, now};
  started.configuration =
      JsonValue::object({{"live_trading", JsonValue::of(false)}, {"trading_month", JsonValue::of(month.to_string())}});
  return started;
}

Result<void> record_failure(Desk& desk, const Run& run, const sdk::EventFields& cause, const sdk::Producer& step,
                            std::string_view step_name, const std::string& reason, const sdk::Context& context) {
  const sdk::Timestamp now{context.now()};
  // A month that is restarted after a failure may fail again: that is another failure with the same cause.
  WorkflowFailed failed{sdk::Lineage::of(cause).each(now.to_offset_string() + " " + reason), step, now};
  failed.workflow_type = step_name;
  failed.failure_reason = reason;
  failed.failure_step = step_name;
  failed.error_details = JsonValue::object({{"original_event_type", JsonValue::of(cause.event_type())},
                                            {"original_event_id", JsonValue::of(cause.event_id())}});
  failed.metadata = run.metadata();
  context.log(run.month.to_string() + " failed in " + std::string(step_name) + ": " + reason);
  ATHANOR_CHECK(record_once(desk.records, run.record(record::kFailed), failed));
  return {};
}

}  // namespace athanor::alchemiser
