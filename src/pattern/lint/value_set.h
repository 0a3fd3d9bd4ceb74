// The values that a clause accepts, as a set that can be intersected with others: strings as an automaton, numbers as
// ranges of doubles, other scalars one by one.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "pattern/condition.h"
#include "pattern/lint/number_set.h"
#include "pattern/lint/string_set.h"

namespace athanor::pattern {

class ValueSet {
 public:
  static ValueSet none();
  static ValueSet all();
  static ValueSet strings();
  static ValueSet numbers();
  static ValueSet string(std::string_view text, Effort& effort);
  // What any of them accepts; Absent accepts nothing.
  static ValueSet of(const std::vector<Condition>& conditions, Effort& effort);

  ValueSet both(const ValueSet& other, Effort& effort) const;
  ValueSet without(const ValueSet& other, Effort& effort) const;
  ValueSet either(const ValueSet& other, Effort& effort) const;
  bool is_empty() const { return strings_.is_empty() && numbers_.is_empty() && !true_ && !false_ && !null_; }
  bool contains(const Value& value) const;
  // A short member: strings before numbers before the rest.
  std::optional<Value> member() const;

 private:
  ValueSet complement() const;

  StringSet strings_ = StringSet::none();
  NumberSet numbers_;
  bool true_ = false, false_ = false, null_ = false;
};

}  // namespace athanor::pattern
