#include "pattern/rule_set.h"

#include <algorithm>
#include <deque>
#include <limits>
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

// A number that a rule has, as a key. One to one, so that two numbers never share a place.
std::uint64_t key_of_number(std::uint64_t number) { return (number + 1) * 0x9E37'79B9'7F4A'7C15ULL; }

// Of one thread, kept between events.
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
// looked at. All parts are shared with other versions until they change.
struct RuleSet::Compiled {
  struct Entry {
    CompiledRule rule;
    std::uint32_t alternative = 0;     // which of its rule's
    std::uint32_t found_by = kNoPath;  // the path whose keys lead here; kNoPath: it is always looked at
  };

  PathTree paths;
  KeyIndex keys;
  KeyIndex slots_by_rule;
  SharedArray<Entry> entries;
  std::shared_ptr<Slots> free_slots;
  std::shared_ptr<Slots> always;
  std::size_t rules = 0;

  void put(std::uint64_t rule, std::uint32_t number, const Alternative& alternative);
  void remove(std::uint32_t slot, const Alternative& alternative);
  std::uint32_t take_slot();
  const std::string* choose(const Alternative& alternative) const;
  void lead(const std::string& path, const std::vector<Condition>& conditions, std::uint32_t slot, bool to);

  void match(Scratch& s, std::vector<std::uint64_t>& matched) const;
  template <class Visit>
  void for_each_candidate(const Scratch& s, Visit visit) const;
  void decide_wildcards(Scratch& s) const;
  bool matches(const CompiledRule& rule, Scratch& s) const;
  bool matches_in_elements(const CompiledRule& rule, Scratch& s) const;
};

RuleSet::RuleSet() : compiled_(std::make_shared<Compiled>()) {}

RuleSet::Compiled& RuleSet::own() { return pattern::own(compiled_); }

std::size_t RuleSet::size() const { return compiled_->rules; }

// --- Changing.

void RuleSet::put(std::uint64_t number, const EventPattern& pattern) {
  ATHANOR_ASSERT(compiled_->slots_by_rule.find(key_of_number(number)).empty());
  Compiled& c = own();
  std::uint32_t alternatives = 0;
  for (const Alternative& alternative : pattern.alternatives()) c.put(number, alternatives++, alternative);
  ++c.rules;
}

void RuleSet::remove(std::uint64_t number, const EventPattern& pattern) {
  const auto found = compiled_->slots_by_rule.find(key_of_number(number));
  if (found.empty()) return;
  ATHANOR_ASSERT(found.size() == pattern.alternatives().size());
  const Slots slots{found.begin(), found.end()};
  Compiled& c = own();
  for (const std::uint32_t slot : slots) {
    c.slots_by_rule.remove(key_of_number(number), slot);
    c.remove(slot, pattern.alternatives()[c.entries[slot].alternative]);
  }
  --c.rules;
}

void RuleSet::Compiled::put(std::uint64_t rule, std::uint32_t number, const Alternative& alternative) {
  const std::string* const chosen = choose(alternative);
  const std::uint32_t slot = take_slot();
  Entry& entry = entries.own(slot);
  entry.alternative = number;
  entry.rule = CompiledRule::compile(rule, alternative, [&](std::string_view path) {
    PathNode& node = paths.own(path);
    ++node.uses;
    return node.path;
  });
  entry.found_by = chosen == nullptr ? kNoPath : paths.find(*chosen)->path;
  slots_by_rule.add(key_of_number(rule), slot);
  if (chosen == nullptr)
    insert(always, slot);
  else
    lead(*chosen, alternative.find(*chosen)->second, slot, true);
}

void RuleSet::Compiled::remove(std::uint32_t slot, const Alternative& alternative) {
  const std::uint32_t found_by = entries[slot].found_by;
  if (found_by == kNoPath) erase(always, slot);
  for (const auto& [path, conditions] : alternative) {
    if (paths.find(path)->path == found_by) lead(path, conditions, slot, false);
  }
  for (const auto& [path, conditions] : alternative) {
    if (--paths.own(path).uses == 0) paths.forget(path);
  }
  entries.own(slot) = {};
  pattern::own(free_slots).push_back(slot);
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

// The path that leads the fewest events here: the one whose keys the fewest others share. Null when no path has to have
// a value.
const std::string* RuleSet::Compiled::choose(const Alternative& alternative) const {
  const std::string* best = nullptr;
  std::size_t best_cost = std::numeric_limits<std::size_t>::max();
  constexpr std::size_t kAnyValue = 1'000;  // as bad as sharing a key with so many
  for (const auto& [path, conditions] : alternative) {
    const bool may_be_absent =
        std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) { return c.kind == Kind::Absent; });
    if (may_be_absent) continue;
    const PathNode* const node = paths.find(path);
    const bool is_known = node != nullptr && node->path != kNoPath;
    std::size_t cost = 0;
    if (const auto its_keys = keys_of(is_known ? node->path : kNoPath, conditions)) {
      if (is_known) {
        for (const Key& key : *its_keys) cost += keys.find(key.hash).size();
      }
    } else {
      cost = kAnyValue + (is_known && node->keys.others ? node->keys.others->size() : 0);
    }
    // Where two are as good, one that others are found by as well: an event then asks for fewer keys.
    cost = 2 * cost + (is_known && !node->keys.empty() ? 0 : 1);
    if (cost < best_cost) {
      best = &path;
      best_cost = cost;
    }
  }
  return best;
}

// Makes the values of the path lead to the slot, or no more.
void RuleSet::Compiled::lead(const std::string& path, const std::vector<Condition>& conditions, std::uint32_t slot,
                             bool to) {
  PathNode& node = paths.own(path);
  const auto its_keys = keys_of(node.path, conditions);
  if (!its_keys) {
    if (to)
      insert(node.keys.others, slot);
    else
      erase(node.keys.others, slot);
    return;
  }
  for (const Key& key : *its_keys) {
    count_key(node.keys, key, to);
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
  // A value that is there twice leads to the same twice; the other ways to an alternative lead there once.
  if (s.keyed.size() > 1) {
    std::sort(s.keyed.begin(), s.keyed.end());
    s.keyed.erase(std::unique(s.keyed.begin(), s.keyed.end()), s.keyed.end());
  }
  decide_wildcards(s);
  for_each_candidate(s, [&](std::uint32_t slot) {
    const CompiledRule& rule = entries[slot].rule;
    if (matches(rule, s)) matched.push_back(rule.rule());
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
      for_each_candidate(s, [&](std::uint32_t slot) { entries[slot].rule.add_wildcards(node->path, wildcards); });
      if (value.text.size() * wildcards.size() < WildcardVerdicts::kWorthIt) return;
      value.wildcards = &s.wildcards.emplace_back(std::move(wildcards), value.text);
    });
  }
}

bool RuleSet::Compiled::matches(const CompiledRule& rule, Scratch& s) const {
  const Findings& found = s.findings;
  // One clause alone is satisfied wherever its value is.
  const bool has_elements = !found.elements.empty() && rule.clause_count() > 1;
  const bool may_match = rule.all([&](const CompiledRule::Clause& clause) {
    if (!found.has(clause.path())) return clause.may_be_absent();
    if (clause.range() != nullptr && !found.may_be_within(clause.path(), *clause.range())) return false;
    // Without array elements a value that is there is there for everybody.
    return has_elements || found.any(clause.path(), [&](const Findings::Found& f) { return clause.accepts(f.value); });
  });
  return may_match && (!has_elements || matches_in_elements(rule, s));
}

// Whether all paths are satisfied within the same elements of arrays.
bool RuleSet::Compiled::matches_in_elements(const CompiledRule& rule, Scratch& s) const {
  const Findings& found = s.findings;
  // The usual case first: every path that asks for a value has it outside of arrays, or in elements of one array that
  // is in no other. Then it is enough that some element has them all.
  enum { Yes, No, Unusual } verdict = Yes;
  std::vector<std::uint32_t>& common = s.elements;
  std::vector<std::uint32_t>& here = s.more_elements;
  std::uint32_t array = kNoElement;
  rule.all([&](const CompiledRule::Clause& clause) {
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
  rule.all([&](const CompiledRule::Clause& clause) {
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
