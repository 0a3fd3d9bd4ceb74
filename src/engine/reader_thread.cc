#include "engine/reader_thread.h"

#include <utility>

#include "base/named_thread.h"

namespace athanor::engine {

void ReaderThread::start() {
  thread_ = base::named_thread("reader", [this] { run(); });
}

void ReaderThread::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void ReaderThread::read(std::move_only_function<void(const log::Log&)> work) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back(std::move(work));
  changed_.notify_one();
}

void ReaderThread::run() {
  for (;;) {
    std::move_only_function<void(const log::Log&)> work;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work(log_);
  }
}

}  // namespace athanor::engine
