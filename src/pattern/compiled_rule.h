// One rule, as the bytes that matching reads: a single allocation. A clause is stored once, however many alternatives
// share it.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/rule_bytes.h"
#include "pattern/value_view.h"

namespace athanor::pattern {

class CompiledRule {
 public:
  // `paths`: the number of each clause's path. Sets `alternatives` to where each begins.
  static CompiledRule compile(std::uint64_t rule, const EventPattern& pattern, std::span<const std::uint32_t> paths,
                              std::vector<std::uint32_t>& alternatives);

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

  class Clause {
   public:
    std::uint32_t path() const { return path_; }
    bool may_be_absent() const { return may_be_absent_; }
    // The range, if that is its only condition; otherwise null.
    const NumberRange* range() const { return is_range_ ? &range_ : nullptr; }
    // Whether the value satisfies one of the conditions.
    bool accepts(const ValueView& value) const { return is_range_ ? value.is_within(range_) : accepts_one(value); }

   private:
    friend class CompiledRule;
    explicit Clause(const char* at);
    bool accepts_one(const ValueView& value) const;

    std::uint32_t path_;
    bool may_be_absent_ = false;
    bool is_range_ = false;  // its only condition
    NumberRange range_{};
    const char* begin_ = nullptr;  // of its conditions
    const char* end_ = nullptr;
  };

  // The clauses of one alternative, in the order of their paths; borrowed.
  class Clauses {
   public:
    std::uint32_t size() const {
      const char* at = at_;
      return rule_bytes::take<rule_bytes::Length>(at);
    }
    // Calls visit(clause) until it returns false, which all() then returns too.
    template <class Visit>
    bool all(Visit visit) const {
      const char* at = at_;
      for (auto left = rule_bytes::take<rule_bytes::Length>(at); left > 0; --left) {
        if (!visit(Clause{rule_ + rule_bytes::take<rule_bytes::Length>(at)})) return false;
      }
      return true;
    }
    // The wildcards among the conditions for a path, including those inside anything-but.
    void add_wildcards(std::uint32_t path, std::vector<std::string_view>& to) const;

   private:
    friend class CompiledRule;
    Clauses(const char* rule, const char* at) : rule_(rule), at_(at) {}
    const char* rule_;
    const char* at_;
  };
  // Of the alternative that begins at this offset.
  Clauses clauses(std::uint32_t alternative) const { return {block_->bytes(), block_->bytes() + alternative}; }

 private:
  // The bytes, preceded by a reference count.
  struct Block {
    std::atomic<std::uint32_t> holders{1};
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  explicit CompiledRule(Block* block) : block_(block) {}
  void release();

  Block* block_ = nullptr;
};

inline CompiledRule::Clause::Clause(const char* at) : path_(rule_bytes::take<std::uint32_t>(at)) {
  using namespace rule_bytes;
  const auto flags = take<std::uint8_t>(at);
  may_be_absent_ = (flags & kMayBeAbsent) != 0;
  is_range_ = (flags & kIsRange) != 0;
  if (is_range_) {
    range_ = take_range(at, flags);
    return;
  }
  const auto size = take<Length>(at);
  begin_ = at;
  end_ = at + size;
}

}  // namespace athanor::pattern
