// A parsed event pattern.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pattern/condition.h"

namespace athanor::pattern {

// A path and its conditions, one of which must accept a value there.
struct PatternClause {
  std::string path;
  std::vector<Condition> conditions;
};

// All clauses must be satisfied: one per path, in the order of the paths. The pattern owns them: a clause outside any
// $or is in every alternative.
using Alternative = std::vector<const PatternClause*>;

// Immutable once parsed; a copy shares the clauses.
class EventPattern {
 public:
  using Clauses = std::vector<PatternClause>;
  EventPattern(std::string text, std::shared_ptr<const Clauses> clauses, std::vector<Alternative> alternatives)
      : text_(std::move(text)), clauses_(std::move(clauses)), alternatives_(std::move(alternatives)) {}

  const std::string& text() const { return text_; }  // as given
  const Clauses& clauses() const { return *clauses_; }
  const std::vector<Alternative>& alternatives() const { return alternatives_; }
  // The index in clauses() of a clause of an alternative.
  std::size_t number_of(const PatternClause* clause) const {
    return static_cast<std::size_t>(clause - clauses_->data());
  }

 private:
  std::string text_;
  std::shared_ptr<const Clauses> clauses_;
  std::vector<Alternative> alternatives_;
};

// InvalidEventPattern with AWS's text ("Event pattern is not valid. Reason: ..."): where AWS names a position, so do
// we, counting as it does from the end of the token read last.
Result<EventPattern> parse_event_pattern(std::string_view text);

// At most this many alternatives may result from all $or of one pattern. Source: EventBridge user guide.
inline constexpr std::size_t kAlternativesMax = 1'000;

}  // namespace athanor::pattern
