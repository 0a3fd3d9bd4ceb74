// The memory that requests' bodies take, all together: what has been announced, and what of it is about to come.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace athanor::http {

// Of all bodies of a server. Any thread.
struct Bodies {
  const std::uint64_t bytes_max;  // Server::Settings::bodies_bytes_max
  const std::size_t light_bytes;  // Server::Settings::light_body_bytes
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> coming_bytes{0};  // of them: those that the handler has not been given yet
};

// Of one request's body, from its announcement to the answer. For one thread. What is announced counts as if it were
// there, since most of it is in a moment; of a body that comes slowly, what has come.
class BodyRoom {
 public:
  explicit BodyRoom(Bodies& all) : all_(all) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  ~BodyRoom() {
    is_there();
    all_.bytes -= taken_;
  }

  // Each is false when there is no room for so many bytes.
  bool announce(std::uint64_t bytes) {
    announced_ = std::max(announced_, bytes);
    return recount();
  }
  bool has_come(std::uint64_t bytes) {
    come_ = bytes;
    return recount();
  }
  // `elapsed` has passed since the first of it came, or was to. True when what is missing is not about to come, by what
  // has: at that rate it would take more than a second.
  bool is_slow(std::chrono::milliseconds elapsed) const {
    return elapsed >= kHesitation && come_ * 1'000 < announced_ * static_cast<std::uint64_t>(elapsed.count());
  }
  // From now on what has come counts, and nothing for what was announced.
  void expect_no_more() {
    announced_ = 0;
    recount();
  }
  // From now on it is the handler's to say how much waits.
  void is_there() {
    is_there_ = true;
    all_.coming_bytes -= std::exchange(coming_, 0);
  }

 private:
  static constexpr std::uint64_t kComingMax = 1'048'576;  // a body that takes long is but one
  static constexpr std::chrono::milliseconds kHesitation{20};

  bool recount() {
    const std::uint64_t now = std::max(announced_, come_);
    const std::uint64_t before = std::exchange(taken_, now);
    const std::uint64_t all = all_.bytes.fetch_add(now - before) + now - before;
    if (!is_there_) {
      const std::uint64_t coming = std::min(now, kComingMax);
      all_.coming_bytes += coming - std::exchange(coming_, coming);
    }
    return now <= before || now <= all_.light_bytes || all <= all_.bytes_max;
  }

  Bodies& all_;
  std::uint64_t announced_ = 0;
  std::uint64_t come_ = 0;
  std::uint64_t taken_ = 0;   // in Bodies::bytes
  std::uint64_t coming_ = 0;  // in Bodies::coming_bytes
  bool is_there_ = false;
};

}  // namespace athanor::http
