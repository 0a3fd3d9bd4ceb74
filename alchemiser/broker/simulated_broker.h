// A broker on disk: fills market orders at the price they name, and keeps cash and positions in a journal.
//
// Like a real one it refuses what the account cannot pay; if so configured it refuses some orders at random, fills
// others in part, and settles late. What it does with an order depends only on the order's id and the seed.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "alchemiser/broker/broker.h"
#include "alchemiser/ledger/journal.h"
#include "alchemiser/ledger/locks.h"

namespace athanor::alchemiser {

class SimulatedBroker final : public Broker {
 public:
  struct Settings {
    Decimal initial_cash = "100000"_decimal;  // USD
    std::uint64_t seed = 7;
    std::uint64_t refuses_one_in = 0;        // one order in so many; 0: none
    std::uint64_t fills_in_part_one_in = 0;  // ... with half of the shares
    int polls_until_settled = 0;
  };

  // Keeps its book in `directory`, which is created if missing. Borrows `files`.
  static Result<SimulatedBroker> open(io::FileSystem& files, std::string directory, Settings settings, Pause pause);

  Result<AccountState> account() override;
  Result<void> cancel_open_orders() override { return {}; }  // market orders are never open
  Result<OrderReport> submit(const Order& order) override;
  Result<bool> is_settled(const std::string& order_id) override;

  // How many orders are in the book.
  Result<std::size_t> order_count();

 private:
  // One line of the journal.
  struct Entry {
    Order order;
    OrderReport report;
    static constexpr auto members() {
      return Members{member("order", &Entry::order, {.required = true}),
                     member("report", &Entry::report, {.required = true})};
    }
  };
  // What the journal's lines add up to. Kept between calls, since the journal only grows.
  struct Book {
    std::size_t lines_read = 0;
    std::map<std::string, Entry> entries;  // by client_order_id
    AccountState account;
    void apply(Entry entry);
  };

  SimulatedBroker(io::FileSystem& files, std::string directory, Settings settings, Pause pause)
      : files_(&files), directory_(std::move(directory)), settings_(std::move(settings)), pause_(std::move(pause)) {
    book_.account.cash = settings_.initial_cash;
  }
  // Reads what any process has added since. The caller holds the lock.
  Result<Journal> read_journal();
  Result<std::unique_ptr<io::File>> hold_journal() const;
  OrderReport execute(const Order& order, const AccountState& account) const;

  io::FileSystem* files_;
  std::string directory_;
  Settings settings_;
  Pause pause_;
  Book book_;
  std::map<std::string, int> polls_;  // by order id
};

}  // namespace athanor::alchemiser
