// The thread that compacts old parts of the log for the archives' sake, in the background: slowly, and behind
// everything else that wants the processor.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "log/log.h"
#include "observe/counters.h"

namespace athanor::engine {

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

 private:
  struct Wish {
    log::LogPosition before;
    std::shared_ptr<const log::Keepers> keepers;
  };
  void run();
  bool go_on(std::uint64_t bytes);

  log::Log& log_;
  const std::function<void(const Error&)> on_error_;
  observe::Counter& segments_;
  observe::Counter& bytes_before_;
  observe::Counter& bytes_after_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Wish> wish_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace athanor::engine
