// A parsed event pattern.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pattern/condition.h"

namespace athanor::pattern {

// All paths must be satisfied, each by one of its conditions.
using Alternative = std::map<std::string, std::vector<Condition>, std::less<>>;

// Immutable once parsed.
class EventPattern {
 public:
  EventPattern(std::string text, std::vector<Alternative> alternatives)
      : text_(std::move(text)), alternatives_(std::move(alternatives)) {}

  const std::string& text() const { return text_; }  // as it was given
  const std::vector<Alternative>& alternatives() const { return alternatives_; }

 private:
  std::string text_;
  std::vector<Alternative> alternatives_;
};

// InvalidEventPattern with AWS's text ("Event pattern is not valid. Reason: ..."): where AWS names a place, so do we,
// by its reckoning, which counts from behind the token that was read last.
Result<EventPattern> parse_event_pattern(std::string_view text);

// At most this many alternatives come out of all $or of one pattern. Source: EventBridge user guide.
inline constexpr std::size_t kAlternativesMax = 1'000;

}  // namespace athanor::pattern
