// Events within a run that report orders and positions. The run does not depend on them.
#pragma once

#include "alchemiser/events/parts.h"
#include "alchemiser/events/producers.h"
#include "sdk/event.h"

namespace athanor::alchemiser {

struct TradeExecutionStarted : sdk::Event<TradeExecutionStarted> {
  static constexpr sdk::EventKind kKind{
      .type = "TradeExecutionStarted", .id_prefix = "trade-execution-started-", .producers = {kExecution}};
  using Event::Event;
  JsonValue execution_plan = JsonValue::object();
  std::optional<JsonValue> portfolio_state_before;
  std::string trade_mode;
  std::optional<JsonValue> market_conditions;
  static constexpr auto members() {
    return fields(member("execution_plan", &TradeExecutionStarted::execution_plan, {.required = true}),
                  member("portfolio_state_before", &TradeExecutionStarted::portfolio_state_before),
                  member("trade_mode", &TradeExecutionStarted::trade_mode, {.required = true}),
                  member("market_conditions", &TradeExecutionStarted::market_conditions));
  }
};

struct PortfolioStateChanged : sdk::Event<PortfolioStateChanged> {
  static constexpr sdk::EventKind kKind{
      .type = "PortfolioStateChanged", .id_prefix = "portfolio-state-changed-", .producers = {kPortfolio}};
  using Event::Event;
  JsonValue portfolio_state_before = JsonValue::object();
  JsonValue portfolio_state_after = JsonValue::object();
  std::string change_type;
  JsonValue change_summary = JsonValue::object();
  static constexpr auto members() {
    return fields(member("portfolio_state_before", &PortfolioStateChanged::portfolio_state_before, {.required = true}),
                  member("portfolio_state_after", &PortfolioStateChanged::portfolio_state_after, {.required = true}),
                  member("change_type", &PortfolioStateChanged::change_type, {.required = true}),
                  member("change_summary", &PortfolioStateChanged::change_summary));
  }
};

struct AllocationComparisonCompleted : sdk::Event<AllocationComparisonCompleted> {
  static constexpr sdk::EventKind kKind{
      .type = "AllocationComparisonCompleted", .id_prefix = "allocation-comparison-", .producers = {kPortfolio}};
  using Event::Event;
  DecimalBySymbol target_allocations;
  DecimalBySymbol current_allocations;
  DecimalBySymbol allocation_differences;
  bool rebalancing_required = false;
  JsonValue comparison_metadata = JsonValue::object();
  static constexpr auto members() {
    using Self = AllocationComparisonCompleted;
    return fields(member("target_allocations", &Self::target_allocations, {.required = true}),
                  member("current_allocations", &Self::current_allocations, {.required = true}),
                  member("allocation_differences", &Self::allocation_differences, {.required = true}),
                  member("rebalancing_required", &Self::rebalancing_required, {.required = true}),
                  member("comparison_metadata", &Self::comparison_metadata));
  }
};

struct OrderSettlementCompleted : sdk::Event<OrderSettlementCompleted> {
  static constexpr sdk::EventKind kKind{
      .type = "OrderSettlementCompleted", .id_prefix = "order-settlement-", .producers = {kSettlement}};
  using Event::Event;
  std::string order_id;
  std::string symbol;
  std::string side;
  Decimal settled_quantity;
  Decimal settlement_price;  // USD per share
  Decimal settled_value;     // USD
  Decimal buying_power_released;
  std::optional<std::string> original_correlation_id;
  static constexpr auto members() {
    using Self = OrderSettlementCompleted;
    return fields(member("order_id", &Self::order_id, {.required = true}),
                  member("symbol", &Self::symbol, {.required = true}),
                  member("side", &Self::side, {.one_of = "BUY, SELL", .required = true}),
                  member("settled_quantity", &Self::settled_quantity, {.required = true}),
                  member("settlement_price", &Self::settlement_price, {.required = true}),
                  member("settled_value", &Self::settled_value, {.required = true}),
                  member("buying_power_released", &Self::buying_power_released),
                  member("original_correlation_id", &Self::original_correlation_id));
  }
};

struct BulkSettlementCompleted : sdk::Event<BulkSettlementCompleted> {
  static constexpr sdk::EventKind kKind{
      .type = "BulkSettlementCompleted", .id_prefix = "bulk-settlement-", .producers = {kSettlement}};
  using Event::Event;
  std::vector<std::string> settled_order_ids;
  Decimal total_buying_power_released;
  JsonValue settlement_details = JsonValue::object();
  std::optional<std::string> execution_plan_id;
  static constexpr auto members() {
    using Self = BulkSettlementCompleted;
    return fields(member("settled_order_ids", &Self::settled_order_ids, {.required = true}),
                  member("total_buying_power_released", &Self::total_buying_power_released, {.required = true}),
                  member("settlement_details", &Self::settlement_details),
                  member("execution_plan_id", &Self::execution_plan_id));
  }
};

struct ExecutionPhaseCompleted : sdk::Event<ExecutionPhaseCompleted> {
  static constexpr sdk::EventKind kKind{
      .type = "ExecutionPhaseCompleted", .id_prefix = "execution-phase-", .producers = {kExecution}};
  using Event::Event;
  std::string phase_type;
  std::string plan_id;
  std::vector<std::string> completed_orders;
  std::vector<std::string> successful_orders;
  std::vector<std::string> failed_orders;
  JsonValue phase_metadata = JsonValue::object();
  static constexpr auto members() {
    using Self = ExecutionPhaseCompleted;
    return fields(member("phase_type", &Self::phase_type, {.one_of = "SELL_PHASE, BUY_PHASE", .required = true}),
                  member("plan_id", &Self::plan_id, {.required = true}),
                  member("completed_orders", &Self::completed_orders, {.required = true}),
                  member("successful_orders", &Self::successful_orders, {.required = true}),
                  member("failed_orders", &Self::failed_orders), member("phase_metadata", &Self::phase_metadata));
  }
};

}  // namespace athanor::alchemiser
