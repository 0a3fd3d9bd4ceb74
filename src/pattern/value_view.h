// A value of an event in the form that matching needs: borrowed, and with numbers converted no further than asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "format/json.h"
#include "pattern/number.h"
#include "pattern/wildcards.h"

namespace athanor::pattern {

// A range of numbers, as a `numeric` condition gives it.
struct NumberRange {
  double low, high;
  bool low_open, high_open;
};

class ValueView {
 public:
  // A string with its escapes resolved, or the source text of a number or literal.
  ValueView(format::JsonKind the_kind, std::string_view the_text) : kind(the_kind), text(the_text) {}
  // The same, with what is known about the number.
  ValueView(format::JsonKind the_kind, std::string_view the_text, const NearNumber& near)
      : kind(the_kind), text(the_text), known_(static_cast<Known>(near.is)), number_(near.number) {}

  format::JsonKind kind;
  std::string_view text;
  const WildcardVerdicts* wildcards = nullptr;  // decided in advance, all at once

  // The number, where comparable_number() says there is one.
  std::optional<double> comparable() const {
    if (known_ != Known::Comparable) settle();
    return known_ == Known::Comparable ? std::optional{number_} : std::nullopt;
  }
  // The same as asking whether comparable() is within the range.
  bool is_within(const NumberRange& range) const {
    // An estimate is off by at most a few units in the last of 53 bits; where that is not enough, the number itself
    // decides.
    if (known_ == Known::Estimate && is_clear_of(range.low) && is_clear_of(range.high))
      return number_ > range.low && number_ < range.high && comparable();
    const auto n = comparable();
    return n && (range.low_open ? *n > range.low : *n >= range.low) &&
           (range.high_open ? *n < range.high : *n <= range.high);
  }

 private:
  enum class Known : std::uint8_t {
    Nothing = static_cast<int>(NearNumber::Is::Unknown),
    Estimate = static_cast<int>(NearNumber::Is::Near),
    Comparable = static_cast<int>(NearNumber::Is::Exact),
    NotComparable
  };
  void settle() const;
  bool is_clear_of(double bound) const {
    const double distance = number_ > bound ? number_ - bound : bound - number_;
    return distance > 1e-12 * (number_ < 0 ? -number_ : number_);
  }

  mutable Known known_ = Known::Nothing;
  mutable double number_ = 0;
};

}  // namespace athanor::pattern
