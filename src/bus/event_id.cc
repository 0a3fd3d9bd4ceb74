#include "bus/event_id.h"

#include "base/assert.h"
#include "base/planted.h"
#include "base/text.h"

namespace athanor::bus {

std::string make_event_id(log::LogPosition position, base::Random& random) {
  ATHANOR_ASSERT(position.value < (1ULL << 48));
  if (base::planted(base::Bug::ReuseEventId)) position.value &= ~std::uint64_t{0x3ff}, random = base::Random{7};
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  return base::uuid_text({.high = position.value << 16 | 0x4000 | (a & 0xFFF),
                          .low = 1ULL << 63 | ((a >> 12) & 0x3FFF) << 48 | (b & 0xFFFF'FFFF'FFFF)});
}

}  // namespace athanor::bus
