// Which requests a network thread receives while more are waiting for the handler than it takes at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>
#include <utility>

#include "http/body_room.h"

namespace athanor::http {

// The requests of one network thread that wait for room; used on that thread. Other threads free the room and do not
// know which requests wait for it, so `look` has to be called every `kLookEvery` while `must_look` is true.
class Admission {
 public:
  class Coming;
  static constexpr std::chrono::milliseconds kLookEvery{1};

  Admission(std::function<bool()> has_room, std::chrono::seconds held_back_max)
      : has_room_(std::move(has_room)), held_back_max_(held_back_max) {}

  // While true, a heavy request must be held back. First come, first served.
  bool is_full() const { return !held_back_.empty() || !has_room_(); }
  // `admit` is called once, by `look`: when there is room, or at the latest a second after `held_back_max`.
  void hold_back(std::move_only_function<void()> admit) { held_back_.push_back({seconds_, std::move(admit)}); }

  // A body being received may be slow, and hold back requests of other threads.
  bool must_look() const { return !held_back_.empty() || !coming_.empty(); }
  void look();
  void second_passed() { ++seconds_; }

 private:
  struct HeldBack {
    std::chrono::seconds since;
    std::move_only_function<void()> admit;
  };

  const std::function<bool()> has_room_;
  const std::chrono::seconds held_back_max_;
  std::deque<HeldBack> held_back_;
  std::unordered_set<Coming*> coming_;
  std::chrono::seconds seconds_{0};
  std::uint64_t looks_ = 0;
};

// A body whose rest has yet to arrive, for as long as this object lives.
class Admission::Coming {
 public:
  // `unread_bytes`: how many of its bytes are still in the kernel.
  Coming(Admission& admission, BodyRoom& body, std::function<std::size_t()> unread_bytes)
      : admission_(admission), body_(body), unread_bytes_(std::move(unread_bytes)) {
    admission_.coming_.insert(this);
  }
  Coming(const Coming&) = delete;
  Coming& operator=(const Coming&) = delete;
  ~Coming() { admission_.coming_.erase(this); }

 private:
  friend Admission;

  // Whether the client sends slowly, rather than the server not having read what arrived.
  bool is_slow() const {
    return body_.is_slow(kLookEvery * static_cast<std::int64_t>(admission_.looks_ - since_)) && unread_bytes_() == 0;
  }

  Admission& admission_;
  BodyRoom& body_;
  const std::function<std::size_t()> unread_bytes_;
  const std::uint64_t since_ = admission_.looks_;  // counted in looks: a busy thread has little time to read
};

}  // namespace athanor::http
