#include "pattern/lint/address_texts.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::pattern {
namespace {

using Of = StringSet::Of;

struct Nibble {
  unsigned low = 0, high = 15;
  bool has(unsigned value) const { return value >= low && value <= high; }
};
using Nibbles = std::vector<Nibble>;

constexpr std::size_t kDigitsV4 = 8;
constexpr std::size_t kDigitsV6 = 32;
constexpr std::string_view kMapped = "00000000000000000000ffff";  // before an IPv4 address, RFC 4291, 2.5.5.2

unsigned hex_value(char digit) { return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

Nibbles between(std::string_view low, std::string_view high) {
  Nibbles nibbles;
  for (std::size_t i = 0; i < low.size(); ++i) nibbles.push_back({hex_value(low[i]), hex_value(high[i])});
  return nibbles;
}

Nibbles joined(Nibbles front, const Nibbles& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

// Four numbers of at most three digits.
StringSet dotted(const Nibbles& nibbles, Effort& effort) {
  Nfa nfa;
  std::uint32_t at = nfa.add();
  nfa.starts = {at};
  for (std::size_t byte = 0; byte < 4; ++byte) {
    std::set<std::string> texts;
    for (unsigned value = 0; value < 256; ++value) {
      if (!nibbles[2 * byte].has(value / 16) || !nibbles[2 * byte + 1].has(value % 16)) continue;
      for (const std::string& text :
           {fmt::format("{}", value), fmt::format("{:02}", value), fmt::format("{:03}", value)})
        texts.insert(text);
    }
    // One state for each prefix of a number, and a common final state.
    const std::uint32_t end = nfa.add();
    nfa.states[end].accepts = byte == 3;
    std::map<std::string, std::uint32_t> state_of{{"", at}};
    for (const std::string& text : texts) {
      for (std::size_t length = 1; length <= text.size(); ++length) {
        const std::uint32_t from = state_of.at(text.substr(0, length - 1));
        const char32_t c = static_cast<unsigned char>(text[length - 1]);
        if (length == text.size()) nfa.states[from].moves.emplace_back(c, end);
        if (const auto [it, is_new] = state_of.try_emplace(text.substr(0, length), 0); is_new) {
          const std::uint32_t added = nfa.add();
          it->second = added;
          nfa.states[from].moves.emplace_back(c, added);
        }
      }
    }
    if (byte == 3) break;
    at = nfa.add();
    nfa.states[end].moves.emplace_back(U'.', at);
  }
  return StringSet::of(nfa, effort);
}

// Eight groups of at most four digits, of which a run of zeros may be written as "::".
class Groups {
 public:
  explicit Groups(const Nibbles& nibbles) : nibbles_(nibbles) {
    for (std::size_t i = 0; i < kGroups; ++i) {
      front_[i] = group(i);
      back_[i] = group(i);
    }
    const std::uint32_t start = nfa_.add();
    nfa_.starts = {start};
    begin_group(start, front_[0], 0);
    const std::uint32_t colon = nfa_.add();
    move(start, U':', colon);
    move(colon, U':', gap(0));
    for (std::size_t i = 0; i + 1 < kGroups; ++i) {
      const std::uint32_t between = nfa_.add();
      move(front_[i][kDigits], U':', between);
      begin_group(between, front_[i + 1], i + 1);
      move(between, U':', gap(i + 1));
      const std::uint32_t behind = nfa_.add();
      move(back_[i][kDigits], U':', behind);
      begin_group(behind, back_[i + 1], i + 1);
    }
    nfa_.states[front_[kGroups - 1][kDigits]].accepts = true;
    nfa_.states[back_[kGroups - 1][kDigits]].accepts = true;
  }

  const Nfa& nfa() const { return nfa_; }

 private:
  static constexpr std::size_t kGroups = 8;
  static constexpr std::size_t kDigits = 4;
  using Group = std::array<std::uint32_t, kDigits + 1>;  // by how many digits have been read or omitted

  void move(std::uint32_t from, char32_t c, std::uint32_t to) { nfa_.states[from].moves.emplace_back(c, to); }

  void digit(std::uint32_t from, Nibble nibble, std::uint32_t to) {
    for (unsigned value = nibble.low; value <= nibble.high; ++value) {
      move(from, static_cast<unsigned char>("0123456789abcdef"[value]), to);
      if (value > 9) move(from, static_cast<unsigned char>("0123456789ABCDEF"[value]), to);
    }
  }

  Group group(std::size_t number) {
    Group states{};
    for (std::uint32_t& state : states) state = nfa_.add();
    for (std::size_t d = 1; d < kDigits; ++d) digit(states[d], nibbles_[kDigits * number + d], states[d + 1]);
    return states;
  }

  // From a state before the group: leading zeros may be omitted, but not all of the group.
  void begin_group(std::uint32_t from, const Group& group, std::size_t number) {
    for (std::size_t d = 0; d < kDigits; ++d) {
      const Nibble nibble = nibbles_[kDigits * number + d];
      digit(from, nibble, group[d + 1]);
      if (!nibble.has(0)) break;
    }
  }

  bool may_be_zero(std::size_t number) const {
    for (std::size_t d = 0; d < kDigits; ++d) {
      if (!nibbles_[kDigits * number + d].has(0)) return false;
    }
    return true;
  }

  // The state after "::" with this many groups before it; "::" stands for at least one group.
  std::uint32_t gap(std::size_t before) {
    const std::uint32_t state = nfa_.add();
    std::size_t next = before;
    while (next < kGroups && may_be_zero(next)) {
      ++next;
      if (next < kGroups) begin_group(state, back_[next], next);
    }
    nfa_.states[state].accepts = next == kGroups;
    return state;
  }

  const Nibbles& nibbles_;
  Nfa nfa_;
  std::array<Group, kGroups> front_{}, back_{};
};

StringSet grouped(const Nibbles& nibbles, Effort& effort) { return StringSet::of(Groups{nibbles}.nfa(), effort); }

StringSet either(const StringSet& a, const StringSet& b, Effort& effort) {
  return StringSet::combine(Of::Either, a, b, effort);
}
StringSet without(const StringSet& a, const StringSet& b, Effort& effort) {
  return StringSet::combine(Of::FirstAlone, a, b, effort);
}

StringSet v4(const Nibbles& nibbles, Effort& effort) {
  return either(dotted(nibbles, effort), grouped(joined(between(kMapped, kMapped), nibbles), effort), effort);
}

StringSet v6(const Nibbles& nibbles, Effort& effort) {
  for (std::size_t i = 0; i < kMapped.size(); ++i) {
    if (!nibbles[i].has(hex_value(kMapped[i]))) return grouped(nibbles, effort);
  }
  const Nibbles mapped = joined(between(kMapped, kMapped), Nibbles(kDigitsV4));
  return without(grouped(nibbles, effort), grouped(mapped, effort), effort);
}

}  // namespace

StringSet texts_of_address(const std::string& digits, Effort& effort) {
  const Nibbles nibbles = between(digits, digits);
  return digits.size() == kDigitsV4 ? v4(nibbles, effort) : v6(nibbles, effort);
}

StringSet texts_in_range(const Condition& range, Effort& effort) {
  const std::string& low = range.ip_low;
  const std::string& high = range.ip_high;
  const Nibbles nibbles = between(low, high);
  const auto padded = [](Nibbles front) { return joined(std::move(front), Nibbles(kDigitsV6 - kDigitsV4)); };
  if (low.size() == kDigitsV4) {
    // Longer digits compare greater than their prefix: they are within unless they begin like the upper end.
    const StringSet longer = without(v6(padded(nibbles), effort), v6(padded(between(high, high)), effort), effort);
    return either(v4(nibbles, effort), longer, effort);
  }
  // Shorter digits compare less than what they are a prefix of: they are within unless the lower end begins with them.
  const std::string low_beginning = low.substr(0, kDigitsV4);
  const Nibbles shorter = between(low_beginning, high.substr(0, kDigitsV4));
  const StringSet short_ones = without(v4(shorter, effort), v4(between(low_beginning, low_beginning), effort), effort);
  return either(v6(nibbles, effort), short_ones, effort);
}

}  // namespace athanor::pattern
