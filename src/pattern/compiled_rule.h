// One alternative of one rule, as the bytes that deciding it reads: a single allocation, in the order of reading.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/wildcards.h"

namespace athanor::pattern {

// A range of numbers, as a `numeric` condition gives it.
struct NumberRange {
  double low, high;
  bool low_open, high_open;
};

// A value of an event, borrowed: a string with its escapes resolved, or the source text of a number or literal. What it
// is as a number is found out when somebody asks, and no more exactly than he has to know.
class ValueView {
 public:
  ValueView(format::JsonKind the_kind, std::string_view the_text) : kind(the_kind), text(the_text) {}

  format::JsonKind kind;
  std::string_view text;
  const WildcardVerdicts* wildcards = nullptr;  // decided before, all at once

  // Near the number: to some units in the last of 53 bits. Nothing where there is no comparable number for sure.
  std::optional<double> nearly() const {
    if (kind != format::JsonKind::Number) return std::nullopt;
    if (known_ == Known::Nothing) estimate();
    return known_ == Known::NotComparable ? std::nullopt : std::optional{number_};
  }
  // The number, where comparable_number() says there is one.
  std::optional<double> comparable() const;
  // The same as asking whether comparable() is within the range.
  bool is_within(const NumberRange& range) const {
    if (kind != format::JsonKind::Number) return false;
    if (known_ == Known::Nothing) estimate();
    // An estimate is right to some units in the last of 53 bits; where that decides nothing, the number itself does.
    if (known_ == Known::Estimate && is_clear_of(range.low) && is_clear_of(range.high))
      return number_ > range.low && number_ < range.high && comparable();
    const auto n = comparable();
    return n && (range.low_open ? *n > range.low : *n >= range.low) &&
           (range.high_open ? *n < range.high : *n <= range.high);
  }

 private:
  enum class Known : std::uint8_t { Nothing, Estimate, Comparable, NotComparable };
  void estimate() const;
  bool is_clear_of(double bound) const {
    const double distance = number_ > bound ? number_ - bound : bound - number_;
    return distance > 1e-12 * (number_ < 0 ? -number_ : number_);
  }

  mutable Known known_ = Known::Nothing;
  mutable double number_ = 0;
};

class CompiledRule {
 public:
  // `path_number` gives each path its number.
  static CompiledRule compile(std::uint64_t rule, const Alternative& alternative,
                              const std::function<std::uint32_t(std::string_view path)>& path_number);

  CompiledRule() = default;
  CompiledRule(const CompiledRule& other);
  CompiledRule(CompiledRule&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  CompiledRule& operator=(CompiledRule other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~CompiledRule() { release(); }

  std::uint64_t rule() const;

  // Reads the clauses in the order of their paths.
  class Clause {
   public:
    std::uint32_t path() const { return path_; }
    bool may_be_absent() const { return may_be_absent_; }
    // The range that its only condition is; null when there is more to it.
    const NumberRange* range() const { return is_range_ ? &range_ : nullptr; }
    // Whether the value satisfies one of the conditions.
    bool accepts(const ValueView& value) const { return is_range_ ? value.is_within(range_) : accepts_one(value); }

   private:
    friend class CompiledRule;
    bool accepts_one(const ValueView& value) const;

    std::uint32_t path_ = 0;
    bool may_be_absent_ = false;
    bool is_range_ = false;  // its only condition
    NumberRange range_{};
    const char* begin_ = nullptr;  // of its conditions
    const char* end_ = nullptr;
  };
  // The wildcards among the conditions for a path, also those inside of anything-but.
  void add_wildcards(std::uint32_t path, std::vector<std::string_view>& to) const;
  // visit(clause) until it returns false, which all() then returns too.
  template <class Visit>
  bool all(Visit visit) const {
    const char* at = clauses();
    for (std::uint32_t left = clause_count(); left > 0; --left) {
      if (!visit(read(at))) return false;
    }
    return true;
  }

 private:
  // The bytes, with how many hold them in front.
  struct Block;
  explicit CompiledRule(Block* block) : block_(block) {}
  void release();

  std::uint32_t clause_count() const;
  const char* clauses() const;
  static Clause read(const char*& at);  // which then stands behind it

  Block* block_ = nullptr;
};

}  // namespace athanor::pattern
