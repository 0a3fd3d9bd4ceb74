#include "engine/loop.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/named_thread.h"
#include "engine/compaction_thread.h"
#include "engine/reader_thread.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

// The longest the engine sleeps when nothing is planned: a jump of the wall clock is noticed within that time.
constexpr base::Duration kLongestSleep = std::chrono::seconds{1};
// How often the log looks for room on a full disk.
constexpr std::chrono::seconds kLookForRoomEvery{1};
// Commands wait once this much is waiting for the disk. A larger write would make no sync cheaper, and what is staged
// is in memory twice. Far below the most that the log stages.
constexpr std::uint64_t kUncommittedBytesMax = 4 * 1'048'576;

struct Command {
  Caller caller;
  std::move_only_function<void(Call&)> decision;
  std::uint64_t bytes = 0;  // of the request that it holds
};

// Commands that came together; those from `done` on wait for the disk.
struct Batch {
  std::vector<Command> commands;
  std::size_t done = 0;
};

// What the engine thread is woken for.
struct News {
  bool is_last = false;            // the loop stops after this round
  std::optional<Error> log_error;  // the log has stopped
};

}  // namespace

struct Loop::Threads {
  Threads(log::Log& the_log, const base::Clock& the_clock, function::Executor& the_executor,
          observe::Counters& counters, World& world, engine::Settings engine_settings, Settings the_settings,
          std::function<void(const Error&)> stopped)
      : log(the_log),
        clock(the_clock),
        executor(the_executor),
        settings(the_settings),
        on_stopped(std::move(stopped)),
        snapshots_skipped(counters.get("athanor_snapshots_without_room_total")),
        engine(the_log, the_clock, world, counters, engine_settings),
        reader(the_log),
        compaction(the_log, counters, [this](const Error& error) { tell_engine(error); }) {}

  log::Log& log;
  const base::Clock& clock;
  function::Executor& executor;
  Settings settings;
  std::function<void(const Error&)> on_stopped;
  observe::Counter& snapshots_skipped;
  Engine engine;

  // The engine's inbox.
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Command> commands;
  std::atomic<std::uint64_t> bytes = 0;  // of the commands that wait or are being decided
  bool committed = false;                // the log thread has news
  bool stopping = false;
  std::optional<Error> log_error;

  // The log thread's.
  std::mutex log_mutex;
  std::condition_variable log_work;
  log::LogPosition wanted;  // commit up to here
  std::optional<Engine::PendingSnapshot> snapshot;
  bool log_working = false;
  bool log_stopping = false;

  std::thread engine_thread, log_thread;
  ReaderThread reader;
  CompactionThread compaction;

  void run_engine() {
    Batch batch;
    for (bool told = false;;) {
      settings.each_turn();
      const News news = wait_for_news(batch);
      if (news.log_error) engine.on_log_stopped(*news.log_error);
      engine.on_commit();
      decide(batch, news.is_last);
      engine.tick();
      if (!engine.has_stopped()) commit_or_have_committed(batch.commands.size() == 1 && !news.is_last);
      engine.on_commit();
      if (engine.has_stopped() && !std::exchange(told, true)) on_stopped(*engine.why_stopped());
      if (news.is_last) return;
    }
  }

  // Waits until there is something to decide, the log thread has news, or something is due. What has come becomes the
  // next batch once all of this one is decided.
  News wait_for_news(Batch& batch) {
    const base::Time now = clock.now();
    const base::Time wake = std::min(engine.next_due().value_or(now + kLongestSleep), now + kLongestSleep);
    const bool waits_for_disk = batch.done < batch.commands.size();
    std::unique_lock lock{mutex};
    if (wake > now) {
      arrived.wait_for(lock, wake - now,
                       [&] { return (!commands.empty() && !waits_for_disk) || committed || stopping; });
    }
    committed = false;
    if (!waits_for_disk) {
      batch.commands.clear();
      batch.done = 0;
      batch.commands.swap(commands);
    } else if (stopping) {
      std::ranges::move(commands, std::back_inserter(batch.commands));
      commands.clear();
    }
    return {stopping, log_error};
  }

  // As many as the disk can take; the last round waits for nothing.
  void decide(Batch& batch, bool is_last) {
    for (; batch.done < batch.commands.size() && (is_last || !is_full()); ++batch.done) {
      Command& command = batch.commands[batch.done];
      engine.execute(command.caller, std::move(command.decision));
      bytes -= std::exchange(command, {}).bytes;  // what is left of the batch may wait for long
    }
  }

  bool is_full() const { return log.end().value - log.commit_position().value >= kUncommittedBytesMax; }

  // A single request is committed by this thread when the log thread is idle: handing over to it and back costs as much
  // as the sync. Several at once go to the log thread, so that the next are decided while it waits for the disk.
  void commit_or_have_committed(bool is_alone) {
    auto due = engine.take_snapshot(false);
    std::unique_lock lock{log_mutex};
    if (due) snapshot = std::move(due);
    if (log.end() <= wanted && !snapshot) return;
    if (is_alone && !snapshot && !log_working && wanted <= log.commit_position() && log.has_room()) {
      wanted = log.end();
      if (const auto outcome = log.commit(); !outcome) engine.on_log_stopped(outcome.error());
      return;
    }
    wanted = log.end();
    lock.unlock();
    log_work.notify_one();
  }

  void run_log() {
    base::Time looked_for_room{};
    for (;;) {
      settings.each_turn();
      std::optional<Engine::PendingSnapshot> to_save;
      {
        std::unique_lock lock{log_mutex};
        log_working = false;
        const auto has_work = [&] { return log_stopping || wanted > log.commit_position() || snapshot; };
        if (log.has_room())
          log_work.wait(lock, has_work);
        else
          log_work.wait_for(lock, kLookForRoomEvery, has_work);
        if (log_stopping) return;
        if (snapshot) to_save.swap(snapshot);
        log_working = true;
      }
      auto outcome = log.commit();
      const base::Time now = clock.now();
      // A clock that was set back does not stop it from looking.
      if (outcome && !log.has_room() && (now < looked_for_room || now - looked_for_room >= kLookForRoomEvery)) {
        looked_for_room = now;
        if (const auto made = log.make_room(); !made) outcome = made.error();
        if (!log.has_room()) compaction.again();
      }
      if (outcome) tell_engine(std::nullopt);  // replies first, then the snapshot
      if (outcome && to_save) {
        if (const auto done = save(*to_save); !done) outcome = done.error();
      }
      if (!outcome) {
        tell_engine(outcome.error());
        return;
      }
    }
  }

  // A snapshot that finds no room does no harm: the log has everything, and the next one will come.
  Result<void> save(const Engine::PendingSnapshot& due) {
    auto saved = log.save_snapshot(due.snapshot);
    if (saved) return free_behind(due);
    if (saved.error().code != ErrorCode::DiskFull) return saved;
    snapshots_skipped.add();
    return {};
  }

  Result<void> free_behind(const Engine::PendingSnapshot& saved) {
    Engine::Needed needed = engine.snapshot_saved(saved);
    ATHANOR_CHECK(log.trim(needed.floor));
    if (needed.keepers) compaction.want(needed.whole_from, std::move(needed.keepers));
    return {};
  }

  // What remains at a stop, once the other threads are gone. A last snapshot means that the next start reads little.
  Result<void> finish_log(const std::optional<Engine::PendingSnapshot>& last) {
    ATHANOR_CHECK(log.commit());
    return last ? save(*last) : Result<void>{};
  }

  void tell_engine(std::optional<Error> error) {
    {
      const std::lock_guard lock{mutex};
      committed = true;
      if (error) log_error = std::move(error);
    }
    arrived.notify_one();
  }
};

Loop::Loop(log::Log& log, const base::Clock& clock, function::Executor& executor, observe::Counters& counters,
           engine::Settings engine_settings, Settings settings, std::function<void(const Error&)> on_stopped)
    : threads_(std::make_unique<Threads>(log, clock, executor, counters, *this, engine_settings, settings,
                                         std::move(on_stopped))) {}

Loop::~Loop() { stop(); }

Result<void> Loop::start() {
  ATHANOR_CHECK(threads_->engine.recover());
  threads_->wanted = threads_->log.commit_position();
  threads_->log_thread = base::named_thread("log", [this] { threads_->run_log(); });
  threads_->engine_thread = base::named_thread("engine", [this] { threads_->run_engine(); });
  threads_->reader.start();
  threads_->compaction.start();
  return {};
}

void Loop::stop() {
  Threads& t = *threads_;
  if (!t.log_thread.joinable()) return;
  t.reader.stop();
  {
    const std::lock_guard lock{t.mutex};
    t.stopping = true;
    t.arrived.notify_one();
  }
  if (t.engine_thread.joinable()) t.engine_thread.join();  // unless the system refused it
  t.compaction.stop();
  auto last = t.engine.has_stopped() ? std::nullopt : t.engine.take_snapshot(true);
  {
    const std::lock_guard lock{t.log_mutex};
    t.log_stopping = true;
    t.log_work.notify_one();
  }
  t.log_thread.join();
  if (!last) last.swap(t.snapshot);  // handed over too late for the log thread
  if (!t.engine.has_stopped()) {
    if (const auto finished = t.finish_log(last); !finished) {
      t.engine.on_log_stopped(finished.error());
      t.on_stopped(finished.error());
    }
  }
  t.engine.on_commit();
}

bool Loop::takes(std::uint64_t bytes) const {
  const Settings& settings = threads_->settings;
  return bytes <= settings.light_bytes || threads_->bytes < settings.bytes_max;
}

std::uint64_t Loop::waiting_bytes() const { return threads_->bytes; }

Loop::Posted Loop::try_post(const Caller& caller, std::uint64_t bytes, std::move_only_function<void(Call&)> decision) {
  const std::lock_guard lock{threads_->mutex};
  std::vector<Command>& commands = threads_->commands;
  if (commands.size() >= threads_->settings.commands_max || threads_->stopping || !takes(bytes)) return Posted::Full;
  commands.push_back({caller, std::move(decision), bytes});
  threads_->bytes += bytes;
  return commands.size() == 1 ? Posted::First : Posted::Behind;
}

void Loop::wake() {
  {
    const std::lock_guard lock{threads_->mutex};
    if (threads_->commands.empty()) return;  // it was awake and has taken them
  }
  threads_->arrived.notify_one();  // not before: the woken thread needs the lock
}

void Loop::post(std::move_only_function<void(Call&)> decision) {
  {
    const std::lock_guard lock{threads_->mutex};
    threads_->commands.push_back({Caller{}, std::move(decision)});
  }
  threads_->arrived.notify_one();
}

void Loop::start_function(function::Start start) { threads_->executor.start(std::move(start)); }
void Loop::retire_function(const std::string& function_arn) { threads_->executor.retire(function_arn); }

void Loop::read_log(std::move_only_function<void(const log::Log&)> work) { threads_->reader.read(std::move(work)); }

Engine& Loop::engine() { return threads_->engine; }
const log::Log& Loop::log() const { return threads_->log; }

}  // namespace athanor::engine
