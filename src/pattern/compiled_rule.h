// One alternative of one rule, as the bytes that deciding it reads: a single allocation, in the order of reading.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "pattern/event_pattern.h"

namespace athanor::pattern {

// A value of an event, borrowed: a string with its escapes resolved, or the source text of a number or literal. What it
// is as a number is found out when somebody asks, once.
class ValueView {
 public:
  ValueView(format::JsonKind the_kind, std::string_view the_text) : kind(the_kind), text(the_text) {}

  format::JsonKind kind;
  std::string_view text;

  // comparable_number(text) of a number.
  bool is_comparable() const;
  double number() const;  // the nearest; only of a number that a double can hold
  bool has_number() const;

 private:
  enum class Known : std::uint8_t { Nothing, NoDouble, Double, Comparable, NotComparable };
  mutable Known known_ = Known::Nothing;
  mutable double number_ = 0;
};

class CompiledRule {
 public:
  // `path_number` gives each path its number.
  static CompiledRule compile(std::uint64_t rule, const Alternative& alternative,
                              const std::function<std::uint32_t(std::string_view path)>& path_number);

  CompiledRule() = default;
  std::uint64_t rule() const;
  explicit operator bool() const { return bytes_ != nullptr; }
  bool operator==(const CompiledRule&) const = default;

  // Reads the clauses in the order of their paths.
  class Clause {
   public:
    std::uint32_t path() const { return path_; }
    bool may_be_absent() const { return may_be_absent_; }
    // Whether the value satisfies one of the conditions.
    bool accepts(const ValueView& value) const;

   private:
    friend class CompiledRule;
    std::uint32_t path_ = 0;
    bool may_be_absent_ = false;
    const char* begin_ = nullptr;  // of its conditions
    const char* end_ = nullptr;
  };
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
  explicit CompiledRule(std::shared_ptr<const char[]> bytes) : bytes_(std::move(bytes)) {}
  std::uint32_t clause_count() const;
  const char* clauses() const;
  static Clause read(const char*& at);  // which then stands behind it

  std::shared_ptr<const char[]> bytes_;
};

}  // namespace athanor::pattern
