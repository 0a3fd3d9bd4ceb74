#include "server/unset_clock.h"

#include <fmt/format.h>

#include "base/text.h"

namespace athanor::server {

bool wait_until_clock_is_set(const base::Clock& clock, const std::function<bool(std::chrono::seconds)>& wait,
                             const std::function<void(std::string_view)>& say) {
  if (clock.now() >= kClockIsSet) return true;
  say(fmt::format("The clock says {}: it is not set. Waiting until it is, so that nothing expires when it is set.",
                  base::to_iso8601_millis(clock.now())));
  while (clock.now() < kClockIsSet) {
    if (!wait(std::chrono::seconds{1})) return false;
  }
  return true;
}

}  // namespace athanor::server
