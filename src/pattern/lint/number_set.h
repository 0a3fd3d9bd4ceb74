// Sets of JSON numbers, as the matcher distinguishes them: by value if a double holds them, otherwise by their text.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace athanor::pattern {

class NumberSet {
 public:
  static NumberSet none() { return {}; }
  static NumberSet all() { return none().complement(); }
  // Both ends are included unless they are open; infinite ends leave it unbounded.
  static NumberSet between(double low, bool low_open, double high, bool high_open);
  // The number written this way, when no double holds it (comparable_number() returns nullopt).
  static NumberSet written(std::string text);

  NumberSet complement() const;
  NumberSet operator&(const NumberSet& other) const;
  NumberSet operator|(const NumberSet& other) const { return (complement() & other.complement()).complement(); }
  bool is_empty() const { return ranges_.empty() && texts_.empty() && !all_texts_but_; }
  bool contains(std::string_view text) const;

  // The text of a short member.
  std::optional<std::string> member() const;

 private:
  // Finite doubles by their order: neighbours differ by one, and -0 is 0. Ascending, with a gap between any two.
  using Range = std::pair<std::int64_t, std::int64_t>;  // first and last
  std::vector<Range> ranges_;
  std::set<std::string, std::less<>> texts_;  // those included, or those excluded
  bool all_texts_but_ = false;
};

}  // namespace athanor::pattern
