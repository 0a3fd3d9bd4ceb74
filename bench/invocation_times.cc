#include "bench/invocation_times.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>

#include "bench/process.h"

namespace athanor::bench {

Result<std::unique_ptr<InvocationTimes>> InvocationTimes::create() {
  static std::atomic<int> made{0};
  return map(fmt::format("/athanor-bench-{}-{}", ::getpid(), ++made), true);
}

Result<std::unique_ptr<InvocationTimes>> InvocationTimes::open(const std::string& name) { return map(name, false); }

Result<std::unique_ptr<InvocationTimes>> InvocationTimes::map(std::string name, bool is_owner) {
  const int memory = ::shm_open(name.c_str(), O_RDWR | (is_owner ? O_CREAT | O_EXCL : 0), 0600);
  if (memory < 0) return system_error("share memory " + name);
  const bool sized = !is_owner || ::ftruncate(memory, sizeof(Memory)) == 0;
  void* mapped = sized ? ::mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) : MAP_FAILED;
  ::close(memory);
  if (mapped == MAP_FAILED) {
    const Error error = system_error("map memory " + name);
    if (is_owner) ::shm_unlink(name.c_str());
    return error;
  }
  return std::unique_ptr<InvocationTimes>{new InvocationTimes{std::move(name), is_owner, static_cast<Memory*>(mapped)}};
}

InvocationTimes::~InvocationTimes() {
  ::munmap(memory_, sizeof(Memory));
  if (is_owner_) ::shm_unlink(name_.c_str());
}

void InvocationTimes::record(std::size_t sequence, TimePoint time) {
  if (sequence >= kEventsMax) return;
  std::int64_t never = 0;
  const auto nanoseconds = std::chrono::nanoseconds{time.time_since_epoch()}.count();
  // A reader that sees the count also sees the time.
  if (memory_->nanoseconds[sequence].compare_exchange_strong(never, nanoseconds, std::memory_order_relaxed))
    memory_->count.fetch_add(1, std::memory_order_release);
}

std::optional<InvocationTimes::TimePoint> InvocationTimes::at(std::size_t sequence) const {
  const std::int64_t time = sequence < kEventsMax ? memory_->nanoseconds[sequence].load(std::memory_order_relaxed) : 0;
  if (time == 0) return std::nullopt;
  return TimePoint{std::chrono::nanoseconds{time}};
}

std::size_t InvocationTimes::count() const { return memory_->count.load(std::memory_order_acquire); }

std::optional<std::size_t> sequence_of(std::string_view event) {
  constexpr std::string_view kSequence = R"("sequence":")";
  const auto at = event.find(kSequence);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = event.substr(at + kSequence.size());
  std::size_t sequence = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), sequence).ec != std::errc{}) return std::nullopt;
  return sequence;
}

}  // namespace athanor::bench
