// How often a function is tried whose processes crash again and again, or are killed for taking too long (both called
// crashes below).
//
// Each attempt costs the start of a process: a function that does so at every event would take the machine from all
// others. It is never given up for that; its invocations wait, untried, as they do at a concurrency limit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "function/executor.h"

namespace athanor::function {

// In a row, before there is any pause: somebody trying a function out never meets one. Our number.
inline constexpr std::uint32_t kCrashesWithoutPause = 5;
// The first pause; each further crash doubles it, up to the maximum. Our numbers: a start takes some 5 ms to 500 ms of
// a core.
inline constexpr base::Duration kCrashPauseMin{50};
inline constexpr base::Duration kCrashPauseMax{1'000};

// Pauses between asynchronous attempts of functions that crash or hang. Synchronous callers set their own pace. Not
// persisted: a restart starts afresh.
class CrashPauses {
 public:
  // When the function may start next; the beginning of time when there is no pause. Other code or configuration
  // (`revision_id`) starts afresh. An end further from `now` than a pause takes shows that the clock was set back: the
  // pause is over.
  base::Time end_of_pause(std::string_view function_arn, std::string_view revision_id, base::Time now) const;

  // An attempt starts now: the one allowed at the end of a pause, after which the next pause begins.
  void started(std::string_view function_arn, base::Time now);
  // ... and ended like this. After anything but a crash its process lives on.
  void ended(std::string_view function_arn, std::string_view revision_id, OutcomeKind how, base::Time now);
  void forget(std::string_view function_arn);

 private:
  struct Crashes {
    std::string revision_id;
    std::uint32_t in_a_row = 0;
    base::Time next{};
  };
  std::map<std::string, Crashes, std::less<>> crashes_;  // by function
};

}  // namespace athanor::function
