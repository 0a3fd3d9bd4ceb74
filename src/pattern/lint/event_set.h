// The events that patterns match, as sets that can be held against each other.
//
// An alternative is a region: for each of its paths what may stand there. Events are those that a bus delivers: the
// fields of the envelope hold one string each, `resources` strings, `detail` an object with whatever is sent.
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

// What may stand at a path.
enum class Standing : std::uint8_t {
  One,       // exactly one string: source, detail-type ...
  Perhaps,   // one string or nothing: replay-name
  Many,      // any number of strings: resources
  Anything,  // below detail: any values, in any arrays
  Nothing,   // no event has a value there
};
Standing standing_at(std::string_view path);

// The part of the path within which arrays may bring paths together: below detail the first name, else all of it.
// Whether clauses of different roots hold is independent.
std::string_view root_of(std::string_view path);

// What a clause accepts of what may stand at its path.
struct ClauseSet {
  ValueSet values;
  bool may_be_absent = false;
  std::optional<Value> member;      // of the values, as well chosen as we can
  std::vector<Value> more_members;  // of other conditions

  bool is_empty() const { return !member && !may_be_absent; }
};

// By path; clauses that hold of every event are left out. The clauses belong to a ClauseSets.
using Region = std::map<std::string, const ClauseSet*, std::less<>>;

// Makes clause sets, each pair once, and keeps them. Everything that needs an automaton of more than
// StringSet::kStatesMax states, or more steps than it may, throws TooMuch.
class ClauseSets {
 public:
  // Transitions for one set, and for all of them. Our numbers: some ten milliseconds, and some ten seconds.
  static constexpr std::uint64_t kStepsOfOneMax = 500'000;
  static constexpr std::uint64_t kStepsMax = 100'000'000;

  const ClauseSet& of(std::string_view path, const std::vector<Condition>& conditions);
  // All that may stand there, absence included.
  const ClauseSet& any(std::string_view path);
  // What make(effort) says.
  const ClauseSet& made(const std::function<ClauseSet(Effort&)>& make);
  // What is in both; what is in the first alone. nullptr when that is nothing.
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

// What the alternative matches; nothing when a clause of it accepts nothing that may stand at its path.
std::optional<Region> region_of(const Alternative& alternative, ClauseSets& sets);

// Which events are meant.
enum class Events : std::uint8_t {
  Flat,  // with at most one value at each path
  All,
};

// Regions that together have all events of `regions` that are in none of `others`. Of Flat events they have no other;
// of All they may have, where arrays bring it about that a region cannot be divided: so only their absence proves.
// `pieces_left` counts down; TooMuch at its end.
std::vector<Region> without(const std::vector<Region>& regions, const std::vector<Region>& others, Events events,
                            ClauseSets& sets, std::uint64_t& pieces_left);

}  // namespace athanor::pattern
