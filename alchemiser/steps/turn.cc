#include "alchemiser/steps/turn.h"

#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {

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
    if (!execution) turn = Turn{.is_early = true, .of = name};
  }
  return turn;
}

}  // namespace athanor::alchemiser
