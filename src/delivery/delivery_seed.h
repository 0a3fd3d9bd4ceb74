// The number that whatever is drawn for a delivery comes from: ids of messages, waits of retries.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/random.h"
#include "bus/target.h"
#include "log/log.h"

namespace athanor::delivery {

// FNV-1a over names: the same on every machine.
inline std::uint64_t hash_of(std::initializer_list<std::string_view> names) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::string_view name : names) {
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xFF) * 0x100000001b3ULL;
  }
  return hash;
}

// Over what names one target, and the replay it is delivered to by, if any.
inline std::uint64_t hash_of(const bus::Target& target, std::string_view replay_name) {
  return hash_of({target.rule_arn, target.id, replay_name});
}

// Same event, same target, same replay: same number, for good.
inline std::uint64_t seed_of(log::LogPosition position, std::uint64_t target_hash) {
  return base::Random{position.value}.next() ^ target_hash;
}

}  // namespace athanor::delivery
