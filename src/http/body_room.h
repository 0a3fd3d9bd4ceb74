// The memory that all request bodies take together: what has been announced, and how much of it is about to arrive.
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
  std::atomic<std::uint64_t> coming_bytes{0};  // of these, the ones that will reach the handler in a moment
};

// The room that one request's body takes, until the answer; for one thread. A body counts with its announced size,
// since most arrive in a moment; one that proves slow counts with the bytes received, and is no longer about to arrive.
class BodyRoom {
 public:
  explicit BodyRoom(Bodies& all) : all_(all) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  ~BodyRoom() {
    leave_coming();
    all_.bytes -= taken_;
  }

  // Both return false when there is no room for that many bytes.
  bool reserve(std::uint64_t bytes) {
    reserved_ = std::max(reserved_, bytes);
    return recount();
  }
  bool received(std::uint64_t bytes) {
    received_ = bytes;
    return recount();
  }
  // `elapsed`: since its first byte arrived, or should have. True when the rest is not about to arrive: at the rate so
  // far the body would take more than a second. A chunked body, which announces no size, is given that second.
  bool is_slow(std::chrono::milliseconds elapsed) const {
    return elapsed >= kHesitation && received_ * 1'000 < taken_ * static_cast<std::uint64_t>(elapsed.count());
  }
  // From now on only the bytes received count, not those announced, and no other request waits for this body.
  void expect_no_more() {
    leave_coming();
    reserved_ = 0;
    recount();
  }
  // The handler has it now and counts it among its own waiting bytes.
  void hand_over() { leave_coming(); }

 private:
  static constexpr std::uint64_t kComingMax = 1'048'576;  // so that one long body does not hold back all others
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
