#include "pattern/explain/event_change.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pattern/explain/accepted_value.h"
#include "pattern/explain/condition_words.h"
#include "pattern/explain/nearest_way.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;

// An edit before it is written out: what to do where.
struct Move {
  Edit::Op op;
  Location at;      // what is replaced or removed, or the object or array that is added to
  std::string key;  // of what is added to an object
  JsonValue value;
};
using Candidate = std::vector<Move>;

bool is_scalar(const JsonValue& value) { return !value.is_object() && !value.is_array(); }

// Applies the move, and returns it as an edit.
Edit apply(const Move& move, JsonValue& event) {
  Edit edit{.op = move.op, .value = move.value};
  Location location = move.at;
  if (move.op == Edit::Op::Add) {
    JsonValue& parent = at(event, move.at);
    if (parent.is_array()) {
      parent.items.push_back(move.value);
      location.push_back(static_cast<std::uint32_t>(parent.items.size() - 1));
    } else {
      parent.members.emplace_back(move.key, move.value);
      location.push_back(static_cast<std::uint32_t>(parent.members.size() - 1));
    }
  }
  edit.pointer = json_pointer(event, location);
  edit.place = place_name(event, location);
  if (is_ambiguous(event, location)) edit.numbers = location;
  if (move.op == Edit::Op::Add) {
    if (at(event, move.at).is_array()) edit.pointer = edit.pointer.substr(0, edit.pointer.rfind('/')) + "/-";
    return edit;
  }
  edit.was = at(event, location);
  if (move.op == Edit::Op::Replace) {
    at(event, location) = move.value;
    return edit;
  }
  const std::uint32_t number = location.back();
  location.pop_back();
  JsonValue& parent = at(event, location);
  if (parent.is_array())
    parent.items.erase(parent.items.begin() + number);
  else
    parent.members.erase(parent.members.begin() + number);
  return edit;
}

// The value nested below the names of a path.
JsonValue nested(std::string_view path, const JsonValue& value) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return JsonValue::object({{std::string{path}, value}});
  return JsonValue::object({{std::string{path.substr(0, dot)}, nested(path.substr(dot + 1), value)}});
}

// The ways to put a value at a path, the most natural first.
class Insertions {
 public:
  Insertions(const JsonValue& event, const std::vector<Location>& chosen, JsonValue value)
      : event_(event), chosen_(chosen), value_(std::move(value)) {}

  std::vector<Candidate> at_path(std::string_view path) {
    into_object(event_, path);
    // Last, the unusual form: the path as one key with dots.
    candidates_.insert(candidates_.end(), std::make_move_iterator(dotted_.begin()),
                       std::make_move_iterator(dotted_.end()));
    return std::move(candidates_);
  }

 private:
  static constexpr std::size_t kItemsMax = 4;  // of an array without a chosen one: any is as good as another

  void into(const JsonValue& value, std::string_view rest, bool is_end) {
    if (value.is_array()) return into_array(value, rest, is_end);
    if (value.is_object() && !is_end) return into_object(value, rest);
    if (!value.is_object()) {
      if (!is_end) candidates_.push_back({{Edit::Op::Replace, location_, {}, nested(rest, value_)}});
      return;
    }
    candidates_.push_back({{Edit::Op::Replace, location_, {}, value_}});
    // If the existing value is needed too, both fit in an array.
    candidates_.push_back({{Edit::Op::Replace, location_, {}, JsonValue::array({value, value_})}});
  }

  void into_object(const JsonValue& object, std::string_view rest) {
    const std::string_view name = rest.substr(0, rest.find('.'));
    bool has_name = false;
    bool has_rest = false;
    for (std::uint32_t i = 0; i < object.members.size(); ++i) {
      const auto& [key, member] = object.members[i];
      has_name = has_name || key == name;
      has_rest = has_rest || key == rest;
      location_.push_back(i);
      if (key == rest)
        into(member, {}, true);
      else if (rest.starts_with(key) && rest[key.size()] == '.')
        into(member, rest.substr(key.size() + 1), false);
      location_.pop_back();
    }
    if (!has_name) {
      JsonValue member = name.size() == rest.size() ? value_ : nested(rest.substr(name.size() + 1), value_);
      candidates_.push_back({{Edit::Op::Add, location_, std::string{name}, std::move(member)}});
    }
    if (!has_rest && name.size() != rest.size())
      dotted_.push_back({{Edit::Op::Add, location_, std::string{rest}, value_}});
  }

  void into_array(const JsonValue& array, std::string_view rest, bool is_end) {
    std::optional<std::uint32_t> only;
    for (const Location& item : chosen_) {
      if (item.size() == location_.size() + 1 && std::equal(location_.begin(), location_.end(), item.begin()))
        only = item.back();
    }
    if (is_end) candidates_.push_back({{Edit::Op::Add, location_, {}, value_}});
    std::size_t tried = 0;
    for (std::uint32_t i = only.value_or(0); i < array.items.size() && tried < kItemsMax; ++i) {
      if (is_scalar(array.items[i])) continue;
      ++tried;
      location_.push_back(i);
      into(array.items[i], rest, is_end);
      location_.pop_back();
      if (only) break;
    }
    // A new item: where the path ends, one that is itself an array, so that the value is in an element.
    if (!only) {
      JsonValue item = is_end ? JsonValue::array({value_}) : nested(rest, value_);
      candidates_.push_back({{Edit::Op::Add, location_, {}, std::move(item)}});
    }
  }

  const JsonValue& event_;
  const std::vector<Location>& chosen_;
  JsonValue value_;
  Location location_;
  std::vector<Candidate> candidates_, dotted_;
};

// Removes the values, and an array along with its last item.
Candidate removal(const JsonValue& event, std::vector<Location> leaves) {
  std::sort(leaves.begin(), leaves.end());
  Candidate moves;
  for (std::size_t i = 0; i < leaves.size();) {
    Location parent = leaves[i];
    parent.pop_back();
    std::size_t end = i;
    while (end < leaves.size() && leaves[end].size() == parent.size() + 1 &&
           std::equal(parent.begin(), parent.end(), leaves[end].begin()))
      ++end;
    const JsonValue& around = at(event, parent);
    if (around.is_array() && around.items.size() == end - i) {
      moves.push_back({Edit::Op::Remove, parent, {}, {}});
      i = end;
    } else {
      moves.push_back({Edit::Op::Remove, leaves[i++], {}, {}});
    }
  }
  // From the end, so that no removal shifts what is removed next.
  std::sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.at > b.at; });
  return moves;
}

class Changer {
 public:
  Changer(JsonValue event, const Alternative& alternative, std::uint64_t& spent)
      : event_(std::move(event)), alternative_(alternative), spent_(spent) {
    for (const PatternClause* clause : alternative) wanted_.add(clause->path);
  }

  std::optional<std::vector<Edit>> run() {
    auto current = standing_of(event_);
    std::vector<Edit> edits;
    while (current && current->way.failing > 0) {
      if (current->way.is_hopeless) return std::nullopt;
      current = improved(*current, edits);
    }
    if (!current) return std::nullopt;
    return edits;
  }

 private:
  static constexpr std::size_t kCandidatesMax = 2'000;  // to try: no pattern of 4,096 characters has needed a tenth

  struct Standing {
    LocatedFields located;
    std::vector<PathStanding> paths;
    NearestWay way;
  };

  std::optional<Standing> standing_of(const JsonValue& event) {
    Standing standing{.located = locate(event, wanted_)};
    auto paths = standings(alternative_, standing.located.fields, spent_);
    if (!paths) return std::nullopt;
    standing.paths = std::move(*paths);
    auto way = nearest_way(alternative_, standing.paths, standing.located, spent_);
    if (!way) return std::nullopt;
    standing.way = std::move(*way);
    return standing;
  }

  // Applies the first candidate that brings the event closer.
  std::optional<Standing> improved(const Standing& current, std::vector<Edit>& edits) {
    for (std::size_t i = 0; i < alternative_.size(); ++i) {
      if (!current.way.choices[i].fails()) continue;
      for (const Candidate& candidate : candidates_for(*alternative_[i], i, current)) {
        if (++tried_ > kCandidatesMax) return std::nullopt;
        JsonValue event = event_;
        std::vector<Edit> done;
        for (const Move& move : candidate) done.push_back(apply(move, event));
        auto standing = standing_of(event);
        if (!standing) return std::nullopt;
        if (!(standing->way < current.way)) continue;
        event_ = std::move(event);
        edits.insert(edits.end(), std::make_move_iterator(done.begin()), std::make_move_iterator(done.end()));
        return standing;
      }
    }
    return std::nullopt;
  }

  std::vector<Candidate> candidates_for(const PatternClause& clause, std::size_t number,
                                        const Standing& current) const {
    const Choice& choice = current.way.choices[number];
    const auto& leaves = current.located.leaves;
    if (choice.kind == Choice::Kind::Remove) {
      std::vector<Location> locations;
      for (const Place& place : choice.places) locations.push_back(leaves[place.leaf]);
      return {removal(event_, std::move(locations))};
    }
    auto candidates = replacements(clause, number, current);
    std::vector<Location> chosen;
    for (const std::uint32_t e : current.way.elements) chosen.push_back(current.located.elements[e]);
    auto insertions =
        Insertions{event_, chosen, as_json(*accepted_value(clause.conditions, nullptr))}.at_path(clause.path);
    candidates.insert(candidates.end(), std::make_move_iterator(insertions.begin()),
                      std::make_move_iterator(insertions.end()));
    return candidates;
  }

  // Changes to the values at the path that may be chosen.
  std::vector<Candidate> replacements(const PatternClause& clause, std::size_t number, const Standing& current) const {
    constexpr std::size_t kPlacesMax = 4;
    std::vector<Candidate> candidates;
    auto places = within(current.way.elements, current.paths[number].all, current.located.fields);
    if (current.way.choices[number].place) places.insert(places.begin(), *current.way.choices[number].place);
    if (places.empty()) return candidates;
    const auto& fields = current.located.fields.by_path.at(clause.path);
    for (const Place& place : places) {
      if (candidates.size() == kPlacesMax) break;
      const auto field = std::lower_bound(fields.begin(), fields.end(), place.leaf,
                                          [](const Field& f, std::uint32_t leaf) { return f.place.leaf < leaf; });
      const Location& location = current.located.leaves[place.leaf];
      JsonValue value = as_json(*accepted_value(clause.conditions, &field->value));
      const Location around{location.begin(), location.end() - 1};
      // A list of several is more naturally extended than changed.
      const JsonValue& parent = at(event_, around);
      if (parent.is_array() && parent.items.size() > 1) candidates.push_back({{Edit::Op::Add, around, {}, value}});
      candidates.push_back({{Edit::Op::Replace, location, {}, std::move(value)}});
    }
    return candidates;
  }

  JsonValue event_;
  const Alternative& alternative_;
  std::uint64_t& spent_;
  WantedPaths wanted_;
  std::size_t tried_ = 0;
};

}  // namespace

std::optional<std::vector<Edit>> change_to_match(JsonValue event, const Alternative& alternative,
                                                 std::uint64_t& spent) {
  return Changer{std::move(event), alternative, spent}.run();
}

}  // namespace athanor::pattern
