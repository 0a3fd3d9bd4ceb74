// How a plan becomes orders, each of them placed once.
//
// An order's key is what it is for: account, month, symbol, side. The order is recorded under its key before the broker
// hears of it, the broker takes a key once, and its report is recorded after. Wherever the process dies, the next one
// finds the order, asks with the same key, and goes on.
#pragma once

#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {

// All that a month's execution tells, recorded at one stroke and published from there.
struct ExecutionRecord {
  ExecutionResult result;
  std::vector<OrderSettlementCompleted> settlements;
  std::optional<BulkSettlementCompleted> bulk_settlement;
  std::vector<TradeExecuted> executed;       // one
  std::vector<WorkflowCompleted> completed;  // one, or
  std::vector<WorkflowFailed> failed;        // one

  static constexpr auto members() {
    return Members{
        member("result", &ExecutionRecord::result, {.required = true}),
        member("settlements", &ExecutionRecord::settlements, {.required = true}),
        member("bulk_settlement", &ExecutionRecord::bulk_settlement),
        member("executed", &ExecutionRecord::executed, {.count_min = 1, .count_max = 1, .required = true}),
        member("completed", &ExecutionRecord::completed, {.required = true}),
        member("failed", &ExecutionRecord::failed, {.required = true}),
    };
  }
};

// Settles `result`'s status and success from its orders. No order placed is a failure; whoever knows better says so.
void classify(ExecutionResult& result, bool partial_is_failure);

// "Trade execution partially failed: 1/2 orders succeeded. Failed symbols: IBM" and its two siblings.
std::string failure_text(const ExecutionResult& result, const std::vector<std::string>& failed_symbols);

}  // namespace athanor::alchemiser
