// Which month may be planned. A plan depends on what the account holds, so months are planned one after another: not
// while an earlier month is being traded, and never once a later one has been planned.
#pragma once

#include <string>

#include "alchemiser/ledger/records.h"
#include "alchemiser/market/month.h"

namespace athanor::alchemiser {

struct Turn {
  bool is_over = false;
  bool is_early = false;
  std::string of;  // the month that was planned instead, or that comes first
};

// Valid while Records::hold_turn() is held; but a month that is over stays over.
Result<Turn> turn_of(const Records& records, Month month);

}  // namespace athanor::alchemiser
