// The seed for everything drawn at random for a delivery: message ids, retry waits.
//
// Computed from the event's id, which is random, never from its position: another log has another event at the same
// position, and so does this log once it has been restored to an earlier moment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/random.h"
#include "bus/target.h"

namespace athanor::delivery {

// Adds one more text to those already mixed into `seed`. Same result on every little-endian machine.
inline std::uint64_t mix(std::uint64_t seed, std::string_view text) {
  seed = base::Random{seed ^ text.size()}.next();
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), bytes);
    seed = base::Random{seed ^ word}.next();
    text.remove_prefix(bytes);
  }
  return seed;
}

// Over what identifies one target, and the replay that delivers to it, if any.
inline std::uint64_t hash_of(const bus::Target& target, std::string_view replay_name) {
  return mix(mix(mix(0, target.rule_arn), target.id), replay_name);
}

// Same event, same target, same replay: same number, always. `id`: of the event, or of what was made from it.
inline std::uint64_t seed_of(std::string_view id, std::uint64_t target_hash) { return mix(target_hash, id); }

}  // namespace athanor::delivery
