#include "pattern/lint/event_set.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "pattern/explain/accepted_value.h"
#include "pattern/explain/condition_words.h"

namespace athanor::pattern {
namespace {

constexpr std::string_view kDetail = "detail.";

// Whether the region can be divided by what is at the path, because that would not change what is chosen for the paths
// after it.
bool can_be_divided_at(const Region& region, std::string_view path) {
  return std::none_of(region.upper_bound(path), region.end(),
                      [&](const auto& clause) { return root_of(clause.first) == root_of(path); });
}

// Whether the region has a path that the other lacks, before `path` and where one array may hold both: what is absent
// next to it need not be absent for the other.
bool chooses_more_before(const Region& region, const Region& other, std::string_view path) {
  for (const auto& [before, clause] : region) {
    if (before >= path) break;
    if (root_of(before) == root_of(path) && !other.contains(before)) return true;
  }
  return false;
}

class Subtraction {
 public:
  Subtraction(Events events, ClauseSets& sets, std::vector<Region>& rest) : events_(events), sets_(sets), rest_(rest) {}

  void subtract(Region inside, const Region& other) {
    for (const auto& [path, wanted] : other) {
      auto own = inside.find(path);
      if (own == inside.end()) {
        if (events_ == Events::All && !can_be_divided_at(inside, path)) return keep(std::move(inside));
        own = inside.emplace(path, &sets_.any(path)).first;
      }
      const ClauseSet* const in = sets_.both(*own->second, *wanted);
      if (in == nullptr) return keep(std::move(inside));
      if (const ClauseSet* const out = sets_.without(*own->second, *wanted)) {
        own->second = out;
        keep(inside);
      }
      own->second = in;
    }
    if (events_ == Events::All) keep_absences(std::move(inside), other);
  }

 private:
  void keep(Region region) { rest_.push_back(std::move(region)); }

  void keep_absences(Region inside, const Region& other) {
    for (const auto& [path, wanted] : other) {
      const ClauseSet*& own = inside.find(path)->second;
      if (!own->may_be_absent || !chooses_more_before(inside, other, path)) continue;
      const ClauseSet* const present = sets_.only_present(*own);
      own = sets_.only_absent(*own);
      keep(inside);
      if (present == nullptr) return;
      own = present;
    }
  }

  Events events_;
  ClauseSets& sets_;
  std::vector<Region>& rest_;
};

}  // namespace

Standing standing_at(std::string_view path) {
  constexpr std::string_view kOne[] = {"version", "id", "detail-type", "source", "account", "time", "region"};
  if (std::find(std::begin(kOne), std::end(kOne), path) != std::end(kOne)) return Standing::One;
  if (path == "replay-name") return Standing::Perhaps;
  if (path == "resources") return Standing::Many;
  return path.starts_with(kDetail) ? Standing::Anything : Standing::Nothing;
}

std::string_view root_of(std::string_view path) {
  return path.starts_with(kDetail) ? path.substr(0, path.find('.', kDetail.size())) : path;
}

std::size_t ClauseSets::PairHash::operator()(const Pair& pair) const {
  const std::hash<const void*> hash;
  return hash(pair.a) * 31 + hash(pair.b) * 2 + static_cast<std::size_t>(pair.of);
}

// Runs make(effort) with the budget of one set, and deducts what it cost from the budget of all.
template <class Make>
auto ClauseSets::bounded(Make make) {
  if (steps_left_ == 0) throw TooMuch{};
  const std::uint64_t before = std::min(steps_left_, kStepsOfOneMax);
  Effort effort{before};
  const auto account = [&] { steps_left_ -= before - effort.left(); };
  try {
    auto made = make(effort);
    account();
    return made;
  } catch (const TooMuch&) {
    account();
    throw;
  }
}

const ClauseSet& ClauseSets::made(const std::function<ClauseSet(Effort&)>& make) {
  ClauseSet set = bounded(make);
  set.member = set.values.member();
  return keep(std::move(set));
}

const ClauseSet& ClauseSets::any(std::string_view path) {
  const Standing standing = standing_at(path);
  const std::string key{path == "version" || standing == Standing::Perhaps ? path : ""};
  const ClauseSet*& known = any_[key + static_cast<char>('0' + static_cast<int>(standing))];
  if (known != nullptr) return *known;
  known = &made([&](Effort& effort) -> ClauseSet {
    switch (standing) {
      case Standing::One:
        return {path == "version" ? ValueSet::string("0", effort) : ValueSet::strings(), false, {}};
      case Standing::Perhaps:
        return {ValueSet::strings().without(ValueSet::string("", effort), effort), true, {}};
      case Standing::Many:
        return {ValueSet::strings(), true, {}};
      case Standing::Anything:
        return {ValueSet::all(), true, {}};
      case Standing::Nothing:
        break;
    }
    return {ValueSet::none(), true, {}};
  });
  return *known;
}

const ClauseSet& ClauseSets::of(std::string_view path, const std::vector<Condition>& conditions) {
  const ClauseSet& standing = any(path);
  std::string key = std::to_string(reinterpret_cast<std::uintptr_t>(&standing));
  // "exactly" is written like a string that may be an address, which is not the same.
  for (const Condition& condition : conditions) key += condition.ip_low + format::print_json(as_json(condition));
  const ClauseSet*& known = by_conditions_[key];
  if (known != nullptr) return *known;
  ClauseSet set;
  set.values = bounded([&](Effort& effort) { return ValueSet::of(conditions, effort).both(standing.values, effort); });
  set.may_be_absent =
      standing.may_be_absent && std::any_of(conditions.begin(), conditions.end(),
                                            [](const Condition& c) { return c.kind == Condition::Kind::Absent; });
  set.member = accepted_value(conditions, nullptr);
  if (!set.member || !set.values.contains(*set.member)) set.member = set.values.member();
  for (const Condition& condition : conditions) {
    const auto member = accepted_value({condition}, nullptr);
    if (member && set.values.contains(*member) && member->text != set.member->text) set.more_members.push_back(*member);
  }
  return *(known = &keep(std::move(set)));
}

const ClauseSet* ClauseSets::combine(Of of, const ClauseSet& a, const ClauseSet& b) {
  if (&a == &b) return of == Of::Both && !a.is_empty() ? &a : nullptr;
  Known& known = combined_.try_emplace({&a, &b, of}).first->second;
  if (known.is_too_much) throw TooMuch{};
  if (known.set != nullptr) return known.set->is_empty() ? nullptr : known.set;
  ClauseSet set;
  known.is_too_much = true;  // until known otherwise
  set.values = bounded([&](Effort& effort) {
    return of == Of::Both ? a.values.both(b.values, effort) : a.values.without(b.values, effort);
  });
  known.is_too_much = false;
  set.may_be_absent = a.may_be_absent && (b.may_be_absent == (of == Of::Both));
  for (const auto* member : {&a.member, &b.member}) {
    if (!set.member && *member && set.values.contains(**member)) set.member = *member;
  }
  if (!set.member) set.member = set.values.member();
  known.set = &keep(std::move(set));
  return known.set->is_empty() ? nullptr : known.set;
}

const ClauseSet* ClauseSets::both(const ClauseSet& a, const ClauseSet& b) { return combine(Of::Both, a, b); }
const ClauseSet* ClauseSets::without(const ClauseSet& a, const ClauseSet& b) { return combine(Of::FirstAlone, a, b); }

const ClauseSet* ClauseSets::only_absent(const ClauseSet& a) { return a.may_be_absent ? both(a, any("")) : nullptr; }
const ClauseSet* ClauseSets::only_present(const ClauseSet& a) { return without(a, any("")); }

std::optional<Region> region_of(const Alternative& alternative, ClauseSets& sets) {
  Region region;
  for (const PatternClause* clause : alternative) {
    const ClauseSet& set = sets.of(clause->path, clause->conditions);
    if (set.is_empty()) return std::nullopt;
    region.emplace(clause->path, &set);
  }
  // Backwards: a clause that accepts anything or nothing chooses an array element, which matters only if others follow.
  for (auto at = region.end(); at != region.begin();) {
    --at;
    const bool accepts_all = sets.without(sets.any(at->first), *at->second) == nullptr;
    if (accepts_all && can_be_divided_at(region, at->first)) at = region.erase(at);
  }
  return region;
}

std::vector<Region> without(const std::vector<Region>& regions, const std::vector<Region>& others, Events events,
                            ClauseSets& sets, std::uint64_t& pieces_left) {
  std::vector<Region> rest = regions;
  for (const Region& other : others) {
    std::vector<Region> next;
    for (Region& region : rest) {
      if (pieces_left == 0) throw TooMuch{};
      --pieces_left;
      Subtraction{events, sets, next}.subtract(std::move(region), other);
    }
    rest = std::move(next);
    if (rest.empty()) break;
  }
  return rest;
}

}  // namespace athanor::pattern
