// The events of one run, in the order in which they happen.
#pragma once

#include "alchemiser/events/parts.h"
#include "alchemiser/events/producers.h"
#include "sdk/event.h"

namespace athanor::alchemiser {

struct StartupEvent : sdk::Event<StartupEvent> {
  static constexpr sdk::EventKind kKind{.type = "StartupEvent", .id_prefix = "startup-", .producers = {kSystem}};
  using Event::Event;
  std::string startup_mode;
  std::optional<JsonValue> configuration;
  static constexpr auto members() {
    return fields(member("startup_mode", &StartupEvent::startup_mode, {.required = true}),
                  member("configuration", &StartupEvent::configuration));
  }
};

struct WorkflowStarted : sdk::Event<WorkflowStarted> {
  static constexpr sdk::EventKind kKind{
      .type = "WorkflowStarted", .id_prefix = "workflow-started-", .producers = {kOrchestrator}};
  using Event::Event;
  std::string workflow_type = "trading";
  std::string requested_by = "TradingSystem";
  JsonValue configuration = JsonValue::object();  // live_trading, trading_month
  static constexpr auto members() {
    return fields(member("workflow_type", &WorkflowStarted::workflow_type, {.required = true}),
                  member("requested_by", &WorkflowStarted::requested_by, {.required = true}),
                  member("configuration", &WorkflowStarted::configuration));
  }
};

struct SignalGenerated : sdk::Event<SignalGenerated> {
  static constexpr sdk::EventKind kKind{
      .type = "SignalGenerated", .id_prefix = "signal-generated-", .producers = {kStrategy}};
  using Event::Event;
  std::map<std::string, StrategySignal> signals_data;  // by engine
  ConsolidatedPortfolio consolidated_portfolio;
  std::int64_t signal_count = 0;
  static constexpr auto members() {
    return fields(member("signals_data", &SignalGenerated::signals_data, {.required = true}),
                  member("consolidated_portfolio", &SignalGenerated::consolidated_portfolio, {.required = true}),
                  member("signal_count", &SignalGenerated::signal_count, {.value_min = 0, .required = true}));
  }
};

struct RebalancePlanned : sdk::Event<RebalancePlanned> {
  static constexpr sdk::EventKind kKind{
      .type = "RebalancePlanned", .id_prefix = "rebalance-planned-", .producers = {kPortfolio}};
  using Event::Event;
  RebalancePlan rebalance_plan;
  AllocationComparison allocation_comparison;
  bool trades_required = false;
  static constexpr auto members() {
    return fields(member("rebalance_plan", &RebalancePlanned::rebalance_plan, {.required = true}),
                  member("allocation_comparison", &RebalancePlanned::allocation_comparison, {.required = true}),
                  member("trades_required", &RebalancePlanned::trades_required, {.required = true}));
  }
};

struct TradeExecuted : sdk::Event<TradeExecuted> {
  static constexpr sdk::EventKind kKind{
      .type = "TradeExecuted", .id_prefix = "trade-executed-", .producers = {kExecution}};
  using Event::Event;
  ExecutionData execution_data;
  bool success = false;
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  std::optional<std::string> failure_reason;
  std::vector<std::string> failed_symbols;
  static constexpr auto members() {
    return fields(member("execution_data", &TradeExecuted::execution_data, {.required = true}),
                  member("success", &TradeExecuted::success, {.required = true}),
                  member("orders_placed", &TradeExecuted::orders_placed, {.value_min = 0, .required = true}),
                  member("orders_succeeded", &TradeExecuted::orders_succeeded, {.value_min = 0, .required = true}),
                  member("failure_reason", &TradeExecuted::failure_reason),
                  member("failed_symbols", &TradeExecuted::failed_symbols));
  }
};

struct WorkflowCompleted : sdk::Event<WorkflowCompleted> {
  static constexpr sdk::EventKind kKind{
      .type = "WorkflowCompleted", .id_prefix = "workflow-completed-", .producers = {kExecution}};
  using Event::Event;
  std::string workflow_type = "trading";
  std::int64_t workflow_duration_ms = 0;
  bool success = true;
  WorkflowSummary summary;
  static constexpr auto members() {
    return fields(member("workflow_type", &WorkflowCompleted::workflow_type, {.required = true}),
                  member("workflow_duration_ms", &WorkflowCompleted::workflow_duration_ms, {.required = true}),
                  member("success", &WorkflowCompleted::success, {.required = true}),
                  member("summary", &WorkflowCompleted::summary));
  }
};

struct WorkflowFailed : sdk::Event<WorkflowFailed> {
  static constexpr sdk::EventKind kKind{
      .type = "WorkflowFailed", .id_prefix = "workflow-failed-", .producers = {kStrategy, kPortfolio, kExecution}};
  using Event::Event;
  std::string workflow_type;
  std::string failure_reason;
  std::string failure_step;
  JsonValue error_details = JsonValue::object();  // original_event_type, original_event_id
  static constexpr auto members() {
    return fields(member("workflow_type", &WorkflowFailed::workflow_type, {.required = true}),
                  member("failure_reason", &WorkflowFailed::failure_reason, {.required = true}),
                  member("failure_step", &WorkflowFailed::failure_step, {.required = true}),
                  member("error_details", &WorkflowFailed::error_details));
  }
};

}  // namespace athanor::alchemiser
