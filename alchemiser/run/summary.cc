#include "alchemiser/run/summary.h"

#include "alchemiser/steps/execution_step.h"
#include "base/text.h"

namespace athanor::alchemiser {
namespace {

template <sdk::EventType T>
Result<void> count_if_recorded(const Records& records, const std::string& name, Summary& summary) {
  ATHANOR_TRY(text, records.find(name));
  if (text) ++summary.events[std::string(T::kKind.type)];
  return {};
}

std::string cents(const Decimal& value) { return value.rounded(2, sdk::Rounding::HalfUp).to_string(); }

std::string row(std::string name, std::string value) {
  constexpr std::size_t kNameWidth = 34;
  constexpr std::size_t kValueWidth = 16;
  name.resize(std::max(name.size(), kNameWidth), ' ');
  return "  " + name + std::string(value.size() < kValueWidth ? kValueWidth - value.size() : 1, ' ') + value + "\n";
}

std::string count(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "unknown"; }

JsonValue json(const std::optional<std::int64_t>& value) { return value ? JsonValue::of(*value) : JsonValue::null(); }

}  // namespace

Result<void> add_month(const Records& records, Month month, Summary& summary) {
  const Run run{.month = month};
  ATHANOR_TRY(done, records.find(run.record(record::kDone)));
  if (!done) return {};
  ++summary.months;
  ++summary.events[std::string(WorkflowStarted::kKind.type)];
  ATHANOR_CHECK(count_if_recorded<SignalGenerated>(records, run.record(record::kSignal), summary));
  ATHANOR_CHECK(count_if_recorded<RebalancePlanned>(records, run.record(record::kPlan), summary));
  ATHANOR_CHECK(count_if_recorded<TradingNotificationRequested>(records, run.record(record::kNotification), summary));
  ATHANOR_TRY(execution, find_record<ExecutionRecord>(records, run.record(record::kExecution)));
  if (!execution) return {};
  const auto add = [&](const sdk::EventKind& kind, std::size_t n) {
    if (n > 0) summary.events[std::string(kind.type)] += static_cast<std::int64_t>(n);
  };
  add(TradeExecuted::kKind, execution->executed.size());
  add(WorkflowCompleted::kKind, execution->completed.size());
  add(WorkflowFailed::kKind, execution->failed.size());
  add(OrderSettlementCompleted::kKind, execution->settlements.size());
  add(BulkSettlementCompleted::kKind, execution->bulk_settlement ? 1 : 0);
  summary.orders_placed += execution->result.orders_placed;
  summary.orders_succeeded += execution->result.orders_succeeded;
  summary.traded += execution->result.total_trade_value;
  return {};
}

Result<Summary> summarise(const Records& records, const Records& mails, Broker& broker, const PriceTable& prices,
                          const Settings& settings, const std::vector<Month>& months) {
  Summary summary;
  if (months.empty()) return summary;
  for (const Month month : months) ATHANOR_CHECK(add_month(records, month, summary));
  ATHANOR_TRY(written, mails.names());
  summary.mails = static_cast<std::int64_t>(written.size());
  ATHANOR_TRY(account, broker.account());
  ATHANOR_TRY(equity, value_of(account, prices.at(months.back())));
  summary.final_equity = equity;
  ATHANOR_TRY(held, buy_and_hold(prices, settings.broker.initial_cash, months.front(), months.back()));
  summary.buy_and_hold_equity = held;
  return summary;
}

Result<Decimal> buy_and_hold(const PriceTable& prices, const Decimal& cash, Month first, Month last) {
  const auto& bought = prices.at(first);
  ATHANOR_TRY(part, divide(cash, Decimal{bought.size()}));
  Decimal worth;
  for (const auto& [symbol, price] : bought) {
    const auto now = prices.price(symbol, last);
    if (!now) return not_found("There is no price for " + symbol + " in " + last.to_string() + ".");
    ATHANOR_TRY(shares, divide(part, price));
    worth += shares * *now;
  }
  return worth;
}

std::string print_table(const Summary& summary) {
  std::string table = "\n" + row("months run", std::to_string(summary.months));
  std::int64_t all = 0;
  for (const auto& [type, n] : summary.events) all += n;
  table += row("events", std::to_string(all));
  for (const auto& [type, n] : summary.events) table += row("  " + type, std::to_string(n));
  table += row("orders placed", std::to_string(summary.orders_placed));
  table += row("orders filled", std::to_string(summary.orders_succeeded));
  table += row("mails written", std::to_string(summary.mails));
  table += row("traded, USD", cents(summary.traded));
  table += row("final equity, USD", cents(summary.final_equity));
  table += row("buy and hold, USD", cents(summary.buy_and_hold_equity));
  table += row("failed deliveries", count(summary.failed_deliveries));
  table += row("dead letters", count(summary.dead_letters));
  return table;
}

std::string print_summary_json(const Summary& summary) {
  JsonValue events = JsonValue::object();
  for (const auto& [type, n] : summary.events) events.set(type, JsonValue::of(n));
  return format::print_json(
      JsonValue::object({{"months", JsonValue::of(summary.months)},
                         {"events", std::move(events)},
                         {"orders_placed", JsonValue::of(summary.orders_placed)},
                         {"orders_succeeded", JsonValue::of(summary.orders_succeeded)},
                         {"mails", JsonValue::of(summary.mails)},
                         {"traded", JsonValue::of(cents(summary.traded))},
                         {"final_equity", JsonValue::of(cents(summary.final_equity))},
                         {"final_equity_exact", JsonValue::of(summary.final_equity.to_string())},
                         {"buy_and_hold_equity", JsonValue::of(cents(summary.buy_and_hold_equity))},
                         {"failed_deliveries", json(summary.failed_deliveries)},
                         {"dead_letters", json(summary.dead_letters)}}));
}

std::optional<std::int64_t> count_failures(std::string_view metrics, std::string_view bus, std::string_view stage) {
  const std::string of_bus = ":rule/" + std::string(bus) + "/";
  const std::string of_stage = "-" + std::string(stage) + "\"";
  std::optional<std::int64_t> failures;
  for (const auto line : base::split(metrics, '\n')) {
    const auto name = line.substr(0, line.find_first_of("{ "));
    const auto value = line.substr(line.rfind(' ') + 1);
    if (!name.starts_with("athanor_")) continue;
    failures = failures.value_or(0);  // a counter that is still zero is not shown
    // Failures of a function with its own destination are only counted there.
    const bool of_function =
        name == "athanor_functions_given_up_total" && line.contains(":function:alchemiser-") && line.contains(of_stage);
    if (!of_function && !(name.contains("failed") && line.contains(of_bus))) continue;
    if (const auto n = base::to_int(base::trim(value))) *failures += *n;
  }
  return failures;
}

}  // namespace athanor::alchemiser
