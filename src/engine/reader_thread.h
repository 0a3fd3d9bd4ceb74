// The thread that reads the log for the engine, and does whatever else may block on the disk or take long.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "log/log.h"

namespace athanor::engine {

class ReaderThread {
 public:
  // `log` outlives the thread.
  explicit ReaderThread(const log::Log& log) : log_(log) {}
  ~ReaderThread() { stop(); }

  void start();
  // Ends after the current work, and joins; what still waits is dropped.
  void stop();

  // Runs `work` after everything requested before. Any thread. No more wait than requests are open and replays run.
  void read(std::move_only_function<void(const log::Log&)> work);

 private:
  void run();

  const log::Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void(const log::Log&)>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace athanor::engine
