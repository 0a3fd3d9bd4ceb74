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
  bool is_chosen = false;  // in the array elements that come nearest; those alone count
};

struct Clause {
  enum class Verdict : std::uint8_t {
    Holds,
    Fails,
    HoldsElsewhere,  // in another element of an array than the clauses beside it
  };
  std::string path;
  std::vector<Condition> wanted;  // one of them suffices
  Verdict verdict = Verdict::Holds;
  std::vector<FoundValue> found;  // at most kFoundMax, those that decide first
  std::size_t found_count = 0;
  std::string there;  // when nothing was found: "nothing", "an object" ...
  std::optional<Hint> hint;

  static constexpr std::size_t kFoundMax = 10;
};

// Conditions of one clause that would make the pattern match the event as it is.
struct ConditionChange {
  std::string path;
  std::vector<Condition> conditions;
};

// An alternative that is not the nearest. Alternatives are numbered from 1.
struct OtherAlternative {
  std::size_t number = 0;
  std::size_t clauses = 0;
  std::vector<std::string> failing;  // paths that fail alone; none when only array elements stand against it
};

struct Explanation {
  bool matches = false;
  // Past kStepsMax: only the verdict is told.
  bool gave_up = false;
  // False when no event matches: a numeric range without a number in it.
  bool is_possible = true;

  std::size_t alternatives = 1;
  std::size_t nearest = 1;             // the alternative that matched or came nearest
  std::vector<Clause> clauses;         // of the nearest
  std::size_t clauses_failing = 0;     // how many of them are between the event and a match
  std::optional<std::size_t> decided;  // the number of the first that fails
  // Each clause of the nearest holds alone, but not all in one element of these arrays.
  std::vector<std::string> disjoint_arrays;
  // What would make the event match: nothing when it does, when no event can, or when it is too much to find out.
  std::optional<std::vector<Edit>> change;
  std::optional<ConditionChange> condition_change;
  std::vector<OtherAlternative> others;  // those with the fewest failing paths first
};

// `event_text` is valid JSON, an object.
Explanation explain(const EventPattern& pattern, std::string_view event_text);

enum class Tone : std::uint8_t { Plain, Good, Bad, Hint, Quiet };
using Paint = std::function<std::string(std::string_view text, Tone tone)>;

// For people: the clauses with what they want and what was found, a caret under the one that decided, and what would
// have matched. Lines end with a line end.
std::string to_text(
    const Explanation& explanation, const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// The verdict in one line, without its end.
std::string to_line(
    const Explanation& explanation, const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// For programs; docs/cli.md names the members.
format::JsonValue to_json(const Explanation& explanation);

}  // namespace athanor::pattern
