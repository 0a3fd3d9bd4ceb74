#include "engine/compaction_thread.h"

#include <sched.h>

#include <chrono>
#include <utility>

namespace athanor::engine {
namespace {

// Of the log's files, read and written. A segment of 64 MiB takes some three seconds; the disk and the caches are left
// to those who are waited for.
constexpr std::uint64_t kBytesPerSecond = 32 * 1'048'576;

}  // namespace

CompactionThread::CompactionThread(log::Log& log, observe::Counters& counters,
                                   std::function<void(const Error&)> on_error)
    : log_(log),
      on_error_(std::move(on_error)),
      segments_(counters.get("athanor_segments_compacted_total")),
      bytes_before_(counters.get("athanor_compacted_bytes_before_total")),
      bytes_after_(counters.get("athanor_compacted_bytes_after_total")) {}

void CompactionThread::start() {
  thread_ = std::thread{[this] { run(); }};
}

void CompactionThread::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void CompactionThread::want(log::LogPosition before, std::shared_ptr<const log::Keepers> keepers) {
  const std::lock_guard lock{mutex_};
  wish_ = Wish{before, std::move(keepers)};
  changed_.notify_one();
}

void CompactionThread::run() {
  // Whoever else wakes takes the processor at once; a nice thread would run its slice of some 3 ms to the end. A lock
  // that it holds meanwhile is held for as long as those who wait for it leave the processor to it, and it takes few.
  // Where it is refused, the pace alone spares the others.
  const sched_param none{};
  static_cast<void>(::sched_setscheduler(0, SCHED_IDLE, &none));
  for (;;) {
    Wish wish;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stopping_ || wish_; });
      if (stopping_) return;
      wish = *std::exchange(wish_, std::nullopt);
    }
    const auto done =
        log_.compact(wish.before, *wish.keepers, [this](const log::CompactionStep& step) { return go_on(step.bytes); });
    if (!done) return on_error_(done.error());
    segments_.add(done->segments);
    bytes_before_.add(done->bytes_before);
    bytes_after_.add(done->bytes_after);
  }
}

bool CompactionThread::go_on(std::uint64_t bytes) {
  std::unique_lock lock{mutex_};
  return !changed_.wait_for(lock, std::chrono::microseconds{bytes * 1'000'000 / kBytesPerSecond},
                            [&] { return stopping_; });
}

}  // namespace athanor::engine
