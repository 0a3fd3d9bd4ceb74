#include "alchemiser/steps/execution_step.h"
#include "alchemiser/steps/steps.h"

namespace athanor::alchemiser {
namespace {

JsonValue json_of(const auto& described) {
  // We wrote it, so it parses.
  return format::parse_json(sdk::EventJson::write(described)).value();
}

// What the mail reports besides the orders: which signals led to them. Both events were recorded before the trade, so
// no order of deliveries can leave them out.
Result<JsonValue> enriched(const Desk& desk, const Run& run, const TradeExecuted& executed) {
  JsonValue data = json_of(executed.execution_data);
  if (!executed.success) {
    std::vector<JsonValue> symbols;
    for (const auto& symbol : executed.failed_symbols) symbols.push_back(JsonValue::of(symbol));
    data.set("failed_symbols", JsonValue::array(std::move(symbols)));
  }
  JsonValue portfolio = JsonValue::object();
  ATHANOR_TRY(signal, find_record<SignalGenerated>(desk.records, run.record(record::kSignal)));
  if (signal) {
    JsonValue signals = JsonValue::object();
    for (const auto& [engine, said] : signal->signals_data) signals.set(engine, json_of(said));
    data.set("strategy_signals", std::move(signals));
    portfolio = json_of(signal->consolidated_portfolio);
  } else {
    ATHANOR_TRY(planned, find_record<RebalancePlanned>(desk.records, run.record(record::kPlan)));
    JsonValue weights = JsonValue::object();
    if (planned) {
      for (const auto& item : planned->rebalance_plan.items) {
        weights.set(item.symbol, JsonValue::of(item.target_weight.to_string()));
      }
    }
    portfolio.set("target_allocations", std::move(weights));
  }
  data.set("consolidated_portfolio", portfolio);
  data.set("execution_summary", JsonValue::object({{"orders_placed", JsonValue::of(executed.orders_placed)},
                                                   {"orders_succeeded", JsonValue::of(executed.orders_succeeded)},
                                                   {"consolidated_portfolio", std::move(portfolio)}}));
  const JsonValue* orders = data.find("orders");
  data.set("orders_executed", orders == nullptr ? JsonValue::array() : JsonValue{*orders});
  return data;
}

}  // namespace

// A failed trade is reported like a good one: the owner of the money must know.
Result<void> report_trade(Desk& desk, const sdk::Envelope<TradeExecuted>& executed, sdk::Context& context) {
  ATHANOR_TRY(run, Run::of(executed.detail.metadata));
  const std::string name = run.record(record::kNotification);
  ATHANOR_TRY(answered, answered_before<TradingNotificationRequested>(desk, name));
  if (answered) return {};

  const TradeExecuted& trade = executed.detail;
  // Only the recorded trade is reported: one from elsewhere would take its place in the month's mail.
  ATHANOR_TRY(recorded, find_record<ExecutionRecord>(desk.records, run.record(record::kExecution)));
  if (!recorded || recorded->executed.front().event_id() != trade.event_id()) {
    return invalid_input("This trade of " + run.month.to_string() + " is not the one that was recorded.");
  }
  ATHANOR_TRY(data, enriched(desk, run, trade));
  TradingNotificationRequested notification{sdk::Lineage::of(trade), kOrchestrator, sdk::Timestamp{context.now()}};
  notification.trading_success = trade.success;
  notification.trading_mode = run.trading_mode;
  notification.orders_placed = trade.orders_placed;
  notification.orders_succeeded = trade.orders_succeeded;
  notification.total_trade_value = trade.execution_data.total_trade_value;
  notification.execution_data = std::move(data);
  if (!trade.success) notification.error_message = trade.failure_reason.value_or("Unknown error");
  notification.metadata = run.metadata();
  return record_and_publish(desk, name, notification);
}

Result<void> report_failure(Desk& desk, const sdk::Envelope<WorkflowFailed>& failed, sdk::Context& context) {
  const WorkflowFailed& failure = failed.detail;
  if (failure.failure_step == "trade_execution") return {};  // its TradeExecuted is reported
  ATHANOR_TRY(run, Run::of(failure.metadata));
  const std::string name = run.record(record::kErrorNotification) + "-" + failure.event_id();
  ATHANOR_TRY(answered, answered_before<ErrorNotificationRequested>(desk, name));
  if (answered) return {};

  ErrorNotificationRequested notification{sdk::Lineage::of(failure), kErrorHandler, sdk::Timestamp{context.now()}};
  notification.error_severity = "CRITICAL";
  notification.error_priority = "URGENT";
  notification.error_title = "Trading workflow failed in " + failure.failure_step;
  notification.error_report = run.month.to_string() + ": " + failure.failure_reason +
                              "\nNothing was traded. The month is held until its record '" +
                              run.record(record::kFailed) + "' is removed and the month is started again.";
  notification.metadata = run.metadata();
  return record_and_publish(desk, name, notification);
}

sdk::EventHandlers orchestrator_handlers(Desk& desk) {
  sdk::EventHandlers handlers;
  add_step(handlers, desk, report_trade);
  add_step(handlers, desk, report_failure);
  // The state of a run is in its month's records; these need no answer.
  handlers.ignore<StartupEvent>().ignore<WorkflowStarted>().ignore<SignalGenerated>().ignore<RebalancePlanned>();
  handlers.ignore<WorkflowCompleted>();
  return handlers;
}

}  // namespace athanor::alchemiser
