// The memory that requests' bodies take, all together: what has been announced, and what of it is about to come.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace athanor::http {

// Counts the memory that all bodies of one server take. Thread-safe.
struct Bodies {
  const std::uint64_t bytes_max;  // Server::Settings::bodies_bytes_max
  const std::size_t light_bytes;  // Server::Settings::light_body_bytes
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> coming_bytes{0};  // of them: those that the handler is given in a moment
};

// The room that one request's body takes, until the answer; for one thread. It counts as announced, since most of it is
// there in a moment; one that proves slow counts as received, and is not about to come.
class BodyRoom {
 public:
  explicit BodyRoom(Bodies& all) : all_(all) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  ~BodyRoom() {
    leave_coming();
    all_.bytes -= taken_;
  }

  // Each is false when there is no room for so many bytes.
  bool reserve(std::uint64_t bytes) {
    reserved_ = std::max(reserved_, bytes);
    return recount();
  }
  bool received(std::uint64_t bytes) {
    received_ = bytes;
    return recount();
  }
  // `elapsed` has passed since the first of it came, or was to. True when what is missing is not about to come, by what
  // has: at that rate it would take more than a second. A body in chunks, which announces nothing, has that second.
  bool is_slow(std::chrono::milliseconds elapsed) const {
    return elapsed >= kHesitation && received_ * 1'000 < taken_ * static_cast<std::uint64_t>(elapsed.count());
  }
  // From now on what has come counts, and nothing for what was announced; nobody waits for it.
  void expect_no_more() {
    leave_coming();
    reserved_ = 0;
    recount();
  }
  // To the handler, which says from now on how much waits.
  void hand_over() { leave_coming(); }

 private:
  static constexpr std::uint64_t kComingMax = 1'048'576;  // a body that takes long is but one
  static constexpr std::chrono::milliseconds kHesitation{20};

  bool recount() {
    const std::uint64_t now = std::max(reserved_, received_);
    const std::uint64_t before = std::exchange(taken_, now);
    const std::uint64_t all = all_.bytes.fetch_add(now - before) + now - before;
    if (is_coming_) {
      const std::uint64_t coming = std::min(now, kComingMax);
      all_.coming_bytes += coming - std::exchange(coming_, coming);
    }
    return now <= before || now <= all_.light_bytes || all <= all_.bytes_max;
  }

  void leave_coming() {
    is_coming_ = false;
    all_.coming_bytes -= std::exchange(coming_, 0);
  }

  Bodies& all_;
  std::uint64_t reserved_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t taken_ = 0;   // in Bodies::bytes
  std::uint64_t coming_ = 0;  // in Bodies::coming_bytes
  bool is_coming_ = true;
};

}  // namespace athanor::http
