// Every type of event of the trading system, once.
#pragma once

#include "alchemiser/events/notifications.h"
#include "alchemiser/events/trading.h"
#include "alchemiser/events/workflow.h"
#include "sdk/event_types.h"

namespace athanor::alchemiser {

using AllEvents = sdk::EventTypes<StartupEvent, WorkflowStarted, SignalGenerated, RebalancePlanned, TradeExecuted,
                                  WorkflowCompleted, WorkflowFailed, TradingNotificationRequested,
                                  ErrorNotificationRequested, SystemNotificationRequested, TradeExecutionStarted,
                                  PortfolioStateChanged, AllocationComparisonCompleted, OrderSettlementCompleted,
                                  BulkSettlementCompleted, ExecutionPhaseCompleted>;

}  // namespace athanor::alchemiser
