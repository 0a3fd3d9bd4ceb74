#include <algorithm>

#include "alchemiser/steps/steps.h"
#include "alchemiser/steps/turn.h"

namespace athanor::alchemiser {
namespace {

constexpr std::string_view kStep = "portfolio_analysis";

Result<RebalancePlan> make_plan(const Desk& desk, const Run& run, const SignalGenerated& signal,
                                const AccountState& account, sdk::Timestamp now) {
  ATHANOR_TRY(trades, plan_trades(account, signal.consolidated_portfolio.target_allocations, desk.prices.at(run.month),
                                  desk.settings.plan));
  const auto month_start = std::chrono::floor<std::chrono::seconds>(run.month.start().value).time_since_epoch().count();
  const auto& names = signal.consolidated_portfolio.source_strategies;
  RebalancePlan plan;
  plan.correlation_id = signal.correlation_id();
  plan.causation_id = signal.event_id();
  plan.timestamp = now;
  // The trading month, not the wall clock, so that planning twice gives one plan.
  plan.plan_id = "portfolio_v2_" + signal.correlation_id() + "_" + std::to_string(month_start);
  plan.items = trades.items;
  plan.total_portfolio_value = trades.portfolio_value;
  plan.total_trade_value = trades.total_trade_value;
  plan.metadata = run.metadata({
      {"portfolio_value", JsonValue::of(trades.portfolio_value.to_string())},
      {"cash_balance", JsonValue::of(account.cash.to_string())},
      {"position_count", JsonValue::of(account.positions.size())},
      {"module", JsonValue::of("portfolio_v2.core.planner")},
      {"min_trade_threshold", JsonValue::of(trades.min_trade_threshold.to_string())},
      {"strategy_name", JsonValue::of(names.empty() ? "unknown" : names.front())},
  });
  return plan;
}

// Records what results from the signal, a plan or a failure, unless there is one already.
Result<void> decide(Desk& desk, const Run& run, const SignalGenerated& signal, const sdk::Context& context) {
  // From here until the record is written nobody else plans: the signals of two months may come at once.
  const auto held = desk.records.hold_turn();
  if (!held) return held.error();
  ATHANOR_TRY(failed, desk.records.find(run.record(record::kFailed)));
  ATHANOR_TRY(planned_before, desk.records.find(run.record(record::kPlan)));
  if (failed || planned_before) return {};

  const auto fail = [&](const std::string& reason) {
    return record_failure(desk, run, signal, kPortfolio, kStep, reason, context);
  };
  ATHANOR_TRY(turn, turn_of(desk.records, run.month));
  if (turn.is_over) return fail(run.month.to_string() + " is over: " + turn.of + " has been planned since.");
  if (turn.is_early) return Error{ErrorCode::Throttled, turn.of + " is still being traded.", {}};

  ATHANOR_TRY(account, desk.broker.account());
  if (!account.cash.is_positive()) {
    return fail("NegativeCashBalance: the account has " + account.cash.to_string() + " USD.");
  }
  const sdk::Timestamp now{context.now()};
  const auto plan = make_plan(desk, run, signal, account, now);
  if (!plan) return fail(plan.error().message);
  ATHANOR_TRY(comparison, compare_allocations(account, signal.consolidated_portfolio.target_allocations,
                                              desk.prices.at(run.month)));
  RebalancePlanned planned{sdk::Lineage::of(signal), kPortfolio, now};
  planned.rebalance_plan = *plan;
  planned.allocation_comparison = comparison;
  planned.trades_required =
      std::any_of(plan->items.begin(), plan->items.end(), [](const auto& item) { return item.action != "HOLD"; });
  planned.metadata = run.metadata({{"analysis_timestamp", JsonValue::of(now.to_offset_string())},
                                   {"source", JsonValue::of("event_driven_handler")}});
  ATHANOR_CHECK(record_once(desk.records, run.record(record::kPlan), planned));
  return {};
}

}  // namespace

Result<void> plan_rebalance(Desk& desk, const sdk::Envelope<SignalGenerated>& signal, sdk::Context& context) {
  ATHANOR_TRY(run, Run::of(signal.detail.metadata));
  ATHANOR_CHECK(decide(desk, run, signal.detail, context));
  return publish_outcome<RebalancePlanned>(desk, run, record::kPlan);
}

sdk::EventHandlers portfolio_handlers(Desk& desk) {
  sdk::EventHandlers handlers;
  add_step(handlers, desk, plan_rebalance);
  return handlers;
}

}  // namespace athanor::alchemiser
