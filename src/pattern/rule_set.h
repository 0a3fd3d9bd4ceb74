// The rules of a bus, compiled: an event goes in, the numbers of the rules that match it come out.
//
// A copy is a snapshot that any thread may match with, and costs a few pointers; later puts and removals change one but
// not the other.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "pattern/event_fields.h"
#include "pattern/event_pattern.h"

namespace athanor::pattern {

class RuleSet {
 public:
  RuleSet();

  // Adds the pattern under `number`, which must be new.
  void put(std::uint64_t number, const EventPattern& pattern);
  // Removes what was put under `number`, if anything; `pattern` must be the same.
  void remove(std::uint64_t number, const EventPattern& pattern);

  // The numbers of the rules that match, ascending. The same as asking the reference matcher about each. Adds to
  // `given_up`, if given, how many alternatives of rules took too many steps (ways.h) and therefore do not match.
  std::vector<std::uint64_t> match(const Envelope& event, std::uint64_t* given_up = nullptr) const;
  // The same for an event given as one valid JSON object; `matched` is overwritten. Does not allocate in the long run.
  void match(std::string_view event_text, std::vector<std::uint64_t>& matched) const;

  std::size_t size() const;  // rules

 private:
  struct Compiled;
  Compiled& own();

  std::shared_ptr<Compiled> compiled_;
};

}  // namespace athanor::pattern
