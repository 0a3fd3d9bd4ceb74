#include "pattern/lint/common_event.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "pattern/explain/condition_words.h"
#include "pattern/lint/event_sketch.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;

// The clauses with one root.
using Group = std::map<std::string_view, const ClauseSet*>;
std::map<std::string_view, Group> groups_of(const Region& region) {
  std::map<std::string_view, Group> groups;
  for (const auto& [path, clause] : region) groups[root_of(path)].emplace(path, clause);
  return groups;
}

using Leaves = std::map<std::string_view, Value>;

JsonValue json_at(std::string_view path, const Value& value) {
  return standing_at(path) == Standing::Many ? JsonValue::array({as_json(value)}) : as_json(value);
}

// An element of an array at the root: an object, or if there is a value at the root itself, an array of both.
JsonValue element_of(std::string_view root, const Leaves& leaves) {
  JsonValue object = JsonValue::object();
  std::vector<JsonValue> items;
  for (const auto& [path, value] : leaves) {
    if (path == root)
      items.push_back(as_json(value));
    else
      EventSketch::put_into(object, path.substr(root.size() + 1), as_json(value));
  }
  if (items.empty()) return object;
  if (!object.members.empty()) items.push_back(std::move(object));
  return JsonValue::array(std::move(items));
}

// Draws an event that two alternatives match.
class Meeting {
 public:
  Meeting(const Region& a, const Region& b, ClauseSets& sets) : a_(a), b_(b), sets_(sets) {}

  // An event without arrays.
  std::optional<JsonValue> flat() {
    Region merged = a_;
    for (const auto& [path, clause] : b_) {
      const auto [own, is_new] = merged.emplace(path, clause);
      if (is_new) continue;
      own->second = sets_.both(*own->second, *clause);
      if (own->second == nullptr) return std::nullopt;
    }
    return event_of(merged);
  }

  // An event with arrays where they are needed.
  std::optional<JsonValue> with_arrays() {
    auto groups = groups_of(a_);
    const auto of_b = groups_of(b_);
    for (const auto& [root, group] : of_b) groups.try_emplace(root);
    for (const auto& [root, group] : groups) {
      const auto found = of_b.find(root);
      const Group none;
      const Group& other = found == of_b.end() ? none : found->second;
      if (!several_values(group, other) && !several_elements(root, group, other)) return std::nullopt;
    }
    return sketch_.event();
  }

 private:
  // Two values for a path that both alternatives ask for.
  bool several_values(const Group& a, const Group& b) {
    std::vector<std::pair<std::string_view, JsonValue>> leaves;
    Group all = a;
    all.insert(b.begin(), b.end());
    for (const auto& [path, clause] : all) {
      const bool is_common = a.contains(path) && b.contains(path);
      const ClauseSet* const common = is_common ? sets_.both(*a.at(path), *b.at(path)) : clause;
      if (common != nullptr) {
        if (common->member) leaves.emplace_back(path, json_at(path, *common->member));
        continue;
      }
      const Standing standing = standing_at(path);
      const auto& first = a.at(path)->member;
      const auto& second = b.at(path)->member;
      if (!first || !second || (standing != Standing::Many && standing != Standing::Anything)) return false;
      leaves.emplace_back(path, JsonValue::array({as_json(*first), as_json(*second)}));
    }
    for (auto& [path, value] : leaves) sketch_.put(path, std::move(value));
    return true;
  }

  // An array element for each of the two.
  bool several_elements(std::string_view root, const Group& a, const Group& b) {
    if (standing_at(root) != Standing::Anything) return false;
    // What is absent before any element has been chosen is absent for both, which may only emerge step by step.
    std::set<std::string_view> nowhere;
    Leaves of_a, of_b;
    for (std::size_t before = ~std::size_t{0}; before != nowhere.size();) {
      before = nowhere.size();
      if (!choose(a, nowhere, of_a) || !choose(b, nowhere, of_b)) return false;
    }
    std::vector<JsonValue> elements;
    for (const Leaves* leaves : {&of_a, &of_b}) {
      if (!leaves->empty()) elements.push_back(element_of(root, *leaves));
    }
    if (!elements.empty()) sketch_.put(root, JsonValue::array(std::move(elements)));
    return true;
  }

  static bool choose(const Group& group, std::set<std::string_view>& nowhere, Leaves& leaves) {
    leaves.clear();
    for (const auto& [path, clause] : group) {
      if (clause->member && !nowhere.contains(path)) {
        leaves.emplace(path, *clause->member);
        continue;
      }
      if (!clause->may_be_absent) return false;
      if (leaves.empty()) nowhere.insert(path);
    }
    return true;
  }

  const Region& a_;
  const Region& b_;
  ClauseSets& sets_;
  EventSketch sketch_;
};

}  // namespace

JsonValue event_of(const Region& region) {
  EventSketch sketch;
  for (const auto& [path, clause] : region) {
    if (clause->member) sketch.put(path, json_at(path, *clause->member));
  }
  return sketch.event();
}

std::vector<JsonValue> events_of(const std::vector<Region>& regions, std::size_t count_max) {
  std::vector<JsonValue> events;
  for (const Region& region : regions) {
    if (events.size() == count_max) return events;
    events.push_back(event_of(region));
  }
  for (const Region& region : regions) {
    for (const auto& [path, clause] : region) {
      for (const Value& other : clause->more_members) {
        if (events.size() == count_max) return events;
        ClauseSet changed = *clause;
        changed.member = other;
        Region near = region;
        near[path] = &changed;
        events.push_back(event_of(near));
      }
    }
  }
  return events;
}

std::optional<DrawnEvent> common_event(const std::vector<Region>& a, const std::vector<Region>& b, ClauseSets& sets,
                                       std::uint64_t& pairs_left) {
  for (const bool has_several : {false, true}) {
    for (const Region& x : a) {
      for (const Region& y : b) {
        if (pairs_left == 0) throw TooMuch{};
        --pairs_left;
        Meeting meeting{x, y, sets};
        auto event = has_several ? meeting.with_arrays() : meeting.flat();
        if (event) return DrawnEvent{std::move(*event), has_several};
      }
    }
  }
  return std::nullopt;
}

std::vector<JsonValue> with_absent_elsewhere(const Region& region, const std::vector<Region>& others,
                                             ClauseSets& sets) {
  std::vector<JsonValue> events;
  for (const auto& [root, group] : groups_of(region)) {
    if (standing_at(root) != Standing::Anything) continue;
    // What the others ask for: values that they refuse, and values that they accept.
    std::map<std::string_view, std::vector<Value>> elsewhere;
    for (const Region& other : others) {
      for (const auto& [path, clause] : other) {
        const auto own = group.find(path);
        if (root_of(path) != root || (own != group.end() && own->second->member)) continue;
        if (const ClauseSet* const refused = sets.without(sets.any(path), *clause);
            refused != nullptr && refused->member)
          elsewhere[path].push_back(*refused->member);
        if (clause->member) elsewhere[path].push_back(*clause->member);
      }
    }
    // The element with the region's own clauses has those from some path on, or one, or all.
    for (const auto& [path, values] : elsewhere) {
      for (const Value& value : values) {
        for (const auto& [chosen, clause] : group) {
          if (!clause->member) continue;
          for (const bool with_later : {false, true}) {
            Leaves inside;
            for (const auto& [p, c] : group) {
              if (c->member && (p == chosen || (with_later && p > chosen))) inside.emplace(p, *c->member);
            }
            EventSketch sketch;
            sketch.put(root, JsonValue::array({element_of(root, inside), element_of(root, {{path, value}})}));
            for (const auto& [p, c] : region) {
              if (c->member && !inside.contains(p)) sketch.put(p, json_at(p, *c->member));
            }
            events.push_back(sketch.event());
          }
        }
      }
    }
  }
  return events;
}

}  // namespace athanor::pattern
