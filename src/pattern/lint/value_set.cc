#include "pattern/lint/value_set.h"

#include <string_view>
#include <utility>

#include "pattern/code_points.h"
#include "pattern/lint/address_texts.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using Kind = Condition::Kind;
using Of = StringSet::Of;

// One path: characters one by one, and where any run may come between them.
class Way {
 public:
  explicit Way(Nfa& nfa) : nfa_(nfa), at_(nfa.add()) { nfa_.starts.push_back(at_); }

  void any_run() { nfa_.states[at_].loops = true; }
  void character(char32_t c, bool ignore_case) {
    const std::uint32_t to = nfa_.add();
    nfa_.states[at_].moves.emplace_back(c, to);
    if (ignore_case) {
      for (const char32_t other : same_but_for_case(c)) nfa_.states[at_].moves.emplace_back(other, to);
    }
    at_ = to;
  }
  void text(std::string_view text, bool ignore_case = false) {
    for (std::size_t i = 0; i < text.size();) character(next_code_point(text, i), ignore_case);
  }
  void wildcard(std::string_view wildcard) {
    for (std::size_t i = 0; i < wildcard.size();) {
      if (wildcard[i] == '*') {
        any_run();
        ++i;
        continue;
      }
      if (wildcard[i] == '\\' && i + 1 < wildcard.size()) ++i;
      character(next_code_point(wildcard, i), false);
    }
  }
  void end() { nfa_.states[at_].accepts = true; }

 private:
  Nfa& nfa_;
  std::uint32_t at_;
};

void add_texts(Nfa& nfa, const Condition& condition) {
  Way way{nfa};
  switch (condition.kind) {
    case Kind::Suffix:
      way.any_run();
      way.text(condition.text, condition.ignore_case);
      break;
    case Kind::Wildcard:
      way.wildcard(condition.text);
      break;
    default:
      way.text(condition.text, condition.ignore_case || condition.kind == Kind::EqualsIgnoreCase);
      if (condition.kind == Kind::Prefix) way.any_run();
      break;
  }
  way.end();
}

}  // namespace

ValueSet ValueSet::none() { return {}; }

ValueSet ValueSet::all() { return none().complement(); }

ValueSet ValueSet::strings() {
  ValueSet set;
  set.strings_ = StringSet::all();
  return set;
}

ValueSet ValueSet::numbers() {
  ValueSet set;
  set.numbers_ = NumberSet::all();
  return set;
}

ValueSet ValueSet::string(std::string_view text, Effort& effort) {
  return of({{.kind = Kind::Exact, .type = JsonKind::String, .text = std::string{text}}}, effort);
}

ValueSet ValueSet::of(const std::vector<Condition>& conditions, Effort& effort) {
  ValueSet set;
  Nfa texts;
  std::vector<StringSet> addresses;
  for (const Condition& condition : conditions) {
    switch (condition.kind) {
      case Kind::Exact:
        if (condition.type == JsonKind::String) {
          add_texts(texts, condition);
          if (!condition.ip_low.empty()) addresses.push_back(texts_of_address(condition.ip_low, effort));
        } else if (condition.type == JsonKind::Number) {
          set.numbers_ =
              set.numbers_ | (condition.number ? NumberSet::between(*condition.number, false, *condition.number, false)
                                               : NumberSet::written(condition.text));
        } else {
          (condition.type == JsonKind::Null ? set.null_ : condition.text == "true" ? set.true_ : set.false_) = true;
        }
        break;
      case Kind::Prefix:
      case Kind::Suffix:
      case Kind::EqualsIgnoreCase:
      case Kind::Wildcard:
        add_texts(texts, condition);
        break;
      case Kind::Numeric:
        set.numbers_ =
            set.numbers_ | NumberSet::between(condition.low, condition.low_open, condition.high, condition.high_open);
        break;
      case Kind::IpRange:
        addresses.push_back(texts_in_range(condition, effort));
        break;
      case Kind::Exists:
        return all();
      case Kind::Absent:
        break;
      case Kind::AnythingBut:
        set = set.either(of(condition.but, effort).complement(), effort);
        break;
    }
  }
  if (!texts.starts.empty()) addresses.push_back(StringSet::of(texts, effort));
  for (const StringSet& more : addresses) set.strings_ = StringSet::combine(Of::Either, set.strings_, more, effort);
  return set;
}

ValueSet ValueSet::complement() const {
  ValueSet set;
  set.strings_ = strings_.complement();
  set.numbers_ = numbers_.complement();
  set.true_ = !true_;
  set.false_ = !false_;
  set.null_ = !null_;
  return set;
}

ValueSet ValueSet::both(const ValueSet& other, Effort& effort) const {
  ValueSet set;
  set.strings_ = StringSet::combine(Of::Both, strings_, other.strings_, effort);
  set.numbers_ = numbers_ & other.numbers_;
  set.true_ = true_ && other.true_;
  set.false_ = false_ && other.false_;
  set.null_ = null_ && other.null_;
  return set;
}

ValueSet ValueSet::without(const ValueSet& other, Effort& effort) const {
  ValueSet set;
  set.strings_ = StringSet::combine(Of::FirstAlone, strings_, other.strings_, effort);
  set.numbers_ = numbers_ & other.numbers_.complement();
  set.true_ = true_ && !other.true_;
  set.false_ = false_ && !other.false_;
  set.null_ = null_ && !other.null_;
  return set;
}

ValueSet ValueSet::either(const ValueSet& other, Effort& effort) const {
  ValueSet set;
  set.strings_ = StringSet::combine(Of::Either, strings_, other.strings_, effort);
  set.numbers_ = numbers_ | other.numbers_;
  set.true_ = true_ || other.true_;
  set.false_ = false_ || other.false_;
  set.null_ = null_ || other.null_;
  return set;
}

bool ValueSet::contains(const Value& value) const {
  switch (value.kind) {
    case JsonKind::String:
      return strings_.contains(value.text);
    case JsonKind::Number:
      return numbers_.contains(value.text);
    case JsonKind::Bool:
      return value.text == "true" ? true_ : false_;
    default:
      return null_;
  }
}

std::optional<Value> ValueSet::member() const {
  if (auto text = strings_.shortest()) return Value{JsonKind::String, std::move(*text)};
  if (auto text = numbers_.member()) return Value{JsonKind::Number, std::move(*text)};
  if (true_ || false_) return Value{JsonKind::Bool, true_ ? "true" : "false"};
  if (null_) return Value{JsonKind::Null, "null"};
  return std::nullopt;
}

}  // namespace athanor::pattern
