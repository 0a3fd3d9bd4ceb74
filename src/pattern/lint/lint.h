// What is wrong with a set of rules, decided on the sets of events that their patterns match: patterns or parts of them
// that never match, rules whose events are all another's too, rules that deliver an event to one target twice.
//
// Events are those that a bus delivers (event_set.h). What is claimed holds for all of them, arrays included, but for
// those on which the matcher gives up (kStepsMax). Every event that is shown has been given to the reference matcher.
// Schemas of some kinds of events may be given: then those are as their schemas say, for what never matches.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format/json.h"
#include "pattern/event_pattern.h"
#include "pattern/explain/explain.h"
#include "pattern/lint/event_schema.h"

namespace athanor::pattern {

struct LintRule {
  std::string name;
  EventPattern pattern;
  std::vector<std::string> targets;  // ARNs
};

struct LintFinding {
  enum class Kind : std::uint8_t {
    NeverMatches,      // no event satisfies the pattern, or none that its schemas allow
    PartNeverMatches,  // the same of some of its alternatives ($or)
    Unnamed,           // asks for what no schema of the events names, and none forbids
    PartReplaced,      // a list of the pattern is not looked at: a later one at its path replaces it
    SameEvents,        // the two rules match the same events
    Contained,         // all events of the first are events of the other, which has more
    Overlap,           // the two have a target in common, and some event is delivered to it twice
    Undecided,         // deciding about the two, or about the first alone, takes too much
  };

  // A clause that no event satisfies, or whose field is not named, or that is replaced.
  struct Fault {
    std::string path;
    std::vector<Condition> wanted;
    std::string reason;
  };

  struct Witness {
    format::JsonValue event;
    bool has_several = false;  // of some field there are several values: no event without arrays would do
  };

  Kind kind = Kind::NeverMatches;
  std::size_t rule = 0;                // its number in what was given
  std::optional<std::size_t> other;    // of findings about two
  std::vector<Fault> faults;           // of findings about one
  std::vector<std::string> targets;    // that both rules have
  std::optional<Witness> event;        // that both match; PartReplaced: that matches, against what was replaced
  std::optional<Witness> other_alone;  // Contained: one that only the other matches
  std::string undecided;               // what, and why
};

// In the order of the kinds, within a kind in that of the rules. Contained and SameEvents with common targets stand for
// the Overlap too. A rule that never matches is not compared with others.
std::vector<LintFinding> lint(std::span<const LintRule> rules, std::span<const EventSchema> schemas = {});

// For people: a block a finding. Lines end with a line end; nothing when nothing was found.
std::string to_text(
    std::span<const LintFinding> findings, std::span<const LintRule> rules,
    const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// For programs: an array; docs/cli.md names the members.
format::JsonValue to_json(std::span<const LintFinding> findings, std::span<const LintRule> rules);

}  // namespace athanor::pattern
