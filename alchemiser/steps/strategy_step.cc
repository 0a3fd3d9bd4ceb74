#include "alchemiser/domain/strategy.h"
#include "alchemiser/steps/steps.h"

namespace athanor::alchemiser {
namespace {
constexpr std::string_view kStep = "signal_generation";
constexpr const char* kStrategyName = "six_month_momentum";
}  // namespace

Result<void> generate_signal(Desk& desk, const sdk::Envelope<WorkflowStarted>& started, sdk::Context& context) {
  ATHANOR_TRY(run, Run::of(started.detail));
  ATHANOR_TRY(failed, answered_before<WorkflowFailed>(desk, run.record(record::kFailed)));
  if (failed) return {};
  ATHANOR_TRY(answered, answered_before<SignalGenerated>(desk, run.record(record::kSignal)));
  if (answered) return {};

  const auto allocation = allocate_by_momentum(desk.prices, run.month);
  if (!allocation) {
    ATHANOR_CHECK(record_failure(desk, run, started.detail, kStrategy, kStep, allocation.error().message, context));
    return publish_outcome<SignalGenerated>(desk, run, record::kSignal);
  }
  const sdk::Timestamp now{context.now()};
  SignalGenerated signal{sdk::Lineage::of(started.detail), kStrategy, now};
  signal.signals_data.emplace("DSL", allocation->signal);
  signal.signal_count = static_cast<std::int64_t>(signal.signals_data.size());
  signal.consolidated_portfolio = {.target_allocations = allocation->weights,
                                   .correlation_id = signal.correlation_id(),
                                   .timestamp = now,
                                   .strategy_count = 1,
                                   .source_strategies = {kStrategyName},
                                   .constraints = std::nullopt};
  signal.metadata = run.metadata({{"generation_timestamp", JsonValue::of(now.to_offset_string())},
                                  {"source", JsonValue::of("event_driven_handler")}});
  context.log(run.month.to_string() + " " + allocation->signal.action + ": " + allocation->signal.reasoning);
  return record_and_publish(desk, run.record(record::kSignal), signal);
}

sdk::EventHandlers strategy_handlers(Desk& desk) {
  sdk::EventHandlers handlers;
  add_step(handlers, desk, generate_signal);
  handlers.ignore<StartupEvent>();  // names no month: nothing to trade
  return handlers;
}

}  // namespace athanor::alchemiser
