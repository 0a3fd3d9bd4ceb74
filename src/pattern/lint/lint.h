// What is wrong with a set of rules, decided on the sets of events that their patterns match: patterns or parts of them
// that never match, rules whose events another rule matches too, rules that deliver an event to one target twice.
//
// Events are those that a bus delivers (event_set.h). Claims hold for all of them, arrays included, except those on
// which the matcher gives up (kStepsMax). Every event shown has been checked with the reference matcher. Schemas may be
// given for some kinds of events: in deciding what never matches, those events are then as their schemas say.
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
    NeverMatches,      // no event satisfies the pattern, or none that the schemas allow
    PartNeverMatches,  // the same of some of its alternatives ($or)
    Unnamed,           // asks for what no schema of the events names or forbids
    PartReplaced,      // a list of the pattern has no effect: a later one at its path replaces it
    SameEvents,        // the two rules match the same events
    Contained,         // the other rule matches all events of the first, and more
    Overlap,           // the two have a target in common, and some event is delivered to it twice
    Undecided,         // deciding about the two, or about the first alone, takes too much
  };

  // A clause that no event satisfies, whose field is not named, or that is replaced.
  struct Fault {
    std::string path;
    std::vector<Condition> wanted;
    std::string reason;
  };

  struct Witness {
    format::JsonValue event;
    bool has_several = false;  // some field has several values: no event without arrays would do
  };

  Kind kind = Kind::NeverMatches;
  std::size_t rule = 0;                // its index among those given
  std::optional<std::size_t> other;    // for findings about two
  std::vector<Fault> faults;           // for findings about one
  std::vector<std::string> targets;    // that both rules have
  std::optional<Witness> event;        // one that both match; PartReplaced: one that matches, but not what was replaced
  std::optional<Witness> other_alone;  // Contained: one that only the other matches
  std::string undecided;               // what, and why
};

// Ordered by kind, then by rule. Contained and SameEvents with common targets imply the Overlap too. A rule that never
// matches is not compared with others.
std::vector<LintFinding> lint(std::span<const LintRule> rules, std::span<const EventSchema> schemas = {});

// For people: one block per finding. Every line ends with a newline; empty when nothing was found.
std::string to_text(
    std::span<const LintFinding> findings, std::span<const LintRule> rules,
    const Paint& paint = [](std::string_view text, Tone) { return std::string{text}; });
// For programs: an array; docs/cli.md names the members.
format::JsonValue to_json(std::span<const LintFinding> findings, std::span<const LintRule> rules);

}  // namespace athanor::pattern
