// The whole trading system in one process: five steps on an in-memory bus, ledger and broker on a disk. For tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>

#include "alchemiser/broker/simulated_broker.h"
#include "alchemiser/ledger/records.h"
#include "alchemiser/run/summary.h"
#include "alchemiser/steps/steps.h"
#include "sdk/in_memory_bus.h"

namespace athanor::alchemiser {

inline const PriceTable& real_prices() {
  static const PriceTable prices = [] {
    std::ifstream file(std::filesystem::path(__FILE__).parent_path().parent_path() / "data/stocks.csv");
    std::ostringstream text;
    text << file.rdbuf();
    return PriceTable::parse_csv(text.str()).value();
  }();
  return prices;
}

// Steps that share one ledger. Built again on the same disk, it acts as the next process.
class TestFloor {
 public:
  explicit TestFloor(io::FileSystem& files, Settings with = {}, base::Random* disorder = nullptr)
      : settings(std::move(with)), bus({}, disorder), files_(files) {
    pause = [this](base::Duration wait) { clock.advance(wait); };
    auto opened = open();
    if (!opened) return;
    desk_.emplace(Desk{bus, *records, *broker, real_prices(), settings, pause});
    subscribe(strategy_handlers(*desk_), {"WorkflowStarted", "StartupEvent"});
    subscribe(portfolio_handlers(*desk_), {"SignalGenerated"});
    subscribe(execution_handlers(*desk_), {"RebalancePlanned"});
    subscribe(orchestrator_handlers(*desk_), {"WorkflowStarted", "SignalGenerated", "RebalancePlanned", "TradeExecuted",
                                              "WorkflowCompleted", "WorkflowFailed"});
    subscribe(notification_handlers(*mails),
              {"TradingNotificationRequested", "ErrorNotificationRequested", "SystemNotificationRequested"});
  }

  // False when the process died before it had opened its ledger.
  bool is_open() const { return desk_.has_value(); }
  Desk& desk() { return *desk_; }

  // Starts the month and runs it as far as it goes.
  void start(Month month) {
    clock.advance(std::chrono::seconds{1});
    (void)publish(bus, start_of(settings, month, sdk::Timestamp{clock.now()})).has_value();
  }

  // Delivers an event of the bus again, to every step that takes it; as a replay if that has a name.
  void deliver_again(const sdk::EventMessage& message, std::optional<std::string> replay_name = std::nullopt) {
    sdk::EnvelopeFields fields{.id = "again",
                               .detail_type = message.detail_type,
                               .source = message.source,
                               .account = {},
                               .time = message.time,
                               .region = {},
                               .resources = message.resources,
                               .replay_name = std::move(replay_name)};
    for (auto& [types, handle] : steps_) {
      if (std::find(types.begin(), types.end(), message.detail_type) != types.end()) {
        (void)handle(sdk::write_envelope(fields, message.detail)).has_value();
      }
    }
  }

  Decimal equity(Month month) { return value_of(broker->account().value(), real_prices().at(month)).value(); }

  Settings settings;
  base::ManualClock clock;
  sdk::InMemoryBus bus;
  Pause pause;
  std::optional<Records> records;
  std::optional<Records> mails;
  std::optional<SimulatedBroker> broker;

 private:
  using Handle = std::function<Result<void>(std::string_view)>;

  Result<void> open() {
    ATHANOR_TRY(opened_records, Records::open(files_, "state/months", pause));
    ATHANOR_TRY(opened_mails, Records::open(files_, "state/mails", pause, ".txt"));
    ATHANOR_TRY(opened_broker, SimulatedBroker::open(files_, "state/broker", settings.broker, pause));
    records.emplace(std::move(opened_records));
    mails.emplace(std::move(opened_mails));
    broker.emplace(std::move(opened_broker));
    return {};
  }

  void subscribe(sdk::EventHandlers handlers, std::vector<std::string> types) {
    Handle handle = [this, handlers = std::move(handlers)](std::string_view payload) {
      sdk::Context context;
      context.clock = &clock;
      return handlers.handle(payload, context);
    };
    for (const auto& type : types) bus.subscribe(type, handle);
    steps_.emplace_back(std::move(types), handle);
  }

  io::FileSystem& files_;
  std::optional<Desk> desk_;
  std::vector<std::pair<std::vector<std::string>, Handle>> steps_;
};

}  // namespace athanor::alchemiser
