// Sets of strings as automata: they describe all texts that a condition accepts, so that two conditions can be compared
// without trying texts.
//
// The characters are code points; those that no transition names behave alike, so an automaton is only as large as what
// the conditions spell out, not as large as Unicode.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace athanor::pattern {

// Deciding would take more effort than allowed. Thrown within this folder only; lint.cc catches it.
struct TooMuch {};

// How much effort is left, in transitions made or followed.
class Effort {
 public:
  explicit Effort(std::uint64_t steps_max) : left_(steps_max) {}
  // Throws TooMuch when less than `steps` is left.
  void spend(std::uint64_t steps) {
    if (steps > left_) throw TooMuch{};
    left_ -= steps;
  }
  std::uint64_t left() const { return left_; }

 private:
  std::uint64_t left_;
};

// A nondeterministic automaton: a text belongs to it if some path leads from a start to an accepting state. The form of
// conditions before they become a StringSet.
struct Nfa {
  struct State {
    std::vector<std::pair<char32_t, std::uint32_t>> moves;
    bool loops = false;  // any character leads back to this state
    bool accepts = false;
  };
  std::vector<State> states;
  std::vector<std::uint32_t> starts;

  std::uint32_t add() {
    states.emplace_back();
    return static_cast<std::uint32_t>(states.size() - 1);
  }
};

// Immutable; a copy shares the automaton.
class StringSet {
 public:
  enum class Of : std::uint8_t { Both, Either, FirstAlone };

  // States of one automaton. Our number: a pattern of AWS's length without wildcards stays below it.
  static constexpr std::size_t kStatesMax = 20'000;

  static StringSet none();
  static StringSet all();
  static StringSet of(const Nfa& nfa, Effort& effort);
  // What is in both, in either, or in the first but not the second.
  static StringSet combine(Of of, const StringSet& a, const StringSet& b, Effort& effort);
  StringSet complement() const;

  bool contains(std::string_view text) const;
  bool is_empty() const { return !states_->front().lives; }
  // A shortest member, with common characters where any would do.
  std::optional<std::string> shortest() const;

 private:
  struct State {
    std::vector<std::pair<char32_t, std::uint32_t>> moves;  // ascending
    std::uint32_t otherwise = 0;                            // where every other character leads
    bool accepts = false;
    bool lives = false;  // an accepting state can be reached from here
  };
  using States = std::vector<State>;  // the first is where texts begin

  explicit StringSet(States states);
  static std::uint32_t next(const State& state, char32_t c);

  std::shared_ptr<const States> states_;
};

}  // namespace athanor::pattern
