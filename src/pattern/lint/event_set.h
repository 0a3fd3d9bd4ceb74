// The events that patterns match, as sets that can be compared.
//
// An alternative is a region: for each of its paths, what may be there. Events are those that a bus delivers: the
// fields of the envelope hold one string each, `resources` strings, `detail` an object with arbitrary content.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/lint/value_set.h"

namespace athanor::pattern {

// What may be at a path.
enum class Standing : std::uint8_t {
  One,       // exactly one string: source, detail-type ...
  Perhaps,   // one string or nothing: replay-name
  Many,      // any number of strings: resources
  Anything,  // below detail: any values, in any arrays
  Nothing,   // no event has a value there
};
Standing standing_at(std::string_view path);

// The part of a path within which arrays can tie paths together: below detail the first name, otherwise all of it.
// Clauses with different roots hold independently.
std::string_view root_of(std::string_view path);

// What a clause accepts, out of what may be at its path.
struct ClauseSet {
  ValueSet values;
  bool may_be_absent = false;
  std::optional<Value> member;      // of the values, chosen as well as we can
  std::vector<Value> more_members;  // for other conditions

  bool is_empty() const { return !member && !may_be_absent; }
};

// By path; clauses that hold for every event are left out. The clauses are owned by a ClauseSets.
using Region = std::map<std::string, const ClauseSet*, std::less<>>;

// Makes clause sets, combining each pair once, and keeps them. Anything that needs an automaton of more than
// StringSet::kStatesMax states, or more steps than allowed, throws TooMuch.
class ClauseSets {
 public:
  // Transitions for one set, and for all of them. Our numbers: about ten milliseconds, and about ten seconds.
  static constexpr std::uint64_t kStepsOfOneMax = 500'000;
  static constexpr std::uint64_t kStepsMax = 100'000'000;

  const ClauseSet& of(std::string_view path, const std::vector<Condition>& conditions);
  // Everything that may be there, including absence.
  const ClauseSet& any(std::string_view path);
  // What make(effort) returns.
  const ClauseSet& made(const std::function<ClauseSet(Effort&)>& make);
  // What is in both; what is only in the first. nullptr when that is nothing.
  const ClauseSet* both(const ClauseSet& a, const ClauseSet& b);
  const ClauseSet* without(const ClauseSet& a, const ClauseSet& b);
  const ClauseSet* only_absent(const ClauseSet& a);
  const ClauseSet* only_present(const ClauseSet& a);
  bool is_exhausted() const { return steps_left_ == 0; }

 private:
  enum class Of : std::uint8_t { Both, FirstAlone };
  struct Known {
    const ClauseSet* set = nullptr;
    bool is_too_much = false;
  };
  struct Pair {
    const ClauseSet* a;
    const ClauseSet* b;
    Of of;
    bool operator==(const Pair&) const = default;
  };
  struct PairHash {
    std::size_t operator()(const Pair& pair) const;
  };

  const ClauseSet& keep(ClauseSet set) { return sets_.emplace_back(std::move(set)); }
  const ClauseSet* combine(Of of, const ClauseSet& a, const ClauseSet& b);
  template <class Make>
  auto bounded(Make make);

  std::deque<ClauseSet> sets_;
  std::map<std::string, const ClauseSet*, std::less<>> by_conditions_;
  std::map<std::string, const ClauseSet*, std::less<>> any_;
  std::unordered_map<Pair, Known, PairHash> combined_;
  std::uint64_t steps_left_ = kStepsMax;
};

// What the alternative matches; nothing when one of its clauses accepts nothing that may be at its path.
std::optional<Region> region_of(const Alternative& alternative, ClauseSets& sets);

// Which events are considered.
enum class Events : std::uint8_t {
  Flat,  // with at most one value at each path
  All,
};

// Regions that together contain all events of `regions` that are in none of `others`. With Flat they contain no others;
// with All they may, where a region cannot be divided because of arrays: so only an empty result proves anything.
// `pieces_left` counts down; TooMuch when it runs out.
std::vector<Region> without(const std::vector<Region>& regions, const std::vector<Region>& others, Events events,
                            ClauseSets& sets, std::uint64_t& pieces_left);

}  // namespace athanor::pattern
