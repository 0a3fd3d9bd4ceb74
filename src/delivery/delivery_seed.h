// The number that whatever is drawn for a delivery comes from: ids of messages, waits of retries.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "bus/target.h"
#include "log/log.h"

namespace athanor::delivery {

// The seeds of one target's deliveries, which are drawn for every event: FNV-1a over the target's names, begun with a
// number drawn from the event's position. Some 2 KiB.
class DeliverySeeds {
 public:
  DeliverySeeds(const bus::Target& target, std::string_view replay_name);

  // Same event, same target, same replay: same number, for good. It is what `plain` gives, with one multiplication.
  std::uint64_t of(log::LogPosition position);
  std::uint64_t plain(log::LogPosition position) const;

 private:
  std::string names_;
  std::uint64_t power_ = 1;
  std::array<std::uint64_t, 256> added_{};  // by the lowest byte of what it begins with, where `known_`
  std::bitset<256> known_;
};

}  // namespace athanor::delivery
