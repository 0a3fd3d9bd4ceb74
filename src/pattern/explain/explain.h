// Why an event matches a pattern or does not: clause by clause, with the nearest miss and the likely mistake.
//
// The verdict is the reference matcher's. A clause is one path of one alternative, with its conditions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/json.h"
#include "pattern/event_pattern.h"
#include "pattern/explain/event_change.h"
#include "pattern/explain/likely_mistake.h"

namespace athanor::pattern {

struct FoundValue {
  std::string place;  // detail.items[2].price
  Value value;
  bool is_accepted = false;
  bool is_chosen = false;  // in the array elements that come closest; only those count
};

struct Clause {
  enum class Verdict : std::uint8_t {
    Holds,
    Fails,
    HoldsElsewhere,  // in a different array element from the other clauses
  };
  std::string path;
  std::vector<Condition> wanted;  // one of them suffices
  Verdict verdict = Verdict::Holds;
  std::vector<FoundValue> found;  // at most kFoundMax, the deciding ones first
  std::size_t found_count = 0;
  std::string there;  // when nothing was found: "nothing", "an object" ...
  std::optional<Hint> hint;

  static constexpr std::size_t kFoundMax = 10;
};

// Conditions for one clause that would make the pattern match the event as it is.
struct ConditionChange {
  std::string path;
  std::vector<Condition> conditions;
};

// An alternative that is not the nearest. Alternatives are numbered from 1.
struct OtherAlternative {
  std::size_t number = 0;
  std::size_t clauses = 0;
  std::vector<std::string> failing;  // paths that fail by themselves; empty when only array elements prevent a match
};

struct Explanation {
  bool matches = false;
  // Past kStepsMax: only the verdict is given.
  bool gave_up = false;
  // False when no event can match: a numeric range that contains no number.
  bool is_possible = true;

  std::size_t alternatives = 1;
  std::size_t nearest = 1;             // the alternative that matched or came closest
  std::vector<Clause> clauses;         // of the nearest
  std::size_t clauses_failing = 0;     // how many of them keep the event from matching
  std::optional<std::size_t> decided;  // the index of the first that fails
  // Each clause of the nearest holds by itself, but not all within one element of these arrays.
  std::vector<std::string> disjoint_arrays;
  // What would make the event match: nothing when it does, when no event can, or when finding out takes too long.
  std::optional<std::vector<Edit>> change;
  std::optional<ConditionChange> condition_change;
  std::vector<OtherAlternative> others;  // those with the fewest failing paths first
};

// `event_text` is valid JSON, an object.
Explanation explain(const EventPattern& pattern, std::string_view event_text);

enum class Tone : std::uint8_t { Plain, Good, Bad, Hint, Quiet };
using Paint = std::function<std::string(std::string_view text, Tone tone)>;

// For people: the clauses with what they want and what was found, a caret under the one that decided, and what would
// have matched. Every line ends with a newline.
std::string to_text(
    const Explanation& explanation, const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// The verdict in one line, without the newline.
std::string to_line(
    const Explanation& explanation, const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// For programs; docs/cli.md names the members.
format::JsonValue to_json(const Explanation& explanation);

}  // namespace athanor::pattern
