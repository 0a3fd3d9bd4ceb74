#include "pattern/explain/likely_mistake.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "pattern/code_points.h"
#include "pattern/event_pattern.h"
#include "pattern/explain/condition_words.h"
#include "pattern/explain/located_event.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;
using Kind = Condition::Kind;

JsonValue operation(std::string_view name, JsonValue value) {
  return JsonValue::object({{std::string{name}, std::move(value)}});
}
JsonValue operation(std::string_view name, std::string_view value) { return operation(name, JsonValue::of(value)); }
JsonValue in_any_case(std::string_view name, std::string_view value) {
  return operation(name, operation("equals-ignore-case", value));
}

// The condition, if the language has it and it accepts the value.
std::optional<Condition> usable(const JsonValue& written, const Value& found) {
  const auto pattern = parse_event_pattern(R"({"a":[)" + format::print_json(written) + "]}");
  if (!pattern) return std::nullopt;
  const Condition& condition = pattern->clauses().front().conditions.front();
  return condition.accepts(found) ? std::optional{condition} : std::nullopt;
}

std::string with_stars_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// Something that may match in the condition's place, and what to say if it does.
struct Attempt {
  std::string says;
  JsonValue instead;
};

void add_of_strings(std::vector<Attempt>& attempts, const Condition& c, const Value& found) {
  const std::string& text = c.text;
  const bool is_whole = c.kind == Kind::Exact || c.kind == Kind::EqualsIgnoreCase;
  const bool in_case = c.ignore_case || c.kind == Kind::EqualsIgnoreCase;
  const std::string_view own = c.kind == Kind::Prefix ? "prefix" : "suffix";
  const std::string_view bare = base::trim(text);
  const auto affix = [&](std::string_view name, std::string_view value) {
    return in_case ? in_any_case(name, value) : operation(name, value);
  };

  if (is_whole && base::trim(found.text) == bare)
    attempts.push_back({"differs only in leading or trailing blanks", as_json(found)});
  if (!is_whole && bare != text) attempts.push_back({"without the blanks it would match", affix(own, bare)});
  if (!in_case)
    attempts.push_back(
        {"differs only in case", is_whole ? operation("equals-ignore-case", text) : in_any_case(own, text)});
  if (text.find('*') != std::string::npos) {
    attempts.push_back({"* is a literal character here: a wildcard would match", operation("wildcard", text)});
    if (c.kind == Kind::Prefix && text.ends_with('*'))
      attempts.push_back({"* is a literal character here: without it the prefix would match",
                          affix(own, std::string_view{text}.substr(0, text.size() - 1))});
    if (c.kind == Kind::Suffix && text.starts_with('*'))
      attempts.push_back({"* is a literal character here: without it the suffix would match",
                          affix(own, std::string_view{text}.substr(1))});
  }
  if (text.empty()) return;
  if (c.kind != Kind::Prefix) attempts.push_back({"a prefix would match", affix("prefix", text)});
  if (c.kind != Kind::Suffix) attempts.push_back({"a suffix would match", affix("suffix", text)});
  if (!in_case) {
    attempts.push_back({"a prefix that ignores case would match", in_any_case("prefix", text)});
    attempts.push_back({"a suffix that ignores case would match", in_any_case("suffix", text)});
  }
  attempts.push_back(
      {"occurs inside the value: a wildcard would match", operation("wildcard", "*" + with_stars_escaped(text) + "*")});
}

void add_of_wildcards(std::vector<Attempt>& attempts, const Condition& c) {
  attempts.push_back({"with * at its end it would match", operation("wildcard", c.text + "*")});
  attempts.push_back({"with * at its beginning it would match", operation("wildcard", "*" + c.text)});
  attempts.push_back({"with * at both ends it would match", operation("wildcard", "*" + c.text + "*")});
}

bool is_same_number(const std::string& a, const std::string& b) {
  const auto x = comparable_number(a);
  return x && x == comparable_number(b);
}

std::vector<Attempt> attempts_of(const Condition& c, const Value& found) {
  std::vector<Attempt> attempts;
  if (c.kind == Kind::Exact && c.type != found.kind) {
    if (c.text == found.text || is_same_number(c.text, found.text))
      attempts.push_back(
          {fmt::format("{} in the event, {} in the pattern", format::in_words(found.kind), format::in_words(c.type)),
           as_json(found)});
    return attempts;
  }
  switch (c.kind) {
    case Kind::Exact:
      if (c.type == JsonKind::String) add_of_strings(attempts, c, found);
      break;
    case Kind::Prefix:
    case Kind::Suffix:
    case Kind::EqualsIgnoreCase:
      if (found.kind == JsonKind::String) add_of_strings(attempts, c, found);
      break;
    case Kind::Wildcard:
      if (found.kind == JsonKind::String) add_of_wildcards(attempts, c);
      break;
    case Kind::Numeric: {
      Condition closed = c;
      closed.low_open = closed.high_open = false;
      attempts.push_back({"the bound itself is excluded", as_json(closed)});
      break;
    }
    case Kind::Absent:
      if (found.kind == JsonKind::Null)
        attempts.push_back({"null is a value: exists false requires that there is no field", JsonValue::null()});
      break;
    default:
      break;
  }
  return attempts;
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) points += next_code_point(text, i);
  return points;
}

// One character replaced or left out, or two swapped; for short words that means nothing.
bool differ_by_a_slip(std::string_view first, std::string_view second) {
  constexpr std::size_t kCharactersMax = 1'000;
  if (first == second || first.size() > kCharactersMax || second.size() > kCharactersMax) return false;
  std::u32string a = code_points(first);
  std::u32string b = code_points(second);
  if (a.size() > b.size()) std::swap(a, b);
  if (a.size() < 3 || b.size() - a.size() > 1) return false;
  const auto front = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
  const auto same = [](const std::u32string& x, const std::u32string& y, std::size_t from_x, std::size_t from_y) {
    return std::equal(x.begin() + static_cast<std::ptrdiff_t>(std::min(from_x, x.size())), x.end(),
                      y.begin() + static_cast<std::ptrdiff_t>(std::min(from_y, y.size())), y.end());
  };
  if (a.size() != b.size()) return same(a, b, front, front + 1);
  return same(a, b, front + 1, front + 1) || (front + 1 < a.size() && a[front] == b[front + 1] &&
                                              a[front + 1] == b[front] && same(a, b, front + 2, front + 2));
}

// What can be said when nothing would do better in the condition's place.
std::string remark_on(const Condition& c, const Value& found) {
  const bool is_string = found.kind == JsonKind::String;
  switch (c.kind) {
    case Kind::Exact:
      if (c.type != found.kind) return {};
      if (c.type == JsonKind::Number && (!c.number || !comparable_number(found.text)) &&
          std::strtod(c.text.c_str(), nullptr) == std::strtod(found.text.c_str(), nullptr))
        return "numbers that a double cannot hold exactly are compared as text";
      if (is_string && differ_by_a_slip(c.text, found.text)) return "a one-character typo?";
      return {};
    case Kind::EqualsIgnoreCase:
      return is_string && differ_by_a_slip(base::to_lower_ascii(c.text), base::to_lower_ascii(found.text))
                 ? "a one-character typo?"
                 : "";
    case Kind::Wildcard: {
      const Condition lower{.kind = Kind::Wildcard, .text = base::to_lower_ascii(c.text)};
      return is_string && lower.accepts({found.kind, base::to_lower_ascii(found.text)})
                 ? "differs only in case, which wildcards do not ignore"
                 : "";
    }
    case Kind::Numeric:
      if (is_string) return "a string in the event: numeric compares numbers only";
      return found.kind == JsonKind::Number && !comparable_number(found.text)
                 ? "numeric compares only numbers that a double holds exactly"
                 : "";
    case Kind::IpRange:
      if (!is_string) return "cidr reads addresses only from strings";
      if (const auto digits = ip_digits(found.text); !digits)
        return "not an IP address";
      else if (digits->size() != c.ip_low.size())
        return digits->size() == 8 ? "an IPv4 address, but an IPv6 range" : "an IPv6 address, but an IPv4 range";
      return {};
    case Kind::AnythingBut:
      for (const Condition& other : c.but) {
        if (c.but.size() > 1 && other.accepts(found)) return "excluded by " + in_words(other);
      }
      return {};
    default:
      return {};
  }
}

// Makes names equal that people confuse: detailType, DetailType, detail_type, detail-type.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : base::to_lower_ascii(name)) {
    if (c != '-' && c != '_' && c != ' ') plain += c;
  }
  return plain;
}

// How far a path leads into an event.
struct Stop {
  Location at;
  const JsonValue* value = nullptr;
  std::string_view rest;
  bool is_end = false;
};

class Follow {
 public:
  Stop along(const JsonValue& root, std::string_view path) {
    best_ = {{}, &root, path, false};
    object(root, path);
    return best_;
  }

 private:
  static constexpr std::uint32_t kItemsMax = 100;  // to check: what is not in these is unlikely in others

  void value(const JsonValue& value, std::string_view rest, bool is_end) {
    if ((is_end && !best_.is_end) || (!best_.is_end && rest.size() < best_.rest.size()))
      best_ = {at_, &value, rest, is_end};
    if (value.is_object() && !is_end) object(value, rest);
    if (!value.is_array()) return;
    for (std::uint32_t i = 0; i < value.items.size() && i < kItemsMax; ++i) {
      at_.push_back(i);
      const JsonValue& item = value.items[i];
      if (item.is_object() || item.is_array()) this->value(item, rest, is_end);
      // An item of the array says more than the array.
      if (best_.value == &value && item.is_object() && !is_end) best_ = {at_, &item, rest, is_end};
      at_.pop_back();
    }
  }

  void object(const JsonValue& object, std::string_view rest) {
    for (std::uint32_t i = 0; i < object.members.size(); ++i) {
      const auto& [key, member] = object.members[i];
      at_.push_back(i);
      if (key == rest) {
        value(member, {}, true);
      } else if (rest.starts_with(key) && rest[key.size()] == '.') {
        value(member, rest.substr(key.size() + 1), false);
      }
      at_.pop_back();
    }
  }

  Location at_;
  Stop best_;
};

// Another name in the same object that was probably meant.
std::optional<Location> similar_member(const Stop& stop) {
  const std::string_view name = stop.rest.substr(0, stop.rest.find('.'));
  std::optional<Location> similar;
  for (std::uint32_t i = 0; i < stop.value->members.size(); ++i) {
    const std::string& key = stop.value->members[i].first;
    const bool is_alike = plain_name(key) == plain_name(name);
    if (!is_alike && (similar || !differ_by_a_slip(plain_name(key), plain_name(name)))) continue;
    similar = stop.at;
    similar->push_back(i);
    if (is_alike) break;
  }
  return similar;
}

// A value under the same name somewhere else, preferably one that would be accepted.
class Elsewhere {
 public:
  Elsewhere(std::string_view path, const std::vector<Condition>& conditions)
      : name_(path.substr(path.rfind('.') + 1)), conditions_(conditions) {}

  std::optional<Location> in(const JsonValue& root) {
    visit(root);
    return found_;
  }

 private:
  static constexpr std::size_t kValuesMax = 10'000;  // to check

  void visit(const JsonValue& value) {
    if (is_accepted_ || ++visited_ > kValuesMax) return;
    const auto size = static_cast<std::uint32_t>(value.is_array() ? value.items.size() : value.members.size());
    for (std::uint32_t i = 0; i < size; ++i) {
      at_.push_back(i);
      const JsonValue& child = value.is_array() ? value.items[i] : value.members[i].second;
      if (value.is_object() && value.members[i].first == name_) consider(child);
      visit(child);
      at_.pop_back();
    }
  }

  void consider(const JsonValue& value) {
    if (value.is_object() || value.is_array() || is_accepted_) return;
    const Value scalar{value.kind, value.kind == JsonKind::String ? value.text : format::print_json(value)};
    is_accepted_ = std::any_of(conditions_.begin(), conditions_.end(),
                               [&](const Condition& condition) { return condition.accepts(scalar); });
    if (!found_ || is_accepted_) found_ = at_;
  }

  std::string_view name_;
  const std::vector<Condition>& conditions_;
  Location at_;
  std::optional<Location> found_;
  bool is_accepted_ = false;
  std::size_t visited_ = 0;
};

bool holds_json(const JsonValue& value) { return value.is_string() && format::is_valid_json_object(value.text); }

std::optional<Hint> hint_of_absence(const Stop& stop, const std::string& path, const std::vector<Condition>& conditions,
                                    const JsonValue& event) {
  const auto says = [](std::string text) { return Hint{.text = std::move(text), .instead = {}}; };
  if (stop.is_end) {
    if (stop.value->is_object()) return says("a pattern can only match values inside it");
    return std::nullopt;
  }
  if (stop.value->is_object()) {
    if (const auto similar = similar_member(stop)) return says("the event has " + place_name(event, *similar));
  } else if (!stop.at.empty()) {
    const std::string place = place_name(event, stop.at);
    if (holds_json(*stop.value)) return says(place + " is a string that holds JSON, not the object itself");
    return says(fmt::format("{} is {}: it contains no fields", place, format::in_words(stop.value->kind)));
  }
  if (const auto other = Elsewhere{path, conditions}.in(event)) return says("it is at " + place_name(event, *other));
  const Condition absent{.kind = Kind::Absent};
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (conditions[i].kind == Kind::AnythingBut)
      return Hint{"anything-but requires a value: exists false would match", i, absent};
    if (conditions[i].kind == Kind::Exact && conditions[i].type == JsonKind::Null)
      return Hint{"null is a value: exists false would match", i, absent};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Hint> hint_of_value(const std::vector<Condition>& conditions, const Value& found) {
  std::optional<Hint> best;
  std::size_t best_rank = 0;  // earlier attempts are likelier mistakes
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto attempts = attempts_of(conditions[i], found);
    for (std::size_t rank = 0; rank < attempts.size() && (!best || rank < best_rank); ++rank) {
      if (auto instead = usable(attempts[rank].instead, found)) {
        best = Hint{attempts[rank].says, i, std::move(instead)};
        best_rank = rank;
      }
    }
  }
  for (std::size_t i = 0; i < conditions.size() && !best; ++i) {
    if (auto remark = remark_on(conditions[i], found); !remark.empty()) best = Hint{std::move(remark), i, {}};
  }
  return best;
}

Absence absence_of(const std::string& path, const std::vector<Condition>& conditions, const JsonValue& event) {
  const Stop stop = Follow{}.along(event, path);
  Absence absence;
  if (stop.is_end && stop.value->is_object()) absence.there = "an object";
  if (stop.is_end && stop.value->is_array()) absence.there = "an array without values";
  absence.hint = hint_of_absence(stop, path, conditions, event);
  return absence;
}

}  // namespace athanor::pattern
