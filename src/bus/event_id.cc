#include "bus/event_id.h"

#include <charconv>

#include "base/assert.h"
#include "base/planted.h"
#include "base/text.h"

namespace athanor::bus {

std::string make_event_id(log::LogPosition position, base::Random& random) {
  ATHANOR_ASSERT(position.value < (1ULL << 48));
  if (base::planted(base::Bug::ReuseEventId)) position.value &= ~std::uint64_t{0x3ff}, random = base::Random{7};
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  return base::uuid_text({.high = position.value << 16 | 0x8000 | (a & 0xFFF),
                          .low = 1ULL << 63 | ((a >> 12) & 0x3FFF) << 48 | (b & 0xFFFF'FFFF'FFFF)});
}

std::optional<log::LogPosition> position_of(std::string_view id) {
  if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[14] != '8' || id[18] != '-' || id[23] != '-')
    return std::nullopt;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  const auto hex = [](std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return error == std::errc{} && end == text.data() + text.size();
  };
  if (!hex(id.substr(0, 8), high) || !hex(id.substr(9, 4), low)) return std::nullopt;
  return log::LogPosition{high << 16 | low};
}

}  // namespace athanor::bus
