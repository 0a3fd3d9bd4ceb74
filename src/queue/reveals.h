// When hidden messages of a queue become visible.
#pragma once

#include <cstddef>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "queue/message.h"

namespace athanor::queue {

// Those that are due are counted without being moved, so that a look at a queue can leave them where they are, however
// many became due at once.
class Reveals {
 public:
  void insert(base::Time at, Sequence sequence) {
    all_.emplace(at, sequence);
    counted_ += at <= counted_until_;
  }
  // The entry must exist.
  void erase(base::Time at, Sequence sequence) {
    all_.erase({at, sequence});
    counted_ -= at <= counted_until_;
  }

  std::size_t size() const { return all_.size(); }
  std::optional<base::Time> next() const { return all_.empty() ? std::nullopt : std::optional{all_.begin()->first}; }
  std::optional<Sequence> first_due(base::Time now) const {
    return !all_.empty() && all_.begin()->first <= now ? std::optional{all_.begin()->second} : std::nullopt;
  }

  // How many are due. Walks over those that became due since the last call.
  std::size_t due(base::Time now) const {
    const auto behind = [&](base::Time time) {
      return all_.upper_bound({time, Sequence{std::numeric_limits<std::uint64_t>::max()}});
    };
    const auto between = [&](base::Time from, base::Time until) {
      return static_cast<std::size_t>(std::distance(behind(from), behind(until)));
    };
    if (now < counted_until_)  // the clock was set back
      counted_ -= between(now, counted_until_);
    else
      counted_ += between(counted_until_, now);
    counted_until_ = now;
    return counted_;
  }

  // Frees at most `pieces` pieces of memory, and subtracts them from `pieces`; not usable afterwards.
  void free_some(std::size_t& pieces) {
    for (; pieces > 0 && !all_.empty(); --pieces) all_.erase(all_.begin());
  }

 private:
  std::set<std::pair<base::Time, Sequence>> all_;
  mutable base::Time counted_until_{base::Time::min()};
  mutable std::size_t counted_ = 0;  // due at counted_until_
};

}  // namespace athanor::queue
