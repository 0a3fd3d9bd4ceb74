// The number that whatever is drawn for a delivery comes from: ids of messages, waits of retries.
//
// Of what is random for each event, its id, and never of where the event stands: at the same position there is another
// event in another log, and in this one after it was restored to an earlier moment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/random.h"
#include "bus/target.h"

namespace athanor::delivery {

// One text more, behind those that `seed` stands for: the same on every little-endian machine.
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

// Over what names one target, and the replay it is delivered to by, if any.
inline std::uint64_t hash_of(const bus::Target& target, std::string_view replay_name) {
  return mix(mix(mix(0, target.rule_arn), target.id), replay_name);
}

// Same event, same target, same replay: same number, for good. `id`: of the event, or of what was made from it.
inline std::uint64_t seed_of(std::string_view id, std::uint64_t target_hash) { return mix(target_hash, id); }

}  // namespace athanor::delivery
