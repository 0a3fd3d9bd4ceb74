// How a plan becomes orders, each of them placed once.
//
// An order's key is what it is for: account, month, symbol, side. The order is recorded under its key before it goes to
// the broker, the broker accepts a key once, and its report is recorded afterwards. Wherever the process dies, the next
// one finds the order, submits it under the same key, and goes on.
#pragma once

#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {

// All events of a month's execution, recorded atomically and published from there.
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

// Sets `result`'s status and success from its orders. No order placed counts as a failure; a caller that knows better
// overrides it.
void classify(ExecutionResult& result, bool partial_is_failure);

// "Trade execution partially failed: 1/2 orders succeeded. Failed symbols: IBM" and its two variants.
std::string failure_text(const ExecutionResult& result, const std::vector<std::string>& failed_symbols);

}  // namespace athanor::alchemiser
