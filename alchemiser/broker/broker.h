// The interface to the broker that trades for us.
#pragma once

#include <optional>
#include <string>

#include "alchemiser/domain/planner.h"
#include "base/result.h"

namespace athanor::alchemiser {

struct Order {
  std::string client_order_id;  // ours; the same order always has the same id
  std::string symbol;
  std::string side;  // BUY or SELL
  Decimal shares;
  Decimal price;  // USD per share, the price the plan was made with

  static constexpr auto members() {
    return Members{member("client_order_id", &Order::client_order_id, {.length_min = 1, .required = true}),
                   member("symbol", &Order::symbol, {.length_min = 1, .required = true}),
                   member("side", &Order::side, {.one_of = "BUY, SELL", .required = true}),
                   member("shares", &Order::shares, {.value_min = 0, .required = true}),
                   member("price", &Order::price, {.value_min = 0, .required = true})};
  }
};

struct OrderReport {
  std::string order_id;  // the broker's
  bool filled = false;   // completely
  Decimal filled_shares;
  Decimal filled_price;               // USD per share; zero when nothing was filled
  std::optional<std::string> reason;  // why not, or not completely

  static constexpr auto members() {
    return Members{member("order_id", &OrderReport::order_id, {.required = true}),
                   member("filled", &OrderReport::filled, {.required = true}),
                   member("filled_shares", &OrderReport::filled_shares, {.required = true}),
                   member("filled_price", &OrderReport::filled_price, {.required = true}),
                   member("reason", &OrderReport::reason)};
  }
};

class Broker {
 public:
  virtual ~Broker() = default;
  virtual Result<AccountState> account() = 0;
  virtual Result<void> cancel_open_orders() = 0;
  // Trades once per client_order_id: a second submit gets the first one's report. InvalidInput when the two orders
  // differ.
  virtual Result<OrderReport> submit(const Order& order) = 0;
  // Whether the money of an order (named by the broker's id) has arrived.
  virtual Result<bool> is_settled(const std::string& order_id) = 0;
};

}  // namespace athanor::alchemiser
