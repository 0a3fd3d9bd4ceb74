#include "alchemiser/steps/execution_step.h"

#include "alchemiser/steps/steps.h"
#include "alchemiser/steps/turn.h"

namespace athanor::alchemiser {
namespace {

constexpr std::string_view kStep = "trade_execution";
constexpr base::Duration kSettlementPoll{500};
constexpr base::Duration kSettlementPatience{60'000};  // for each sold order
constexpr base::Duration kBuyingPowerPatience{30'000};
const Decimal kPennyPrice = "0.001"_decimal;  // at or below this a quotient would be absurd: one share

std::string join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const auto& part : parts) joined += (joined.empty() ? "" : ", ") + part;
  return joined;
}

// One month's execution, from the first order to the last.
class Execution {
 public:
  Execution(Desk& desk, const Run& run, const RebalancePlanned& planned, sdk::Context& context)
      : desk_(desk), run_(run), planned_(planned), plan_(planned.rebalance_plan), context_(context) {}

  Result<ExecutionRecord> run() {
    record_.result = {.plan_id = plan_.plan_id,
                      .correlation_id = planned_.correlation_id(),
                      .causation_id = planned_.event_id(),
                      .total_trade_value = {},
                      .execution_timestamp = now(),
                      .metadata = std::nullopt};
    if (planned_.trades_required) {
      ATHANOR_TRY(account, desk_.broker.account());
      opening_ = std::move(account);
      ATHANOR_CHECK(desk_.broker.cancel_open_orders());
      ATHANOR_CHECK(place_orders("SELL"));
      ATHANOR_CHECK(settle_sales());
      if (all_succeeded()) {
        ATHANOR_CHECK(await_buying_power());
        ATHANOR_CHECK(place_orders("BUY"));
      } else {
        context_.log("a sale failed, so nothing is bought");  // what it should have paid for would be bought on credit
      }
      classify(record_.result, desk_.settings.partial_execution_is_failure);
    } else {
      record_.result.success = true;
      record_.result.status = "success";
      record_.result.metadata = JsonValue::object({{"scenario", JsonValue::of("no_trades_needed")}});
    }
    tell();
    return std::move(record_);
  }

 private:
  sdk::Timestamp now() const { return sdk::Timestamp{context_.now()}; }

  Result<void> place_orders(std::string_view side) {
    for (const auto& item : plan_.items) {
      if (item.action == side) ATHANOR_CHECK(place(item));
    }
    return {};
  }

  Result<void> place(const RebalancePlanItem& item) {
    const std::string key = item.symbol + "-" + item.action;
    const std::string outcome_name = run_.record("order-" + key);
    ATHANOR_TRY(known, find_record<OrderResult>(desk_.records, outcome_name));
    if (!known) {
      ATHANOR_TRY(draft, order_of(item));
      // The order is what is recorded under the key, not what we computed now: the account may have changed since.
      ATHANOR_TRY(order, record_once(desk_.records, run_.record("claim-" + key), draft));
      ATHANOR_TRY(report, desk_.broker.submit(order));
      ATHANOR_TRY(recorded, record_once(desk_.records, outcome_name, result_of(item, order, report)));
      known = std::move(recorded);
    }
    auto& result = record_.result;
    ++result.orders_placed;
    if (known->success) ++result.orders_succeeded;
    result.total_trade_value += known->price ? known->shares * *known->price : Decimal{0};
    result.orders.push_back(std::move(*known));
    return {};
  }

  Result<Order> order_of(const RebalancePlanItem& item) const {
    const auto price = desk_.prices.price(item.symbol, run_.month);
    if (!price) return not_found("There is no price for " + item.symbol + " in " + run_.month.to_string() + ".");
    Order order{.client_order_id = desk_.settings.account + "_" + run_.month.to_string() + "_" + item.symbol + "_" +
                                   item.action + "_rebalance",
                .symbol = item.symbol,
                .side = item.action,
                .shares = {},
                .price = *price};
    const auto position = opening_.positions.find(item.symbol);
    if (item.action == "SELL" && item.target_weight.is_zero() && position != opening_.positions.end()) {
      order.shares = position->second;  // all of it, so that no fraction of a share remains
    } else if (*price <= kPennyPrice) {
      order.shares = Decimal{1};
    } else {
      ATHANOR_TRY(shares, divide(item.trade_amount.abs(), *price));
      order.shares = shares;
    }
    return order;
  }

  OrderResult result_of(const RebalancePlanItem& item, const Order& order, const OrderReport& report) const {
    OrderResult result{.symbol = item.symbol,
                       .action = item.action,
                       .trade_amount = item.trade_amount.abs(),
                       .shares = report.filled_price.is_zero() ? order.shares : report.filled_shares,
                       .price = std::nullopt,
                       .order_id = report.order_id,
                       .success = report.filled,
                       .error_message = report.reason,
                       .timestamp = now(),
                       .filled_at = std::nullopt};
    if (report.filled_price.is_positive()) {
      result.price = report.filled_price;
      result.filled_at = result.timestamp;
    }
    return result;
  }

  bool all_succeeded() const { return record_.result.orders_succeeded == record_.result.orders_placed; }

  Result<void> settle_sales() {
    JsonValue details = JsonValue::object();
    std::vector<std::string> ids;
    Decimal released;
    for (const auto& order : record_.result.orders) {
      if (!order.success || !order.price) continue;
      ATHANOR_TRY(settled, await_settlement(order.order_id.value_or("")));
      if (!settled) {
        context_.log("the sale of " + order.symbol + " has not settled after 60 s");
        continue;
      }
      OrderSettlementCompleted event{sdk::Lineage::of(planned_).each(order.symbol), kSettlement, now()};
      event.order_id = order.order_id.value_or("");
      event.symbol = order.symbol;
      event.side = order.action;
      event.settled_quantity = order.shares;
      event.settlement_price = *order.price;
      event.settled_value = order.shares * *order.price;
      event.buying_power_released = event.settled_value;
      event.original_correlation_id = planned_.correlation_id();
      event.metadata = run_.metadata();
      released += event.settled_value;
      ids.push_back(event.order_id);
      details.set(event.order_id,
                  JsonValue::object({{"symbol", JsonValue::of(event.symbol)},
                                     {"settled_value", JsonValue::of(event.settled_value.to_string())}}));
      record_.settlements.push_back(std::move(event));
    }
    if (ids.empty()) return {};
    auto& bulk = record_.bulk_settlement.emplace(sdk::Lineage::of(planned_), kSettlement, now());
    bulk.settled_order_ids = std::move(ids);
    bulk.total_buying_power_released = released;
    bulk.settlement_details = std::move(details);
    bulk.execution_plan_id = plan_.plan_id;
    bulk.metadata = run_.metadata();
    return {};
  }

  Result<bool> await_settlement(const std::string& order_id) {
    for (base::Duration waited{0};; waited += kSettlementPoll) {
      ATHANOR_TRY(settled, desk_.broker.is_settled(order_id));
      if (settled || waited >= kSettlementPatience) return settled;
      desk_.pause(kSettlementPoll);
    }
  }

  // A broker may show the proceeds of a sale some seconds after settlement.
  Result<void> await_buying_power() {
    Decimal needed;
    for (const auto& item : plan_.items) {
      if (item.action != "BUY") continue;
      ATHANOR_TRY(placed, desk_.records.find(run_.record("order-" + item.symbol + "-BUY")));
      if (!placed) needed += item.trade_amount;  // one placed before a restart is already paid
    }
    base::Duration wait{1'000};
    for (base::Duration waited{0};;) {
      ATHANOR_TRY(account, desk_.broker.account());
      if (account.cash >= needed) return {};
      if (waited + wait > kBuyingPowerPatience) {
        context_.log("buying power is " + account.cash.to_string() + " USD, but " + needed.to_string() +
                     " USD are needed");
        return {};
      }
      desk_.pause(wait);
      waited += wait;
      wait *= 2;
    }
  }

  // The events of the outcome.
  void tell() {
    const ExecutionResult& result = record_.result;
    TradeExecuted executed{sdk::Lineage::of(planned_), kExecution, now()};
    executed.execution_data = {.plan_id = result.plan_id,
                               .orders_placed = result.orders_placed,
                               .orders_succeeded = result.orders_succeeded,
                               .total_trade_value = result.total_trade_value,
                               .execution_timestamp = result.execution_timestamp.to_offset_string(),
                               .success = result.success,
                               .orders = result.orders};
    executed.success = result.success;
    executed.orders_placed = result.orders_placed;
    executed.orders_succeeded = result.orders_succeeded;
    executed.metadata =
        run_.metadata({{"execution_timestamp", JsonValue::of(result.execution_timestamp.to_offset_string())},
                       {"source", JsonValue::of("event_driven_handler")}});
    for (const auto& order : result.orders) {
      if (!order.success) executed.failed_symbols.push_back(order.symbol);
    }
    if (!result.success) executed.failure_reason = failure_text(result, executed.failed_symbols);
    if (result.success) {
      complete(executed);
    } else {
      fail(executed);
    }
    record_.executed.push_back(std::move(executed));
  }

  void complete(const TradeExecuted& executed) {
    WorkflowCompleted completed{sdk::Lineage::of(executed), kExecution, now()};
    completed.workflow_duration_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now().value - record_.result.execution_timestamp.value)
            .count();
    completed.summary = {.orders_placed = executed.orders_placed,
                         .orders_succeeded = executed.orders_succeeded,
                         .total_trade_value = record_.result.total_trade_value.to_string(),
                         .execution_plan_id = record_.result.plan_id};
    completed.metadata = run_.metadata();
    record_.completed.push_back(std::move(completed));
  }

  void fail(const TradeExecuted& executed) {
    WorkflowFailed failed{sdk::Lineage::of(executed), kExecution, now()};
    failed.workflow_type = "trading_execution";
    failed.failure_reason = *executed.failure_reason;
    failed.failure_step = kStep;
    failed.error_details = JsonValue::object({{"original_event_type", JsonValue::of(planned_.event_type())},
                                              {"original_event_id", JsonValue::of(planned_.event_id())}});
    failed.metadata = run_.metadata();
    record_.failed.push_back(std::move(failed));
  }

  Desk& desk_;
  const Run& run_;
  const RebalancePlanned& planned_;
  const RebalancePlan& plan_;
  sdk::Context& context_;
  AccountState opening_;
  ExecutionRecord record_;
};

template <sdk::EventType T>
Result<void> add_all(sdk::EventBus& bus, const std::vector<T>& events, std::vector<sdk::EventMessage>& out) {
  for (const auto& event : events) {
    ATHANOR_TRY(message, bus.message_of(event));
    out.push_back(std::move(message));
  }
  return {};
}

Result<void> publish_record(sdk::EventBus& bus, const ExecutionRecord& record) {
  std::vector<sdk::EventMessage> messages;
  ATHANOR_CHECK(add_all(bus, record.settlements, messages));
  if (record.bulk_settlement) ATHANOR_CHECK(add_all(bus, std::vector{*record.bulk_settlement}, messages));
  ATHANOR_CHECK(add_all(bus, record.executed, messages));
  ATHANOR_CHECK(add_all(bus, record.completed, messages));
  ATHANOR_CHECK(add_all(bus, record.failed, messages));
  for (const auto& receipt : bus.publish_all(messages)) {
    if (!receipt) return receipt.error();
  }
  return {};
}

}  // namespace

void classify(ExecutionResult& result, bool partial_is_failure) {
  const bool all = result.orders_placed > 0 && result.orders_succeeded == result.orders_placed;
  const bool some = result.orders_succeeded > 0;
  result.status = all ? "success" : some ? "partial_success" : "failure";
  result.success = all || (some && !partial_is_failure);
}

std::string failure_text(const ExecutionResult& result, const std::vector<std::string>& failed_symbols) {
  const std::string ratio = std::to_string(result.orders_succeeded) + "/" + std::to_string(result.orders_placed);
  if (result.orders_placed == 0) return "Trade execution failed: No orders were placed";
  if (result.orders_succeeded == 0) return "Trade execution failed: " + ratio + " orders succeeded";
  return "Trade execution partially failed: " + ratio + " orders succeeded. Failed symbols: " + join(failed_symbols);
}

Result<void> execute_plan(Desk& desk, const sdk::Envelope<RebalancePlanned>& planned, sdk::Context& context) {
  ATHANOR_TRY(run, Run::of(planned.detail.metadata));
  const std::string name = run.record(record::kExecution);
  ATHANOR_TRY(known, find_record<ExecutionRecord>(desk.records, name));
  if (!known) {
    // Only the recorded plan is traded: a plan from elsewhere for the same month is refused.
    ATHANOR_TRY(plan, find_record<RebalancePlanned>(desk.records, run.record(record::kPlan)));
    if (!plan || plan->event_id() != planned.detail.event_id()) {
      return invalid_input("This plan for " + run.month.to_string() + " is not the one that was recorded.");
    }
    ATHANOR_TRY(turn, turn_of(desk.records, run.month));
    if (turn.is_over) return invalid_input(run.month.to_string() + " is over: " + turn.of + " has been planned since.");
    ATHANOR_TRY(record, Execution(desk, run, *plan, context).run());
    ATHANOR_TRY(recorded, record_once(desk.records, name, record));
    known = std::move(recorded);
  }
  return publish_record(desk.bus, *known);
}

sdk::EventHandlers execution_handlers(Desk& desk) {
  sdk::EventHandlers handlers;
  add_step(handlers, desk, execute_plan);
  return handlers;
}

}  // namespace athanor::alchemiser
