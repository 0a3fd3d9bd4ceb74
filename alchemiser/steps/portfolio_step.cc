#include <algorithm>

#include "alchemiser/steps/steps.h"

namespace athanor::alchemiser {
namespace {

constexpr std::string_view kStep = "portfolio_analysis";

// A plan is made of what the account holds, so months are planned one after another: not while an earlier month is
// being traded, and never once a later one was.
struct Turn {
  bool is_over = false;
  std::string of;  // the month that comes before ours, or came instead
  bool is_early = false;
};

Result<Turn> turn_of(const Records& records, Month month) {
  Turn turn;
  ATHANOR_TRY(groups, records.groups());
  for (const auto& name : groups) {
    const auto other = Month::parse(name);
    if (!other || *other == month) continue;
    const Run run{.month = *other};
    ATHANOR_TRY(plan, records.find(run.record(record::kPlan)));
    if (!plan) continue;
    if (*other > month) return Turn{.is_over = true, .of = name};
    ATHANOR_TRY(execution, records.find(run.record(record::kExecution)));
    if (!execution) turn = Turn{.of = name, .is_early = true};
  }
  return turn;
}

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
  // The trading month, not the wall clock: planned twice, it is one plan.
  plan.plan_id = "portfolio_v2_" + signal.correlation_id() + "_" + std::to_string(month_start);
  plan.items = trades.items;
  plan.total_portfolio_value = trades.portfolio_value;
  plan.total_trade_value = trades.total_trade_value;
  plan.metadata = run.metadata({
      {"portfolio_value", JsonValue::of(trades.portfolio_value.to_string())},
      {"cash_balance", JsonValue::of(account.cash.to_string())},
      {"position_count", JsonValue::of(static_cast<std::int64_t>(account.positions.size()))},
      {"module", JsonValue::of("portfolio_v2.core.planner")},
      {"min_trade_threshold", JsonValue::of(trades.min_trade_threshold.to_string())},
      {"strategy_name", JsonValue::of(names.empty() ? "unknown" : names.front())},
  });
  return plan;
}

}  // namespace

Result<void> plan_rebalance(Desk& desk, const sdk::Envelope<SignalGenerated>& signal, sdk::Context& context) {
  ATHANOR_TRY(run, Run::of(signal.detail.metadata));
  ATHANOR_TRY(failed, answered_before<WorkflowFailed>(desk, run.record(record::kFailed)));
  if (failed) return {};
  ATHANOR_TRY(answered, answered_before<RebalancePlanned>(desk, run.record(record::kPlan)));
  if (answered) return {};

  const auto fail = [&](const std::string& reason) {
    return fail_workflow(desk, run, signal.detail, kPortfolio, kStep, reason, context);
  };
  ATHANOR_TRY(turn, turn_of(desk.records, run.month));
  if (turn.is_over) return fail(run.month.to_string() + " is over: " + turn.of + " was planned.");
  if (turn.is_early) return Error{ErrorCode::Throttled, turn.of + " is still being traded.", {}};

  ATHANOR_TRY(account, desk.broker.account());
  if (!account.cash.is_positive()) {
    return fail("NegativeCashBalance: the account has " + account.cash.to_string() + " USD.");
  }
  const sdk::Timestamp now{context.now()};
  const auto plan = make_plan(desk, run, signal.detail, account, now);
  if (!plan) return fail(plan.error().message);
  ATHANOR_TRY(comparison, compare_allocations(account, signal.detail.consolidated_portfolio.target_allocations,
                                              desk.prices.at(run.month)));
  RebalancePlanned planned{sdk::Lineage::of(signal.detail), kPortfolio, now};
  planned.rebalance_plan = *plan;
  planned.allocation_comparison = comparison;
  planned.trades_required =
      std::any_of(plan->items.begin(), plan->items.end(), [](const auto& item) { return item.action != "HOLD"; });
  planned.metadata = run.metadata({{"analysis_timestamp", JsonValue::of(now.to_offset_string())},
                                   {"source", JsonValue::of("event_driven_handler")}});
  return record_and_publish(desk, run.record(record::kPlan), planned);
}

sdk::EventHandlers portfolio_handlers(Desk& desk) {
  sdk::EventHandlers handlers;
  add_step(handlers, desk, plan_rebalance);
  return handlers;
}

}  // namespace athanor::alchemiser
