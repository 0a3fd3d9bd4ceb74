// What events are made of: signals, portfolios, plans, orders.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "format/json.h"
#include "sdk/decimal.h"
#include "sdk/timestamp.h"

namespace athanor::alchemiser {

using format::JsonValue;
using sdk::Decimal;
using sdk::Timestamp;
using sdk::operator""_decimal;
using DecimalBySymbol = std::map<std::string, Decimal>;

// The signal of one strategy engine.
struct StrategySignal {
  std::string symbol;  // the first one bought, or CASH
  std::optional<std::vector<std::string>> symbols;
  std::string action;  // BUY or HOLD
  std::string reasoning;
  bool is_multi_symbol = false;

  static constexpr auto members() {
    return Members{
        member("symbol", &StrategySignal::symbol, {.length_min = 1, .required = true}),
        member("symbols", &StrategySignal::symbols),
        member("action", &StrategySignal::action, {.one_of = "BUY, SELL, HOLD", .required = true}),
        member("reasoning", &StrategySignal::reasoning),
        member("is_multi_symbol", &StrategySignal::is_multi_symbol),
    };
  }
};

// The part of the account that each symbol should have.
struct ConsolidatedPortfolio {
  DecimalBySymbol target_allocations;  // 0..1 each, together 0.99..1.01
  std::string correlation_id;
  Timestamp timestamp;
  std::int64_t strategy_count = 1;
  std::vector<std::string> source_strategies;
  std::string schema_version = "1.0.0";
  std::optional<JsonValue> constraints;

  static constexpr auto members() {
    return Members{
        member("target_allocations", &ConsolidatedPortfolio::target_allocations, {.count_min = 1, .required = true}),
        member("correlation_id", &ConsolidatedPortfolio::correlation_id,
               {.length_min = 1, .length_max = 100, .required = true}),
        member("timestamp", &ConsolidatedPortfolio::timestamp, {.required = true}),
        member("strategy_count", &ConsolidatedPortfolio::strategy_count, {.value_min = 1, .required = true}),
        member("source_strategies", &ConsolidatedPortfolio::source_strategies),
        member("schema_version", &ConsolidatedPortfolio::schema_version),
        member("constraints", &ConsolidatedPortfolio::constraints),
    };
  }
  // Symbols in upper case, each weight in 0..1, their sum in 0.99..1.01.
  Result<void> check() const;
};

// Weights of the account, 0..1, by symbol; delta = target - current.
struct AllocationComparison {
  DecimalBySymbol target_values;
  DecimalBySymbol current_values;
  DecimalBySymbol deltas;

  static constexpr auto members() {
    return Members{
        member("target_values", &AllocationComparison::target_values, {.required = true}),
        member("current_values", &AllocationComparison::current_values, {.required = true}),
        member("deltas", &AllocationComparison::deltas, {.required = true}),
    };
  }
};

struct RebalancePlanItem {
  std::string symbol;
  Decimal current_weight;
  Decimal target_weight;
  Decimal weight_diff;
  Decimal target_value;   // USD
  Decimal current_value;  // USD
  Decimal trade_amount;   // USD; above zero buys, below sells
  std::string action;
  std::int64_t priority = 5;  // 1 comes first

  static constexpr auto members() {
    return Members{
        member("symbol", &RebalancePlanItem::symbol, {.length_min = 1, .length_max = 10, .required = true}),
        member("current_weight", &RebalancePlanItem::current_weight,
               {.value_min = 0, .value_max = 1, .required = true}),
        member("target_weight", &RebalancePlanItem::target_weight, {.value_min = 0, .value_max = 1, .required = true}),
        member("weight_diff", &RebalancePlanItem::weight_diff, {.required = true}),
        member("target_value", &RebalancePlanItem::target_value, {.value_min = 0, .required = true}),
        member("current_value", &RebalancePlanItem::current_value, {.value_min = 0, .required = true}),
        member("trade_amount", &RebalancePlanItem::trade_amount, {.required = true}),
        member("action", &RebalancePlanItem::action, {.one_of = "BUY, SELL, HOLD", .required = true}),
        member("priority", &RebalancePlanItem::priority, {.value_min = 1, .value_max = 5, .required = true}),
    };
  }
};

struct RebalancePlan {
  std::string schema_version = "1.0";
  std::string correlation_id;
  std::string causation_id;
  Timestamp timestamp;
  std::string plan_id;
  std::vector<RebalancePlanItem> items;
  Decimal total_portfolio_value;  // USD
  Decimal total_trade_value;      // USD, sum of |trade_amount|
  Decimal max_drift_tolerance = "0.05"_decimal;
  std::string execution_urgency = "NORMAL";
  std::optional<std::int64_t> estimated_duration_minutes;
  std::optional<JsonValue> metadata;

  static constexpr auto members() {
    return Members{
        member("schema_version", &RebalancePlan::schema_version),
        member("correlation_id", &RebalancePlan::correlation_id, {.length_min = 1, .required = true}),
        member("causation_id", &RebalancePlan::causation_id, {.length_min = 1, .required = true}),
        member("timestamp", &RebalancePlan::timestamp, {.required = true}),
        member("plan_id", &RebalancePlan::plan_id, {.length_min = 1, .length_max = 100, .required = true}),
        member("items", &RebalancePlan::items, {.count_min = 1, .required = true}),
        member("total_portfolio_value", &RebalancePlan::total_portfolio_value, {.value_min = 0, .required = true}),
        member("total_trade_value", &RebalancePlan::total_trade_value, {.required = true}),
        member("max_drift_tolerance", &RebalancePlan::max_drift_tolerance),
        member("execution_urgency", &RebalancePlan::execution_urgency, {.one_of = "LOW, NORMAL, HIGH, URGENT"}),
        member("estimated_duration_minutes", &RebalancePlan::estimated_duration_minutes, {.value_min = 1}),
        member("metadata", &RebalancePlan::metadata),
    };
  }
};

struct OrderResult {
  std::string schema_version = "1.0";
  std::string symbol;
  std::string action;    // BUY or SELL
  Decimal trade_amount;  // USD
  Decimal shares;
  std::optional<Decimal> price;  // USD per share
  std::optional<std::string> order_id;
  bool success = false;
  std::optional<std::string> error_message;
  Timestamp timestamp;
  std::string order_type = "MARKET";
  std::optional<Timestamp> filled_at;

  static constexpr auto members() {
    return Members{
        member("schema_version", &OrderResult::schema_version),
        member("symbol", &OrderResult::symbol, {.length_min = 1, .length_max = 10, .required = true}),
        member("action", &OrderResult::action, {.one_of = "BUY, SELL", .required = true}),
        member("trade_amount", &OrderResult::trade_amount, {.value_min = 0, .required = true}),
        member("shares", &OrderResult::shares, {.value_min = 0, .required = true}),
        member("price", &OrderResult::price),
        member("order_id", &OrderResult::order_id, {.length_max = 100}),
        member("success", &OrderResult::success, {.required = true}),
        member("error_message", &OrderResult::error_message, {.length_max = 1000}),
        member("timestamp", &OrderResult::timestamp, {.required = true}),
        member("order_type", &OrderResult::order_type, {.one_of = "MARKET, LIMIT, STOP, STOP_LIMIT"}),
        member("filled_at", &OrderResult::filled_at),
    };
  }
  // A price must be above zero.
  Result<void> check() const;
};

// How the execution of a plan went.
struct ExecutionResult {
  std::string schema_version = "1.0";
  bool success = false;
  std::string status = "failure";
  std::string plan_id;
  std::string correlation_id;
  std::optional<std::string> causation_id;
  std::vector<OrderResult> orders;
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  Decimal total_trade_value;  // USD
  Timestamp execution_timestamp;
  std::optional<JsonValue> metadata;

  static constexpr auto members() {
    return Members{
        member("schema_version", &ExecutionResult::schema_version),
        member("success", &ExecutionResult::success, {.required = true}),
        member("status", &ExecutionResult::status, {.one_of = "success, partial_success, failure", .required = true}),
        member("plan_id", &ExecutionResult::plan_id, {.length_min = 1, .length_max = 100, .required = true}),
        member("correlation_id", &ExecutionResult::correlation_id,
               {.length_min = 1, .length_max = 100, .required = true}),
        member("causation_id", &ExecutionResult::causation_id, {.length_max = 100}),
        member("orders", &ExecutionResult::orders, {.required = true}),
        member("orders_placed", &ExecutionResult::orders_placed, {.value_min = 0, .required = true}),
        member("orders_succeeded", &ExecutionResult::orders_succeeded, {.value_min = 0, .required = true}),
        member("total_trade_value", &ExecutionResult::total_trade_value, {.value_min = 0, .required = true}),
        member("execution_timestamp", &ExecutionResult::execution_timestamp, {.required = true}),
        member("metadata", &ExecutionResult::metadata),
    };
  }
};

// What TradeExecuted says of an ExecutionResult.
struct ExecutionData {
  std::string plan_id;
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  Decimal total_trade_value;  // USD
  std::string execution_timestamp;
  bool success = false;
  std::vector<OrderResult> orders;

  static constexpr auto members() {
    return Members{
        member("plan_id", &ExecutionData::plan_id, {.length_min = 1, .required = true}),
        member("orders_placed", &ExecutionData::orders_placed, {.value_min = 0, .required = true}),
        member("orders_succeeded", &ExecutionData::orders_succeeded, {.value_min = 0, .required = true}),
        member("total_trade_value", &ExecutionData::total_trade_value, {.required = true}),
        member("execution_timestamp", &ExecutionData::execution_timestamp, {.required = true}),
        member("success", &ExecutionData::success, {.required = true}),
        member("orders", &ExecutionData::orders, {.required = true}),
    };
  }
};

// Part of WorkflowCompleted.
struct WorkflowSummary {
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  std::string total_trade_value = "0";
  std::string execution_plan_id;

  static constexpr auto members() {
    return Members{
        member("orders_placed", &WorkflowSummary::orders_placed),
        member("orders_succeeded", &WorkflowSummary::orders_succeeded),
        member("total_trade_value", &WorkflowSummary::total_trade_value),
        member("execution_plan_id", &WorkflowSummary::execution_plan_id),
    };
  }
};

}  // namespace athanor::alchemiser
