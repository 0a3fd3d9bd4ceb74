// The rules of a bus, compiled: an immutable snapshot that any thread may match with. Changing a rule makes another
// snapshot that shares what stays.
//
// Today: an index by exact `source` in front of the plain matcher. What a faster matcher has to keep is this interface.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pattern/event_fields.h"
#include "pattern/event_pattern.h"

namespace athanor::pattern {

class RuleSet {
 public:
  RuleSet();

  // This set with the pattern under `number`, which must be new; or without it, which may be absent.
  RuleSet with(std::uint64_t number, std::shared_ptr<const EventPattern> pattern) const;
  RuleSet without(std::uint64_t number) const;

  // Numbers of the rules that match, ascending.
  std::vector<std::uint64_t> match(const Envelope& event) const;

  std::size_t size() const;

 private:
  struct Compiled;
  explicit RuleSet(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace athanor::pattern
