#include "alchemiser/broker/simulated_broker.h"

#include "base/random.h"
#include "sdk/event_json.h"

namespace athanor::alchemiser {
namespace {

// Random numbers of the order's own: the same order always fares the same.
base::Random luck_of(const Order& order, std::uint64_t seed) {
  std::uint64_t mixed = seed;
  for (const char c : order.client_order_id) mixed = base::Random{mixed ^ static_cast<unsigned char>(c)}.next();
  return base::Random{mixed};
}

}  // namespace

void SimulatedBroker::Book::apply(Entry entry) {
  const Decimal value = entry.report.filled_shares * entry.report.filled_price;
  auto& position = account.positions[entry.order.symbol];
  if (entry.order.side == "BUY") {
    account.cash -= value;
    position += entry.report.filled_shares;
  } else {
    account.cash += value;
    position -= entry.report.filled_shares;
  }
  if (position.is_zero()) account.positions.erase(entry.order.symbol);
  ++lines_read;
  const std::string key = entry.order.client_order_id;
  entries.emplace(key, std::move(entry));
}

Result<SimulatedBroker> SimulatedBroker::open(io::FileSystem& files, std::string directory, Settings settings,
                                              Pause pause) {
  ATHANOR_CHECK(files.create_directories(directory));
  return SimulatedBroker{files, std::move(directory), std::move(settings), std::move(pause)};
}

Result<std::unique_ptr<io::File>> SimulatedBroker::hold_journal() const {
  return hold(*files_, directory_ + "/.lock", pause_);
}

Result<Journal> SimulatedBroker::read_journal() {
  ATHANOR_TRY(journal, Journal::open(*files_, directory_ + "/book.journal"));
  while (book_.lines_read < journal.lines().size()) {
    ATHANOR_TRY(entry, sdk::EventJson::read<Entry>(std::string_view{journal.lines()[book_.lines_read]}));
    book_.apply(std::move(entry));
  }
  return std::move(journal);
}

Result<AccountState> SimulatedBroker::account() {
  const auto lock = hold_journal();
  if (!lock) return lock.error();
  ATHANOR_CHECK(read_journal());
  return book_.account;
}

Result<std::size_t> SimulatedBroker::order_count() {
  const auto lock = hold_journal();
  if (!lock) return lock.error();
  ATHANOR_TRY(journal, read_journal());
  return journal.lines().size();
}

Result<OrderReport> SimulatedBroker::submit(const Order& order) {
  const auto lock = hold_journal();
  if (!lock) return lock.error();
  ATHANOR_TRY(journal, read_journal());
  if (const auto known = book_.entries.find(order.client_order_id); known != book_.entries.end()) {
    if (sdk::EventJson::write(known->second.order) == sdk::EventJson::write(order)) return known->second.report;
    return invalid_input("The order " + order.client_order_id + " was placed before with different contents.");
  }
  Entry entry{order, execute(order, book_.account)};
  ATHANOR_CHECK(journal.append(sdk::EventJson::write(entry)));  // the moment of the trade
  book_.apply(entry);
  return std::move(entry.report);
}

OrderReport SimulatedBroker::execute(const Order& order, const AccountState& account) const {
  OrderReport report{.order_id = "sim-" + order.client_order_id, .filled_shares = {}, .filled_price = {}, .reason = {}};
  base::Random luck = luck_of(order, settings_.seed);
  if (!order.shares.is_positive() || !order.price.is_positive()) {
    report.reason = "shares and price must be above 0";
    return report;
  }
  if (settings_.refuses_one_in > 0 && luck.one_in(settings_.refuses_one_in)) {
    report.reason = "rejected by the exchange";
    return report;
  }
  Decimal shares = order.shares;
  if (settings_.fills_in_part_one_in > 0 && luck.one_in(settings_.fills_in_part_one_in)) {
    shares = *divide(shares, Decimal{2});
    report.reason = "partially filled";
  }
  if (order.side == "BUY" && shares * order.price > account.cash) {
    report.reason = "insufficient buying power";
    return report;
  }
  const auto position = account.positions.find(order.symbol);
  if (order.side == "SELL" && (position == account.positions.end() || position->second < shares)) {
    report.reason = "insufficient shares";
    return report;
  }
  report.filled = !report.reason;
  report.filled_shares = shares;
  report.filled_price = order.price;
  return report;
}

Result<bool> SimulatedBroker::is_settled(const std::string& order_id) {
  return polls_[order_id]++ >= settings_.polls_until_settled;
}

}  // namespace athanor::alchemiser
