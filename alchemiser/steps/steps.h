// The five steps of a run, each a function of its own behind the bus. All may be called any number of times, in any
// order, by any number of processes: see steps/desk.h.
#pragma once

#include "alchemiser/steps/desk.h"
#include "sdk/event_handlers.h"

namespace athanor::alchemiser {

// An error means that the delivery should be retried. What a retry cannot fix is reported as WorkflowFailed.
Result<void> generate_signal(Desk& desk, const sdk::Envelope<WorkflowStarted>& started, sdk::Context& context);
Result<void> plan_rebalance(Desk& desk, const sdk::Envelope<SignalGenerated>& signal, sdk::Context& context);
Result<void> execute_plan(Desk& desk, const sdk::Envelope<RebalancePlanned>& planned, sdk::Context& context);
Result<void> report_trade(Desk& desk, const sdk::Envelope<TradeExecuted>& executed, sdk::Context& context);
Result<void> report_failure(Desk& desk, const sdk::Envelope<WorkflowFailed>& failed, sdk::Context& context);

// Gives the step each event of its type, except those of a replay: an archive records the past, and replaying it must
// not trade a month that was held back. To trade such a month, start it again.
template <sdk::EventType T>
void add_step(sdk::EventHandlers& handlers, Desk& desk,
              Result<void> (*step)(Desk&, const sdk::Envelope<T>&, sdk::Context&)) {
  handlers.on<T>([&desk, step](const sdk::Envelope<T>& event, sdk::Context& context) -> Result<void> {
    if (!context.replay_name) return step(desk, event, context);
    context.log(event.detail_type + " " + event.detail.event_id() + ": ignored in the replay " + *context.replay_name);
    return {};
  });
}

// Which events each step's program handles. Each borrows `desk`.
sdk::EventHandlers strategy_handlers(Desk& desk);
sdk::EventHandlers portfolio_handlers(Desk& desk);
sdk::EventHandlers execution_handlers(Desk& desk);
sdk::EventHandlers orchestrator_handlers(Desk& desk);
// Writes the mail (steps/mail.h) of each event that asks for one, as the record <event_id>.
sdk::EventHandlers notification_handlers(Records& mails);

}  // namespace athanor::alchemiser
