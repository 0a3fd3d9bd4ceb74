// The thread that compacts old parts of the log for the archives' sake, in the background: slowly, and behind
// everything else that wants the processor, as long as that is enough.
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

// How urgent it is, by the bytes of the log that may be compacted and are not yet.
enum class Urgency : std::uint8_t {
  Idle,   // runs when nothing else wants the processor
  Share,  // no idle time comes: it takes a small share like anybody else, or the disk would fill
};
Urgency urgency_of(std::uint64_t backlog_bytes, Urgency before);
// Bytes of the log's files, read and written, a second: the more the larger the backlog is, so that it levels off.
std::uint64_t bytes_per_second(std::uint64_t backlog_bytes, Urgency urgency);

class CompactionThread {
 public:
  // `on_error` is called, on this thread, when the log has stopped for good. All of it outlives the thread.
  CompactionThread(log::Log& log, observe::Counters& counters, std::function<void(const Error&)> on_error);
  ~CompactionThread() { stop(); }

  void start();
  // Ends what runs within a block of the log, and joins.
  void stop();

  // Everything before `before` may be compacted to what `keepers` keep. While an earlier wish is being seen to, the
  // newest of several waits. Any thread.
  void want(log::LogPosition before, std::shared_ptr<const log::Keepers> keepers);
  // On a full disk, what found no room the last time may find some now. Any thread.
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
