#include "sim/world.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <memory>
#include <set>

#include "base/assert.h"
#include "engine/contents.h"
#include "engine/engine.h"
#include "engine/state.h"
#include "format/json.h"
#include "service/events/archives.h"
#include "service/events/event_buses.h"
#include "service/events/put_events.h"
#include "service/events/rules.h"
#include "service/sqs/queues.h"
#include "sim/disk.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
namespace {

constexpr const char* kQueueArn = "arn:aws:sqs:us-east-1:123456789012:orders";
constexpr const char* kDeadArn = "arn:aws:sqs:us-east-1:123456789012:dead";
constexpr const char* kFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
constexpr const char* kArchiveArn = "arn:aws:events:us-east-1:123456789012:archive/all";
constexpr const char* kBusArn = "arn:aws:events:us-east-1:123456789012:event-bus/orders";

// A log that says too early that it is safe: the planted bug.
class HastyLog final : public log::Log {
 public:
  explicit HastyLog(std::unique_ptr<log::Log> inner) : inner_(std::move(inner)) {}
  Result<log::LogPosition> append(log::RecordType type, base::Time time, std::string_view payload) override {
    return inner_->append(type, time, payload);
  }
  log::LogPosition end() const override { return inner_->end(); }
  Result<log::LogPosition> commit() override { return inner_->commit(); }
  log::LogPosition commit_position() const override { return inner_->end(); }
  Result<log::Record> read(log::LogPosition position) const override { return inner_->read(position); }
  Result<log::LogPosition> scan(log::LogPosition from,
                                const std::function<bool(const log::Record&)>& visit) const override {
    return inner_->scan(from, visit);
  }
  Result<void> trim(log::LogPosition floor) override { return inner_->trim(floor); }
  Result<void> save_snapshot(const log::Snapshot& snapshot) override { return inner_->save_snapshot(snapshot); }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return inner_->load_snapshot(); }

 private:
  std::unique_ptr<log::Log> inner_;
};

class Simulation final : public engine::World {
 public:
  explicit Simulation(const RunOptions& options)
      : options_(options),
        random_(options.seed),
        disk_({.seed = options.seed, .survival = random_.one_in(2) ? Survival::Prefix : Survival::Sectors}),
        fails_one_in_(2 + random_.below(4)),
        is_broken_(random_.one_in(4)) {}

  RunReport run() {
    open();
    set_up();
    for (int i = 0; i < options_.steps; ++i) step();
    come_to_rest();
    check();
    return std::move(report_);
  }

  void start_function(function::Start start) override { running_.push_back(std::move(start)); }
  void retire_function(const std::string&) override {}
  void read_log(std::function<void(const log::Log&)> work) override { reads_.push_back(std::move(work)); }
  void post(std::function<void(engine::Call&)> decision) override { posted_.push_back(std::move(decision)); }

 private:
  // --- The server's life.

  void open() {
    storage::EmbeddedLogSettings settings;
    settings.segment_bytes = 64 << 10;
    settings.fill_ahead_bytes = 16 << 10;
    settings.seed = options_.seed;
    auto log = storage::open_embedded_log(disk_, "data", settings);
    if (!log) {
      violate("the log does not open: " + log.error().message + " " + log.error().detail);
      ATHANOR_ASSERT(false);
    }
    if (options_.acknowledge_before_sync)
      log_ = std::make_unique<HastyLog>(*std::move(log));
    else
      log_ = *std::move(log);
    engine_ = std::make_unique<engine::Engine>(
        *log_, clock_, *this, counters_,
        engine::Settings{.seed = random_.next(), .snapshot_every_bytes = 40 << 10, .processes_max = 3});
    const auto recovered = engine_->recover();
    if (!recovered) violate("recovery: " + recovered.error().message);
  }

  void crash() {
    ++report_.crashes;
    trace("crash");
    disk_.cut_power();
    engine_.reset();
    log_.reset();
    running_.clear();
    reads_.clear();
    posted_.clear();
    held_.clear();
    disk_.restore_power();
    open();
  }

  void commit() {
    if (auto snapshot = engine_->take_snapshot(false)) {
      static_cast<void>(log_->commit().has_value());
      static_cast<void>(log_->save_snapshot(snapshot->snapshot).has_value());
      static_cast<void>(log_->trim(snapshot->floor).has_value());
    } else {
      static_cast<void>(log_->commit().has_value());
    }
    engine_->on_commit();
  }

  void execute(const std::function<void(engine::Call&)>& decision) { engine_->execute(caller_, decision); }

  void run_posted() {
    while (!reads_.empty() || !posted_.empty()) {
      if (!reads_.empty()) {
        const auto work = std::move(reads_.front());
        reads_.pop_front();
        work(*log_);
      } else {
        const auto decision = std::move(posted_.front());
        posted_.pop_front();
        execute(decision);
      }
    }
  }

  void finish_function(bool may_fail) {
    if (running_.empty()) return;
    const auto at = running_.begin() + static_cast<std::ptrdiff_t>(random_.below(running_.size()));
    function::Start start = std::move(*at);
    running_.erase(at);
    const auto payload = start.payload();
    if (!payload) return violate("a function's payload cannot be read: " + payload.error().message);
    const std::string id = event_id_of(*payload);
    if (!sent_.contains(id)) violate("a function got an event that nobody sent: " + id);
    function::Outcome outcome;
    if (is_broken_ || (may_fail && random_.one_in(fails_one_in_))) {
      ++report_.function_failures;
      outcome = {.kind = function::OutcomeKind::FunctionError, .payload = "{}", .error_type = "Broken"};
    } else {
      handled_.insert(id);
    }
    trace(fmt::format("function {} {}", id, outcome.is_success()));
    start.done(std::move(outcome));
  }

  // --- What clients do.

  void set_up() {
    execute([](engine::Call& call) {
      ATHANOR_ASSERT(service::events::create_event_bus(call, {.name = "orders"}));
      ATHANOR_ASSERT(service::sqs::create_queue(call, {.queue_name = "orders"}));
      ATHANOR_ASSERT(service::sqs::create_queue(call, {.queue_name = "dead"}));
      call.journal.write(function::FunctionPut{.arn = kFunctionArn, .name = "f"});
      call.journal.write(function::InvokeConfigPut{kFunctionArn, function::InvokeConfig{.retries_max = 1}});
      ATHANOR_ASSERT(service::events::create_archive(call, {.archive_name = "all", .event_source_arn = kBusArn}));
      ATHANOR_ASSERT(service::events::put_rule(
          call, {.name = "r", .event_pattern = R"({"source":["shop"]})", .event_bus_name = "orders"}));
      ATHANOR_ASSERT(service::events::put_targets(
          call, {.rule = "r",
                 .event_bus_name = "orders",
                 .targets = {
                     {.id = "queue", .arn = kQueueArn},
                     {.id = "function", .arn = kFunctionArn, .dead_letter_config = api::DeadLetterConfig{kDeadArn}}}}));
    });
    commit();
  }

  void put_events() {
    api::PutEventsRequest request;
    const auto count = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      request.entries.push_back(
          {.source = random_.one_in(8) ? "other" : "shop",
           .detail_type = "Sold",
           .detail = fmt::format(R"({{"n":{},"pad":"{}"}})", ++numbers_, std::string(random_.below(600), 'x')),
           .event_bus_name = "orders"});
    }
    execute([&](engine::Call& call) {
      const auto prepared = service::events::prepare_put_events(request);
      const auto response = service::events::put_events(call, request, *prepared);
      std::vector<std::string> ids;
      for (std::size_t i = 0; i < response->entries.size(); ++i) {
        const std::string& id = *response->entries[i].event_id;
        sent_[id] = *request.entries[i].source == "shop";
        ids.push_back(id);
      }
      trace("put " + ids.front());
      engine_->when_committed([this, ids](bool durable) {
        if (!durable) return;
        for (const std::string& id : ids) acknowledged_.insert(id);
        report_.acknowledged += ids.size();
        trace("acknowledged " + ids.front());
      });
    });
  }

  void receive(const char* queue_arn) {
    execute([&](engine::Call& call) {
      auto received = call.works.queues.receive(
          queue_arn, {.count_max = 10, .visibility_timeout = std::chrono::seconds{5}}, call.now, call.journal);
      if (!received) return violate("receive: " + received.error().message);
      engine_->when_committed([this, queue_arn, messages = *received](bool durable) {
        if (!durable) return;
        for (const auto& message : messages) arrive(queue_arn, message);
      });
    });
  }

  void arrive(const std::string& queue_arn, const queue::ReceivedMessage& message) {
    const auto content = engine::read_message(*log_, message.position,
                                              message.origin ? std::string_view{*message.origin} : std::string_view{});
    if (!content) return violate("a message cannot be read: " + content.error().message);
    const std::string id = event_id_of(content->body);
    const auto sent = sent_.find(id);
    if (sent == sent_.end()) return violate("a message that nobody sent: " + id);
    if (!sent->second) violate("a message that no rule matched: " + id);
    if (deleted_.contains(message.id.text())) violate("a deleted message came back: " + id);
    trace("arrived " + id);
    if (queue_arn == kDeadArn) {
      dead_.insert(id);
      ++report_.dead_letters;
    } else {
      arrived_.insert(id);
    }
    held_.push_back({queue_arn, message});
  }

  void delete_message() {
    if (held_.empty()) return;
    const auto [queue_arn, message] = held_.front();
    held_.pop_front();
    execute([&, queue = queue_arn, held = message](engine::Call& call) {
      if (!call.works.queues.delete_message(queue, held.receipt_handle, call.now, call.journal)) return;
      engine_->when_committed([this, id = held.id.text()](bool durable) {
        if (durable) deleted_.insert(id);
      });
    });
  }

  void start_replay() {
    execute([&](engine::Call& call) {
      const auto started = service::events::start_replay(call, {.replay_name = fmt::format("again-{}", ++replays_),
                                                                .event_source_arn = kArchiveArn,
                                                                .event_start_time = base::Time{std::chrono::seconds{1}},
                                                                .event_end_time = call.now + std::chrono::hours{1},
                                                                .destination = {.arn = kBusArn}});
      if (started) ++report_.replayed;
    });
  }

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        put_events();
        break;
      case 4:
      case 5:
        receive(kQueueArn);
        break;
      case 6:
        receive(kDeadArn);
        break;
      case 7:
      case 8:
        delete_message();
        break;
      case 9:
        clock_.advance(base::Duration{static_cast<std::int64_t>(random_.below(90'000))});
        break;
      case 10:
      case 11:
        finish_function(true);
        break;
      case 12:
        if (random_.one_in(6)) start_replay();
        break;
      case 13:
        run_posted();
        break;
      case 14:
        if (options_.power_cuts && random_.one_in(3)) crash();
        break;
      default:
        commit();
        break;
    }
    engine_->tick();
  }

  // All faults healed: whatever is due happens, until nothing is.
  void come_to_rest() {
    for (int round = 0; round < 2'000; ++round) {
      engine_->tick();
      commit();
      run_posted();
      while (!running_.empty()) finish_function(false);
      run_posted();
      receive(kQueueArn);
      receive(kDeadArn);
      commit();
      while (!held_.empty()) delete_message();
      commit();
      const auto due = engine_->next_due();
      if (due) clock_.set(std::max(*due, clock_.now()));
      const auto& queues = engine_->state().queues;
      const auto* orders = queues.find(kQueueArn);
      const bool empty = engine_->state().invocations.waiting() == 0 && engine_->state().invocations.running() == 0 &&
                         engine_->state().replays.active().empty();
      if (empty && orders != nullptr && round > 10) {
        auto counts = engine_->state().queues.counts(kQueueArn, clock_.now());
        if (counts.visible + counts.in_flight + counts.delayed == 0) return;
        clock_.advance(std::chrono::seconds{6});
      }
    }
    violate("it did not come to rest");
  }

  void check() {
    for (const std::string& id : acknowledged_) {
      if (!sent_[id]) continue;
      if (!arrived_.contains(id)) violate("an acknowledged event never reached its queue: " + id);
      if (!handled_.contains(id) && !dead_.contains(id))
        violate("an acknowledged event was neither handled nor dead-lettered: " + id);
    }
    const archive::Archive* archive = engine_->state().archives.find(kArchiveArn);
    const std::uint64_t archived = archive == nullptr ? 0 : archive->events(clock_.now());
    if (archived < acknowledged_.size() || archived > sent_.size()) {
      violate(fmt::format("the archive holds {} events; {} were acknowledged, {} sent", archived, acknowledged_.size(),
                          sent_.size()));
    }
  }

  // --- Telling.

  static std::string event_id_of(const std::string& event) {
    const auto parsed = format::parse_json(event);
    const auto* id = parsed ? parsed->find("id") : nullptr;
    return id == nullptr ? std::string{} : id->text;
  }

  void trace(std::string_view line) {
    for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash_ = (hash_ ^ static_cast<std::uint64_t>(clock_.now().time_since_epoch().count())) * 0x100000001b3ULL;
    report_.trace_hash = hash_;
  }

  void violate(std::string what) { report_.violations.push_back(std::move(what)); }

  const RunOptions options_;
  base::Random random_;
  Disk disk_;
  const std::uint64_t fails_one_in_;  // of the runs of a function: each seed has its own weather
  const bool is_broken_;              // the function never works: all its events end as dead letters
  base::ManualClock clock_;
  observe::Counters counters_;
  engine::Caller caller_{.endpoint = "http://sim", .access_key_id = {}};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::Engine> engine_;

  std::vector<function::Start> running_;
  std::deque<std::function<void(const log::Log&)>> reads_;
  std::deque<std::function<void(engine::Call&)>> posted_;
  std::deque<std::pair<std::string, queue::ReceivedMessage>> held_;

  std::map<std::string, bool> sent_;  // with whether the rule matches
  std::set<std::string> acknowledged_, arrived_, handled_, dead_, deleted_;
  std::uint64_t numbers_ = 0, replays_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  RunReport report_;
};

}  // namespace

RunReport run(const RunOptions& options) { return Simulation{options}.run(); }

}  // namespace athanor::sim
