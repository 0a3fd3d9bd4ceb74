#include "pattern/rule_set.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "pattern/compiled_rule.h"
#include "pattern/copy_on_write.h"
#include "pattern/event_reader.h"
#include "pattern/key_index.h"
#include "pattern/path_tree.h"
#include "pattern/rule_keys.h"

namespace athanor::pattern {
namespace {

using Kind = Condition::Kind;
using Slots = std::vector<std::uint32_t>;

void insert(std::shared_ptr<Slots>& slots, std::uint32_t slot) {
  Slots& own_slots = own(slots);
  own_slots.insert(std::lower_bound(own_slots.begin(), own_slots.end(), slot), slot);
}
void erase(std::shared_ptr<Slots>& slots, std::uint32_t slot) {
  Slots& own_slots = own(slots);
  own_slots.erase(std::lower_bound(own_slots.begin(), own_slots.end(), slot));
}

// A rule's number as a key. One to one, so that two numbers never have the same key.
std::uint64_t key_of_number(std::uint64_t number) { return (number + 1) * 0x9E37'79B9'7F4A'7C15ULL; }

// One per thread, reused between events.
struct Scratch {
  Findings findings;
  std::vector<std::uint64_t> keys;
  std::string lower;
  Slots keyed;  // alternatives that a key led to
  std::vector<Step> steps;
  std::vector<std::uint32_t> elements, more_elements;
  std::deque<WildcardVerdicts> wildcards;
  std::uint64_t given_up = 0;  // alternatives
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

}  // namespace

// Every alternative of every rule has a slot. An event's values give keys, the keys give slots, and only those are
// examined. All parts are shared with other versions until they change.
struct RuleSet::Compiled {
  struct Entry {
    CompiledRule rule;
    std::uint32_t alternative = 0;     // where it begins in its rule
    std::uint32_t found_by = kNoPath;  // the path whose keys lead here; kNoPath: it is always examined

    CompiledRule::Clauses clauses() const { return rule.clauses(alternative); }
  };
  // A clause of a pattern within the set, while a rule is put or removed.
  struct Clause {
    PathNode* node;  // owned
    bool may_be_absent;
    std::optional<std::vector<Key>> keys;
  };

  PathTree paths;
  KeyIndex keys;
  KeyIndex slots_by_rule;
  SharedArray<Entry> entries;
  std::shared_ptr<Slots> free_slots;
  std::shared_ptr<Slots> always;
  std::size_t rules = 0;

  void put(std::uint64_t rule, const EventPattern& pattern);
  void remove(std::uint64_t rule, const EventPattern& pattern);
  std::vector<Clause> clauses_of(const EventPattern& pattern);
  std::uint32_t take_slot();
  const Clause* choose(const std::vector<const Clause*>& alternative) const;
  void lead(const Clause& clause, std::uint32_t slot, bool to);

  void match(Scratch& s, std::vector<std::uint64_t>& matched) const;
  template <class Visit>
  void for_each_candidate(const Scratch& s, Visit visit) const;
  void decide_wildcards(Scratch& s) const;
  bool matches(CompiledRule::Clauses clauses, Scratch& s) const;
  bool matches_in_elements(CompiledRule::Clauses clauses, Scratch& s) const;
};

RuleSet::RuleSet() : compiled_(std::make_shared<Compiled>()) {}

RuleSet::Compiled& RuleSet::own() { return pattern::own(compiled_); }

std::size_t RuleSet::size() const { return compiled_->rules; }

// --- Changing.

void RuleSet::put(std::uint64_t number, const EventPattern& pattern) {
  ATHANOR_ASSERT(compiled_->slots_by_rule.find(key_of_number(number)).empty());
  own().put(number, pattern);
}

void RuleSet::remove(std::uint64_t number, const EventPattern& pattern) {
  if (!compiled_->slots_by_rule.find(key_of_number(number)).empty()) own().remove(number, pattern);
}

void RuleSet::Compiled::put(std::uint64_t rule, const EventPattern& pattern) {
  const std::vector<Clause> clauses = clauses_of(pattern);
  std::vector<std::uint32_t> path_numbers;
  for (const Clause& clause : clauses) {
    ++clause.node->uses;
    path_numbers.push_back(clause.node->path);
  }
  std::vector<std::uint32_t> alternatives;
  const CompiledRule compiled = CompiledRule::compile(rule, pattern, path_numbers, alternatives);
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    std::vector<const Clause*> asked;
    for (const PatternClause* clause : pattern.alternatives()[i]) asked.push_back(&clauses[pattern.number_of(clause)]);
    const Clause* const chosen = choose(asked);
    const std::uint32_t slot = take_slot();
    entries.own(slot) = {compiled, alternatives[i], chosen == nullptr ? kNoPath : chosen->node->path};
    slots_by_rule.add(key_of_number(rule), slot);
    if (chosen == nullptr)
      insert(always, slot);
    else
      lead(*chosen, slot, true);
  }
  ++rules;
}

void RuleSet::Compiled::remove(std::uint64_t rule, const EventPattern& pattern) {
  const auto found = slots_by_rule.find(key_of_number(rule));
  ATHANOR_ASSERT(found.size() == pattern.alternatives().size());
  Slots slots{found.begin(), found.end()};
  std::sort(slots.begin(), slots.end(),
            [&](std::uint32_t a, std::uint32_t b) { return entries[a].alternative < entries[b].alternative; });
  const std::vector<Clause> clauses = clauses_of(pattern);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::uint32_t slot = slots[i];
    const std::uint32_t found_by = entries[slot].found_by;
    if (found_by == kNoPath) erase(always, slot);
    for (const PatternClause* asked : pattern.alternatives()[i]) {
      const Clause& clause = clauses[pattern.number_of(asked)];
      if (clause.node->path == found_by) lead(clause, slot, false);
    }
    slots_by_rule.remove(key_of_number(rule), slot);
    entries.own(slot) = {};
    pattern::own(free_slots).push_back(slot);
  }
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    if (--clauses[i].node->uses == 0) paths.forget(pattern.clauses()[i].path);
  }
  --rules;
}

std::vector<RuleSet::Compiled::Clause> RuleSet::Compiled::clauses_of(const EventPattern& pattern) {
  std::vector<Clause> clauses;
  for (const auto& [path, conditions] : pattern.clauses()) {
    PathNode& node = paths.own(path);
    const bool may_be_absent =
        std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) { return c.kind == Kind::Absent; });
    clauses.push_back({&node, may_be_absent, keys_of(node.path, conditions)});
  }
  return clauses;
}

std::uint32_t RuleSet::Compiled::take_slot() {
  if (free_slots && !free_slots->empty()) {
    Slots& free = pattern::own(free_slots);
    const std::uint32_t slot = free.back();
    free.pop_back();
    return slot;
  }
  entries.push_back({});
  return static_cast<std::uint32_t>(entries.size() - 1);
}

// The clause whose path leads the fewest events here: the one whose keys are shared by the fewest others. Null when no
// path needs a value.
const RuleSet::Compiled::Clause* RuleSet::Compiled::choose(const std::vector<const Clause*>& alternative) const {
  const Clause* best = nullptr;
  std::size_t best_cost = std::numeric_limits<std::size_t>::max();
  constexpr std::size_t kAnyValue = 1'000;  // as bad as sharing a key with this many
  for (const Clause* clause : alternative) {
    if (clause->may_be_absent) continue;
    const PathKeys& of_path = clause->node->keys;
    std::size_t cost = 0;
    if (clause->keys) {
      for (const Key& key : *clause->keys) cost += keys.find(key.hash).size();
    } else {
      cost = kAnyValue + (of_path.others ? of_path.others->size() : 0);
    }
    // A tie goes to one by which others are found too: an event then looks up fewer keys.
    cost = 2 * cost + (of_path.empty() ? 1 : 0);
    if (cost < best_cost) {
      best = clause;
      best_cost = cost;
    }
  }
  return best;
}

// Makes the values of the clause's path lead to the slot, or no longer lead to it.
void RuleSet::Compiled::lead(const Clause& clause, std::uint32_t slot, bool to) {
  PathKeys& of_path = clause.node->keys;
  if (!clause.keys) {
    if (to)
      insert(of_path.others, slot);
    else
      erase(of_path.others, slot);
    return;
  }
  for (const Key& key : *clause.keys) {
    count_key(of_path, key, to);
    if (to)
      keys.add(key.hash, slot);
    else
      keys.remove(key.hash, slot);
  }
}

// --- Matching.

std::vector<std::uint64_t> RuleSet::match(const Envelope& event, std::uint64_t* given_up) const {
  std::vector<std::uint64_t> matched;
  const Compiled& c = *compiled_;
  if (c.rules == 0) return matched;
  Scratch& s = scratch();
  s.findings.clear(c.paths.paths());
  const PathNode& root = c.paths.root();
  for_each_field(event, [&](std::string_view name, std::string_view text) {
    const PathNode* const node = root.child(name);
    if (node != nullptr && node->path != kNoPath) s.findings.add(*node, format::JsonKind::String, text);
  });
  if (const PathNode* const detail = root.child("detail"); detail != nullptr && detail->leads_somewhere())
    ATHANOR_ASSERT(read_members(event.detail, *detail, false, s.findings));
  c.match(s, matched);
  if (given_up != nullptr) *given_up += s.given_up;
  return matched;
}

void RuleSet::match(std::string_view event_text, std::vector<std::uint64_t>& matched) const {
  matched.clear();
  const Compiled& c = *compiled_;
  if (c.rules == 0) return;
  Scratch& s = scratch();
  s.findings.clear(c.paths.paths());
  if (read_members(event_text, c.paths.root(), true, s.findings)) c.match(s, matched);
}

void RuleSet::Compiled::match(Scratch& s, std::vector<std::uint64_t>& matched) const {
  s.keyed.clear();
  s.given_up = 0;
  for (const PathNode* node : s.findings.touched) {
    if (!node->keys.has_any()) continue;
    s.keys.clear();
    s.findings.any(node->path, [&](const Findings::Found& found) {
      add_keys(*node, found.value, s.lower, s.keys);
      return false;
    });
    for (const std::uint64_t key : s.keys) {
      const auto slots = keys.find(key);
      for (const std::uint32_t slot : slots) s.keyed.push_back(slot);
    }
  }
  // A repeated value leads to the same alternative twice; the other ways lead to one only once.
  if (s.keyed.size() > 1) {
    std::sort(s.keyed.begin(), s.keyed.end());
    s.keyed.erase(std::unique(s.keyed.begin(), s.keyed.end()), s.keyed.end());
  }
  decide_wildcards(s);
  for_each_candidate(s, [&](std::uint32_t slot) {
    const Entry& entry = entries[slot];
    if (matches(entry.clauses(), s)) matched.push_back(entry.rule.rule());
  });
  if (matched.size() > 1) {
    std::sort(matched.begin(), matched.end());
    matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
  }
}

template <class Visit>
void RuleSet::Compiled::for_each_candidate(const Scratch& s, Visit visit) const {
  if (always) std::for_each(always->begin(), always->end(), visit);
  for (const PathNode* node : s.findings.touched) {
    if (node->keys.others) std::for_each(node->keys.others->begin(), node->keys.others->end(), visit);
  }
  std::for_each(s.keyed.begin(), s.keyed.end(), visit);
}

// Many wildcards against a long text are decided in one pass over it.
void RuleSet::Compiled::decide_wildcards(Scratch& s) const {
  s.wildcards.clear();
  std::size_t candidates = 0;
  for_each_candidate(s, [&](std::uint32_t) { ++candidates; });
  if (s.findings.longest_text * candidates < WildcardVerdicts::kWorthIt) return;
  for (const PathNode* node : s.findings.touched) {
    s.findings.for_each(node->path, [&](ValueView& value) {
      if (value.kind != format::JsonKind::String || value.text.size() * candidates < WildcardVerdicts::kWorthIt) return;
      std::vector<std::string_view> wildcards;
      for_each_candidate(s, [&](std::uint32_t slot) { entries[slot].clauses().add_wildcards(node->path, wildcards); });
      if (value.text.size() * wildcards.size() < WildcardVerdicts::kWorthIt) return;
      value.wildcards = &s.wildcards.emplace_back(std::move(wildcards), value.text);
    });
  }
}

bool RuleSet::Compiled::matches(CompiledRule::Clauses clauses, Scratch& s) const {
  const Findings& found = s.findings;
  // A single clause is satisfied wherever its value is.
  const bool has_elements = !found.elements.empty() && clauses.size() > 1;
  const bool may_match = clauses.all([&](const CompiledRule::Clause& clause) {
    if (!found.has(clause.path())) return clause.may_be_absent();
    if (clause.range() != nullptr && !found.may_be_within(clause.path(), *clause.range())) return false;
    // Without array elements a value is present for every choice.
    return has_elements || found.any(clause.path(), [&](const Findings::Found& f) { return clause.accepts(f.value); });
  });
  return may_match && (!has_elements || matches_in_elements(clauses, s));
}

// Whether all paths are satisfied within the same elements of arrays.
bool RuleSet::Compiled::matches_in_elements(CompiledRule::Clauses clauses, Scratch& s) const {
  const Findings& found = s.findings;
  // The usual case first: every path that asks for a value has it outside arrays, or in elements of one array that is
  // in no other. Then it is enough that one element has them all.
  enum { Yes, No, Unusual } verdict = Yes;
  std::vector<std::uint32_t>& common = s.elements;
  std::vector<std::uint32_t>& here = s.more_elements;
  std::uint32_t array = kNoElement;
  clauses.all([&](const CompiledRule::Clause& clause) {
    if (!found.has(clause.path())) return true;
    if (clause.may_be_absent()) {
      verdict = Unusual;
      return false;
    }
    const bool is_first = array == kNoElement;
    here.clear();
    const bool is_outside = found.any(clause.path(), [&](const Findings::Found& f) {
      if (f.place.element == kNoElement) return clause.accepts(f.value);
      const Element& element = found.elements[f.place.element];
      const bool is_plain = element.around == kNoElement && (array == kNoElement || element.array == array);
      if (is_plain && !is_first && !std::binary_search(common.begin(), common.end(), f.place.element)) return false;
      if (!clause.accepts(f.value)) return false;
      if (is_plain) {
        array = element.array;
        here.push_back(f.place.element);
        return false;
      }
      verdict = Unusual;
      return true;
    });
    if (verdict == Unusual) return false;
    if (is_outside) {
      if (is_first) array = kNoElement;
      return true;
    }
    verdict = here.empty() ? No : Yes;
    std::swap(common, here);
    return verdict == Yes;
  });
  if (verdict != Unusual) return verdict == Yes;

  s.steps.clear();
  clauses.all([&](const CompiledRule::Clause& clause) {
    if (!found.has(clause.path())) return true;
    Step& step = s.steps.emplace_back(Step{.may_be_absent = clause.may_be_absent()});
    found.any(clause.path(), [&](const Findings::Found& f) {
      if (step.may_be_absent) step.all.push_back(f.place);
      if (clause.accepts(f.value)) step.accepted.push_back(f.place);
      return false;
    });
    return true;
  });
  const WaySearch search = find_way(s.steps, found.elements, found.arrays);
  if (search.gave_up()) ++s.given_up;
  return search.found;
}

}  // namespace athanor::pattern
