// One alternative of one rule, as the bytes that deciding it reads: a single allocation, in the order of reading.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/rule_bytes.h"
#include "pattern/value_view.h"

namespace athanor::pattern {

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

  std::uint64_t rule() const {
    const char* at = block_->bytes();
    return rule_bytes::take<std::uint64_t>(at);
  }
  std::uint32_t clause_count() const {
    const char* at = block_->bytes() + sizeof(std::uint64_t);
    return rule_bytes::take<rule_bytes::Length>(at);
  }

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
  struct Block {
    std::atomic<std::uint32_t> holders{1};
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  explicit CompiledRule(Block* block) : block_(block) {}
  void release();

  const char* clauses() const { return block_->bytes() + sizeof(std::uint64_t) + sizeof(rule_bytes::Length); }
  static Clause read(const char*& at);  // which then stands behind it

  Block* block_ = nullptr;
};

inline CompiledRule::Clause CompiledRule::read(const char*& at) {
  using namespace rule_bytes;
  Clause clause;
  clause.path_ = take<std::uint32_t>(at);
  const auto flags = take<std::uint8_t>(at);
  clause.may_be_absent_ = (flags & kMayBeAbsent) != 0;
  clause.is_range_ = (flags & kIsRange) != 0;
  if (clause.is_range_) {
    clause.range_ = take_range(at, flags);
    return clause;
  }
  const auto size = take<Length>(at);
  clause.begin_ = at;
  at += size;
  clause.end_ = at;
  return clause;
}

}  // namespace athanor::pattern
