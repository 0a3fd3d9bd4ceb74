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

// Of one request's body, from its announcement to the answer. For one thread.
class BodyRoom {
 public:
  explicit BodyRoom(Bodies& all) : all_(all) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  ~BodyRoom() {
    is_there();
    all_.bytes -= bytes_;
  }

  // False when there is no room for a body of so many bytes.
  bool grow_to(std::uint64_t bytes) {
    if (bytes <= bytes_) return true;
    const std::uint64_t more = bytes - std::exchange(bytes_, bytes);
    const std::uint64_t before = all_.bytes.fetch_add(more);
    recount();
    return bytes <= all_.light_bytes || before + more <= all_.bytes_max;
  }
  void has_come(std::uint64_t bytes) {
    come_ = bytes;
    if (is_slow_) recount();
  }
  // `elapsed` has passed since it began. True when the rest is not about to come, by what has come so far: others need
  // not wait any more for the room that it will take.
  bool is_slow(std::chrono::milliseconds elapsed) {
    is_slow_ = elapsed >= kHesitation && come_ * 1'000 < bytes_ * static_cast<std::uint64_t>(elapsed.count());
    if (is_slow_) recount();
    return is_slow_;
  }
  // From now on it is the handler's to say how much waits.
  void is_there() { all_.coming_bytes -= std::exchange(counted_, 0); }

 private:
  static constexpr std::uint64_t kCountedMax = 1'048'576;  // a body that takes long is but one
  static constexpr std::chrono::milliseconds kHesitation{20};

  void recount() {
    const std::uint64_t now = std::min(is_slow_ ? come_ : bytes_, kCountedMax);
    all_.coming_bytes += now - std::exchange(counted_, now);
  }

  Bodies& all_;
  std::uint64_t bytes_ = 0;
  std::uint64_t come_ = 0;
  std::uint64_t counted_ = 0;  // in coming_bytes
  bool is_slow_ = false;
};

}  // namespace athanor::http
