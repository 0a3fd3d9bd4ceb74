#include "pattern/lint/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "pattern/explain/condition_words.h"
#include "pattern/lint/common_event.h"
#include "pattern/lint/event_set.h"
#include "pattern/lint/replaced_lists.h"
#include "pattern/lint/schema_lint.h"
#include "pattern/reference_matcher.h"
#include "pattern/rule_set.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;
using Kind = LintFinding::Kind;
using Witness = LintFinding::Witness;
using Fault = LintFinding::Fault;

// Regions, or pairs of them, examined for one pair of rules. Our number: patterns of a hundred alternatives each stay
// below it.
constexpr std::uint64_t kPiecesMax = 50'000;

// Events of a rule on which others are tried before sets are compared. Our number.
constexpr std::size_t kSamplesMax = 100;

std::string why_impossible(std::string_view path, const std::vector<Condition>& wanted) {
  const bool wants_absence =
      std::all_of(wanted.begin(), wanted.end(), [](const Condition& c) { return c.kind == Condition::Kind::Absent; });
  switch (standing_at(path)) {
    case Standing::One:
      if (wants_absence) return fmt::format("every event has {}", path);
      return path == "version" ? "version is \"0\" in every event" : fmt::format("{} is always a string", path);
    case Standing::Perhaps:
    case Standing::Many:
      return fmt::format("{} {}", path,
                         path == "resources" ? "contains only strings, if any" : "is a non-empty string, if present");
    case Standing::Anything:
      return "no number is in this range";  // all other conditions are satisfied by something
    case Standing::Nothing:
      break;
  }
  if (path == "detail") return "detail is an object: a pattern can only match values inside it";
  const std::string_view field = path.substr(0, path.find('.'));
  if (standing_at(field) != Standing::Nothing) return fmt::format("{} is a string: it contains no fields", field);
  return fmt::format("no event has {} at its top level; publishers' fields are in detail: detail.{}", field, path);
}

// What is known about a rule.
struct Subject {
  std::vector<Region> regions;
  std::vector<JsonValue> samples;  // events that it matches
  bool can_be_compared = false;
};

class Linter {
 public:
  Linter(std::span<const LintRule> rules, std::span<const EventSchema> schemas)
      : rules_(rules), schemas_(schemas, sets_), subjects_(rules.size()) {}

  std::vector<LintFinding> run() {
    for (std::size_t i = 0; i < rules_.size(); ++i) judge_alone(i);
    try {
      compare_all();
      find_overlaps();
    } catch (const Exhausted&) {
      findings_.push_back(
          {.kind = Kind::Undecided,
           .undecided = fmt::format("the rules that were not compared yet: together they would take more than {} "
                                    "steps",
                                    ClauseSets::kStepsMax)});
    }
    std::sort(findings_.begin(), findings_.end(), [](const LintFinding& a, const LintFinding& b) {
      return std::tie(a.kind, a.rule, a.other, a.undecided) < std::tie(b.kind, b.rule, b.other, b.undecided);
    });
    return std::move(findings_);
  }

 private:
  struct Exhausted {};  // nothing more can be decided

  enum class Answer : std::uint8_t { Yes, No, NotSure, NotWithArrays };
  struct Containment {
    Answer answer = Answer::NotSure;
    std::optional<Witness> against;  // No
  };

  void judge_alone(std::size_t i) {
    Subject& subject = subjects_[i];
    LintFinding finding{.rule = i};
    LintFinding unnamed{.kind = Kind::Unnamed, .rule = i};
    bool is_possible = false;
    try {
      for (const Alternative& alternative : rules_[i].pattern.alternatives()) {
        auto region = region_of(alternative, sets_);
        if (!region) {
          note_impossible(alternative, finding.faults);
          continue;
        }
        auto verdict = schemas_.judge(alternative, *region);
        is_possible = is_possible || verdict.impossible.empty();
        for (Fault& fault : verdict.impossible) note(std::move(fault), finding.faults);
        for (Fault& fault : verdict.unnamed) note(std::move(fault), unnamed.faults);
        subject.regions.push_back(std::move(*region));
      }
    } catch (const TooMuch&) {
      finding.kind = Kind::Undecided;
      finding.undecided = fmt::format("what its pattern matches: that would take more than {} steps or {} states",
                                      ClauseSets::kStepsOfOneMax, StringSet::kStatesMax);
      findings_.push_back(std::move(finding));
      return;
    }
    subject.can_be_compared = !subject.regions.empty();
    if (subject.can_be_compared) {
      subject.samples = events_of(subject.regions, kSamplesMax);
      for (const JsonValue& sample : subject.samples) check(sample, i, true);
      by_events_.put(i, rules_[i].pattern);
    }
    if (!finding.faults.empty()) {
      finding.kind = is_possible ? Kind::PartNeverMatches : Kind::NeverMatches;
      findings_.push_back(std::move(finding));
    }
    if (!unnamed.faults.empty()) findings_.push_back(std::move(unnamed));
    if (subject.can_be_compared) find_replaced(i);
  }

  // Harmless as long as everything that the pattern matches satisfies what was replaced.
  void find_replaced(std::size_t i) {
    for (const ReplacedList& list : replaced_lists(rules_[i].pattern)) {
      try {
        const ClauseSet& old = sets_.of(list.path, list.conditions);
        std::uint64_t pieces = kPiecesMax;
        const auto against = without(subjects_[i].regions, {Region{{list.path, &old}}}, Events::Flat, sets_, pieces);
        if (against.empty()) continue;
        findings_.push_back({.kind = Kind::PartReplaced,
                             .rule = i,
                             .faults = {{list.path, list.conditions, "replaced by a later " + in_words(list.by)}},
                             .event = witness({event_of(against.front()), false}, i)});
      } catch (const TooMuch&) {  // then nothing is said about it
      }
    }
  }

  void note_impossible(const Alternative& alternative, std::vector<Fault>& faults) {
    for (const PatternClause* clause : alternative) {
      const auto& [path, wanted] = *clause;
      if (sets_.of(path, wanted).is_empty()) note({path, wanted, why_impossible(path, wanted)}, faults);
    }
  }

  // Only once, even if several alternatives have it.
  static void note(Fault fault, std::vector<Fault>& faults) {
    const auto is_same = [&](const Fault& other) {
      return other.path == fault.path && other.reason == fault.reason &&
             in_words(other.wanted) == in_words(fault.wanted);
    };
    if (std::none_of(faults.begin(), faults.end(), is_same)) faults.push_back(std::move(fault));
  }

  // A rule can be contained only in those that match all its samples.
  void compare_all() {
    std::vector<std::uint64_t> matched, left;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      std::vector<std::uint64_t> candidates;
      for (const JsonValue& sample : subjects_[i].samples) {
        by_events_.match(format::print_json(sample), matched);
        if (&sample == &subjects_[i].samples.front()) candidates = matched;
        left.clear();
        std::set_intersection(candidates.begin(), candidates.end(), matched.begin(), matched.end(),
                              std::back_inserter(left));
        candidates.swap(left);
        if (candidates.size() == 1) break;  // itself
      }
      for (const std::uint64_t j : candidates) {
        if (j != i) note_containment(i, static_cast<std::size_t>(j));
      }
    }
  }

  void note_containment(std::size_t i, std::size_t j) {
    const Containment& there = is_contained(i, j);
    if (there.answer == Answer::No) return;
    LintFinding finding{.kind = Kind::Contained, .rule = i, .other = j};
    if (there.answer != Answer::Yes) {
      finding.kind = Kind::Undecided;
      finding.undecided =
          there.answer == Answer::NotSure
              ? fmt::format(
                    "whether the second matches all events of the first: that would take more than {} steps, {} "
                    "states or {} pieces",
                    ClauseSets::kStepsOfOneMax, StringSet::kStatesMax, kPiecesMax)
              : "whether the second matches all events of the first: it does if no field has "
                "several values";
      findings_.push_back(std::move(finding));
      return;
    }
    const Containment& back = is_contained(j, i);
    if (back.answer == Answer::Yes) {
      if (j < i) return;  // reported before
      finding.kind = Kind::SameEvents;
    }
    if (back.answer == Answer::No) finding.other_alone = back.against;
    finding.event = witness({subjects_[i].samples.front(), false}, j);
    finding.targets = common_targets(i, j);
    told_.insert(std::minmax(i, j));
    findings_.push_back(std::move(finding));
  }

  const Containment& is_contained(std::size_t i, std::size_t j) {
    const auto [known, is_new] = contained_.try_emplace({i, j});
    if (is_new) known->second = decide(i, j);
    return known->second;
  }

  Containment decide(std::size_t i, std::size_t j) {
    for (const JsonValue& sample : subjects_[i].samples) {
      if (!is_match(sample, j)) return {Answer::No, witness({sample, false}, i, j)};
    }
    try {
      std::uint64_t pieces = kPiecesMax;
      const auto& ours = subjects_[i].regions;
      const auto& theirs = subjects_[j].regions;
      const auto flat = without(ours, theirs, Events::Flat, sets_, pieces);
      if (!flat.empty()) return {Answer::No, witness({event_of(flat.front()), false}, i, j)};
      const auto all = without(ours, theirs, Events::All, sets_, pieces);
      if (all.empty()) return {Answer::Yes, {}};
      for (const Region& region : all) {
        for (JsonValue& event : with_absent_elsewhere(region, theirs, sets_)) {
          if (!is_match(event, i) || is_match(event, j)) continue;
          return {Answer::No, Witness{std::move(event), true}};
        }
      }
      return {Answer::NotWithArrays, {}};
    } catch (const TooMuch&) {
      if (sets_.is_exhausted()) throw Exhausted{};
      return {Answer::NotSure, {}};
    }
  }

  void find_overlaps() {
    std::map<std::string_view, std::vector<std::size_t>> by_target;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (!subjects_[i].can_be_compared) continue;
      const std::set<std::string_view> targets{rules_[i].targets.begin(), rules_[i].targets.end()};
      for (const std::string_view target : targets) by_target[target].push_back(i);
    }
    for (const auto& [target, together] : by_target) {
      for (std::size_t a = 0; a < together.size(); ++a) {
        for (std::size_t b = a + 1; b < together.size(); ++b) {
          if (!told_.contains({together[a], together[b]})) note_overlap(together[a], together[b]);
        }
      }
    }
  }

  void note_overlap(std::size_t i, std::size_t j) {
    LintFinding finding{.kind = Kind::Overlap, .rule = i, .other = j, .targets = common_targets(i, j)};
    try {
      std::uint64_t pairs = kPiecesMax;
      auto event = common_event(subjects_[i].regions, subjects_[j].regions, sets_, pairs);
      if (!event) return;
      finding.event = Witness{std::move(event->event), event->has_several};
      check(finding.event->event, i, true);
      check(finding.event->event, j, true);
    } catch (const TooMuch&) {
      if (sets_.is_exhausted()) throw Exhausted{};
      finding.kind = Kind::Undecided;
      finding.undecided = fmt::format(
          "whether some event goes to a target of both twice: that would take more than {} steps, {} states or {} "
          "pairs",
          ClauseSets::kStepsOfOneMax, StringSet::kStatesMax, kPiecesMax);
    }
    told_.insert({i, j});
    findings_.push_back(std::move(finding));
  }

  std::vector<std::string> common_targets(std::size_t i, std::size_t j) const {
    const std::set<std::string> mine{rules_[i].targets.begin(), rules_[i].targets.end()};
    std::set<std::string> common;
    for (const std::string& target : rules_[j].targets) {
      if (mine.contains(target)) common.insert(target);
    }
    return {common.begin(), common.end()};
  }

  // Nothing is shown unless the matcher confirms it.
  bool is_match(const JsonValue& event, std::size_t i) const {
    return matches(rules_[i].pattern, flatten(format::print_json(event), wanted_paths(rules_[i].pattern)));
  }
  void check(const JsonValue& event, std::size_t i, bool expected) const {
    ATHANOR_ASSERT(is_match(event, i) == expected);
  }
  Witness witness(Witness found, std::size_t matched_by, std::optional<std::size_t> refused_by = {}) const {
    check(found.event, matched_by, true);
    if (refused_by) check(found.event, *refused_by, false);
    return found;
  }

  std::span<const LintRule> rules_;
  ClauseSets sets_;
  SchemaLint schemas_;
  std::vector<Subject> subjects_;
  RuleSet by_events_;
  std::map<std::pair<std::size_t, std::size_t>, Containment> contained_;
  std::set<std::pair<std::size_t, std::size_t>> told_;  // pairs that already have a finding
  std::vector<LintFinding> findings_;
};

}  // namespace

std::vector<LintFinding> lint(std::span<const LintRule> rules, std::span<const EventSchema> schemas) {
  return Linter{rules, schemas}.run();
}

}  // namespace athanor::pattern
