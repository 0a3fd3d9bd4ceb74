// The thread that compacts old parts of the log for the archives, in the background: slowly and, as long as that is
// enough, only when nothing else wants the processor.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "log/log.h"
#include "observe/counters.h"

namespace athanor::engine {

// How urgent compaction is, by the bytes of log that could be compacted but are not yet.
enum class Urgency : std::uint8_t {
  Idle,   // runs when nothing else wants the processor
  Share,  // there is no idle time: takes a small share like any other thread, or the disk would fill
};
Urgency urgency_of(std::uint64_t backlog_bytes, Urgency before);
// Bytes of log files read and written per second: more for a larger backlog, so that it levels off.
std::uint64_t bytes_per_second(std::uint64_t backlog_bytes, Urgency urgency);

class CompactionThread {
 public:
  // `on_error` is called on this thread when the log has stopped for good. All arguments outlive the thread.
  CompactionThread(log::Log& log, observe::Counters& counters, std::function<void(const Error&)> on_error);
  ~CompactionThread() { stop(); }

  void start();
  // Ends the current work within a block of the log, and joins.
  void stop();

  // Everything before `before` may be compacted to what `keepers` keep. While an earlier wish is being carried out,
  // only the newest of several waits. Any thread.
  void want(log::LogPosition before, std::shared_ptr<const log::Keepers> keepers);
  // Tries the last wish again: on a full disk there may be room by now. Any thread.
  void again();

 private:
  struct Wish {
    log::LogPosition before;
    std::shared_ptr<const log::Keepers> keepers;
  };
  void run();
  Result<log::Compacted> compact(const Wish& wish);
  bool go_on(const Wish& wish, const log::CompactionStep& step);

  log::Log& log_;
  const std::function<void(const Error&)> on_error_;
  observe::Counter& segments_;
  observe::Counter& merged_;
  observe::Counter& bytes_before_;
  observe::Counter& bytes_after_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Wish> wish_, last_;
  bool stopping_ = false;
  Urgency urgency_ = Urgency::Idle;
  bool is_to_begin_again_ = false;  // the urgency has changed
  std::thread thread_;
};

}  // namespace athanor::engine
