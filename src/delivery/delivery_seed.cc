#include "delivery/delivery_seed.h"

#include "base/random.h"

namespace athanor::delivery {
namespace {

constexpr std::uint64_t kPrime = 0x100000001b3ULL;

std::uint64_t begin_at(log::LogPosition position) { return base::Random{position.value}.next(); }

}  // namespace

DeliverySeeds::DeliverySeeds(const bus::Target& target, std::string_view replay_name) {
  for (const std::string_view name : {std::string_view{target.rule_arn}, std::string_view{target.id}, replay_name}) {
    names_ += name;
    names_ += '\xFF';
  }
  for (std::size_t i = 0; i < names_.size(); ++i) power_ *= kPrime;
}

std::uint64_t DeliverySeeds::plain(log::LogPosition position) const {
  std::uint64_t hash = begin_at(position);
  for (const char c : names_) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

// A step changes the lowest byte alone before it multiplies: it adds something, and what it adds depends on the lowest
// byte, as the lowest byte of the product does. So the same is added to all that begin with the same lowest byte.
std::uint64_t DeliverySeeds::of(log::LogPosition position) {
  const std::uint64_t begin = begin_at(position);
  const std::size_t lowest = begin & 0xFF;
  if (!known_[lowest]) {
    added_[lowest] = plain(position) - begin * power_;
    known_.set(lowest);
  }
  return begin * power_ + added_[lowest];
}

}  // namespace athanor::delivery
