// The producers of events in the trading system. `source` is what rules match, after "alchemiser."; `module` is the
// name that events have always carried. One line per producer, so that the two cannot drift apart.
#pragma once

#include "sdk/event.h"

namespace athanor::alchemiser {

inline constexpr sdk::Producer kSystem{
    .module = "orchestration.system", .component = "TradingSystem", .source = "orchestration"};
inline constexpr sdk::Producer kOrchestrator{.module = "orchestration.event_driven_orchestrator",
                                             .component = "EventDrivenOrchestrator",
                                             .source = "orchestration"};
inline constexpr sdk::Producer kStrategy{
    .module = "strategy_v2.handlers", .component = "SignalGenerationHandler", .source = "strategy"};
inline constexpr sdk::Producer kPortfolio{
    .module = "portfolio_v2.handlers", .component = "PortfolioAnalysisHandler", .source = "portfolio"};
inline constexpr sdk::Producer kExecution{
    .module = "execution_v2.handlers", .component = "TradingExecutionHandler", .source = "execution"};
inline constexpr sdk::Producer kSettlement{
    .module = "execution_v2.settlement_monitor", .component = "SettlementMonitor", .source = "execution"};
inline constexpr sdk::Producer kErrorHandler{
    .module = "shared.errors.error_handler", .component = "TradingSystemErrorHandler", .source = "shared"};

}  // namespace athanor::alchemiser
