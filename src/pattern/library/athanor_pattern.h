// Event patterns of Amazon EventBridge: which of many rules match an event, and why one does or does not.
//
// The language is EventBridge's of 2026, with AWS's limits and error texts. This header is all you include, and the
// library needs nothing but the C++ runtime. C++17 and later. Nothing throws but std::bad_alloc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor_pattern {

// A snapshot of the rules. Any number of threads may match with one, or with copies, at the same time.
class Matcher {
 public:
  // Puts the numbers of the rules that match, ascending, into `matched`, reusing its memory. False, with `matched`
  // empty, when `event` is not one JSON object.
  bool match(std::string_view event, std::vector<std::uint64_t>& matched) const;
  // The same for text that is known to be one valid JSON object: anything else is undefined.
  void match_valid(std::string_view event, std::vector<std::uint64_t>& matched) const;

 private:
  friend class Rules;
  struct State;
  explicit Matcher(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// A changing set of rules. One thread at a time.
class Rules {
 public:
  Rules();
  Rules(Rules&&) noexcept;
  Rules& operator=(Rules&&) noexcept;
  ~Rules();

  // Puts a pattern under a number, replacing what was there. Returns nothing on success, else what is wrong with it, in
  // AWS's words ("Event pattern is not valid. Reason: ...").
  std::optional<std::string> put(std::uint64_t number, std::string_view pattern);
  // False when nothing was there.
  bool remove(std::uint64_t number);
  std::size_t size() const;

  // A snapshot that later puts and removals do not change. Takes some microseconds, however many rules there are.
  Matcher matcher() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Explanation {
  bool matches = false;
  std::string text;  // for people: for each clause, what was wanted and found, and the smallest change that matches
  std::string json;  // the same for programs
};
// Nothing when the pattern is not valid or the event is not one JSON object.
std::optional<Explanation> explain(std::string_view pattern, std::string_view event);

}  // namespace athanor_pattern
