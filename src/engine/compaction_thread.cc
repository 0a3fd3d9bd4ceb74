#include "engine/compaction_thread.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "base/named_thread.h"

namespace athanor::engine {
namespace {

constexpr std::uint64_t kMiB = 1'048'576;
constexpr std::uint64_t kGiB = 1'024 * kMiB;

// A segment of 64 MiB takes about three seconds; the disk and the caches are left to work that someone waits for.
// Twice the rate for twice this backlog, and so on, keeps up with a log that grows faster than that.
constexpr std::uint64_t kIdleBytesPerSecond = 32 * kMiB;
constexpr std::uint64_t kIdleBacklog = 256 * kMiB;
// A backlog that idle time could not hold back. At this rate, each GiB of it keeps a tenth of a processor busy.
constexpr std::uint64_t kShareBacklog = kGiB;
constexpr std::uint64_t kShareBytesPerSecond = 8 * kMiB;

// Runs `work` on a thread of its own, which ends with it: a thread that has chosen idle priority cannot leave it
// without privileges. Where idle priority is refused, only the pace spares the others. False when no thread can be had,
// as when functions use as many as the system allows: nothing was done.
bool do_when_idle(const std::function<void()>& work) {
  try {
    std::thread{[&] {
      // Any other thread that wakes takes the processor at once, whereas a nice thread would finish its slice of some 3
      // ms. A lock that this thread holds stays held until the threads waiting for it leave it the processor; it takes
      // few.
      const sched_param none{};
      (void)::sched_setscheduler(0, SCHED_IDLE, &none);
      work();
    }}.join();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

}  // namespace

// `Share` ends only when half the backlog is gone, so that it does not begin and end with every segment.
Urgency urgency_of(std::uint64_t backlog_bytes, Urgency before) {
  const std::uint64_t bound = before == Urgency::Share ? kShareBacklog / 2 : kShareBacklog;
  return backlog_bytes >= bound ? Urgency::Share : Urgency::Idle;
}

std::uint64_t bytes_per_second(std::uint64_t backlog_bytes, Urgency urgency) {
  const auto times = [&](std::uint64_t rate, std::uint64_t unit) {
    return static_cast<std::uint64_t>(static_cast<double>(rate) *
                                      std::max(1.0, static_cast<double>(backlog_bytes) / static_cast<double>(unit)));
  };
  return urgency == Urgency::Idle ? times(kIdleBytesPerSecond, kIdleBacklog)
                                  : times(kShareBytesPerSecond, kShareBacklog);
}

CompactionThread::CompactionThread(log::Log& log, observe::Counters& counters,
                                   std::function<void(const Error&)> on_error)
    : log_(log),
      on_error_(std::move(on_error)),
      segments_(counters.get("athanor_segments_compacted_total")),
      merged_(counters.get("athanor_compacted_files_merged_total")),
      bytes_before_(counters.get("athanor_compacted_bytes_before_total")),
      bytes_after_(counters.get("athanor_compacted_bytes_after_total")) {}

void CompactionThread::start() {
  thread_ = base::named_thread("compactor", [this] { run(); });
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

void CompactionThread::again() {
  const std::lock_guard lock{mutex_};
  if (!wish_) wish_ = last_;
  changed_.notify_one();
}

void CompactionThread::run() {
  for (;;) {
    Wish wish;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stopping_ || wish_; });
      if (stopping_) return;
      last_ = std::exchange(wish_, std::nullopt);
      wish = *last_;
      is_to_begin_again_ = false;
    }
    const auto done = compact(wish);
    if (!done) return on_error_(done.error());
    segments_.add(done->segments);
    merged_.add(done->merged);
    bytes_before_.add(done->bytes_before);
    bytes_after_.add(done->bytes_after);
    const std::lock_guard lock{mutex_};
    if (is_to_begin_again_ && !wish_) wish_ = last_;
  }
}

Result<log::Compacted> CompactionThread::compact(const Wish& wish) {
  Result<log::Compacted> done;
  const auto compact = [&] {
    done = log_.compact(wish.before, *wish.keepers, [&](const log::CompactionStep& step) { return go_on(wish, step); });
  };
  if (urgency_ != Urgency::Idle || !do_when_idle(compact)) compact();
  return done;
}

bool CompactionThread::go_on(const Wish& wish, const log::CompactionStep& step) {
  std::unique_lock lock{mutex_};
  const std::uint64_t newest = wish_ ? std::max(wish_->before.value, wish.before.value) : wish.before.value;
  const std::uint64_t backlog = step.bytes_left + newest - wish.before.value;
  const bool has_room = log_.has_room();
  const Urgency urgency = has_room ? urgency_of(backlog, urgency_) : Urgency::Share;
  // Abandoning a segment loses what was written of it. Only `Share` is worth that: at idle priority one may take hours.
  if (urgency != urgency_ && (urgency == Urgency::Share || step.bytes == 0)) {
    urgency_ = urgency;
    is_to_begin_again_ = true;
    return false;
  }
  const std::uint64_t rate = bytes_per_second(backlog, has_room ? urgency_ : Urgency::Idle);
  return !changed_.wait_for(lock, std::chrono::microseconds{step.bytes * 1'000'000 / rate}, [&] { return stopping_; });
}

}  // namespace athanor::engine
