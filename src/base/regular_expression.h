// Regular expressions matched over all states at once (Thompson 1968): the text is read once, so that no expression or
// text can make a match run forever, as with backtracking. For the patterns in AWS's models and in templates.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace athanor::base {

// Our choice: many times what AWS's models and templates seen in the wild need.
inline constexpr std::size_t kExpressionBytesMax = 4'096;
inline constexpr std::size_t kExpressionStatesMax = 10'000;
inline constexpr std::size_t kExpressionNestingMax = 50;
inline constexpr std::size_t kExpressionStepsMax = 5'000'000;  // some 20 ms

class RegularExpression {
 public:
  // Characters, classes, groups, look-aheads, alternation, ^ $, and the quantifiers ? * + {n} {n,} {n,m}, lazy too.
  // nullopt for any other syntax (back references, look-behind, \b, flags), malformed expressions, and those beyond the
  // limits.
  static std::optional<RegularExpression> parse(std::string_view pattern);

  // Whether the whole text matches, byte by byte; a dot is any byte. False when it would take more than
  // kExpressionStepsMax.
  bool matches(std::string_view text) const;

 private:
  friend class ExpressionParser;
  friend class ExpressionRun;

  struct State {
    enum class Kind : std::uint8_t { Characters, Split, Begin, End, Ahead, NotAhead, Accept } kind;
    std::bitset<256> set;   // Characters
    std::size_t out = 0;    // what follows
    std::size_t other = 0;  // Split: the alternative; Ahead, NotAhead: the expression looked for
  };

  std::vector<State> states_;
  std::size_t start_ = 0;
};

}  // namespace athanor::base
