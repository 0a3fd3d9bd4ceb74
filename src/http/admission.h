// Which requests a network thread receives while more wait before the handler than it takes at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>
#include <utility>

#include "http/body_room.h"

namespace athanor::http {

// The requests of one network thread that wait for room; used on that thread. Other threads make the room and know
// nothing of those that wait for it, so somebody has to `look`, every `kLookEvery` while `must_look`.
class Admission {
 public:
  class Coming;
  static constexpr std::chrono::milliseconds kLookEvery{1};

  Admission(std::function<bool()> has_room, std::chrono::seconds held_back_max)
      : has_room_(std::move(has_room)), held_back_max_(held_back_max) {}

  // While true, a heavy request is to be held back. First come, first served.
  bool is_full() const { return !held_back_.empty() || !has_room_(); }
  // `admit` is called once, in a `look`: when there is room, or after `held_back_max` and a second at most.
  void hold_back(std::move_only_function<void()> admit) { held_back_.push_back({seconds_, std::move(admit)}); }

  // A body that comes may be slow, and keep back requests of other threads.
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

// A body whose rest is yet to come, for as long as this lives.
class Admission::Coming {
 public:
  // `unread_bytes`: of it, in the kernel.
  Coming(Admission& admission, BodyRoom& body, std::function<std::size_t()> unread_bytes)
      : admission_(admission), body_(body), unread_bytes_(std::move(unread_bytes)) {
    admission_.coming_.insert(this);
  }
  Coming(const Coming&) = delete;
  Coming& operator=(const Coming&) = delete;
  ~Coming() { admission_.coming_.erase(this); }

 private:
  friend Admission;

  // It is the client that sends little, and not the server that has not read what came.
  bool is_slow() const {
    return body_.is_slow(kLookEvery * static_cast<std::int64_t>(admission_.looks_ - since_)) && unread_bytes_() == 0;
  }

  Admission& admission_;
  BodyRoom& body_;
  const std::function<std::size_t()> unread_bytes_;
  const std::uint64_t since_ = admission_.looks_;  // in looks: a thread that is busy has little time to read
};

}  // namespace athanor::http
