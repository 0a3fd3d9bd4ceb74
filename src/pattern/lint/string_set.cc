#include "pattern/lint/string_set.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <unordered_map>

#include "base/text.h"
#include "pattern/code_points.h"

namespace athanor::pattern {
namespace {

constexpr std::uint32_t kNobody = 0xFFFF'FFFF;
constexpr std::uint32_t kDead = 0;  // beside kNobody: nothing is accepted from here on, or everything
constexpr std::uint32_t kWhole = 1;

// Where half a surrogate pair was sent, events have U+FFFD.
bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

// Any character that is not among the ascending ones.
char32_t other_than(const std::vector<std::pair<char32_t, std::uint32_t>>& moves) {
  const auto is_free = [&](char32_t c) {
    return !std::binary_search(moves.begin(), moves.end(), std::pair{c, std::uint32_t{0}},
                               [](const auto& a, const auto& b) { return a.first < b.first; });
  };
  for (const char32_t c : std::u32string_view{U"xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_ "}) {
    if (is_free(c)) return c;
  }
  char32_t c = 0x4E00;
  while (!is_free(c)) ++c;
  return c;
}

}  // namespace

StringSet::StringSet(States states) {
  // Backwards from the accepting states: `before` holds, state by state, its predecessors.
  std::vector<std::uint32_t> begin(states.size() + 1, 0);
  const auto each_edge = [&](auto visit) {
    for (std::uint32_t s = 0; s < states.size(); ++s) {
      for (const auto& [c, to] : states[s].moves) visit(s, to);
      visit(s, states[s].otherwise);
    }
  };
  each_edge([&](std::uint32_t, std::uint32_t to) { ++begin[to]; });
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint32_t> before(begin.back());
  each_edge([&](std::uint32_t from, std::uint32_t to) { before[--begin[to]] = from; });
  std::vector<std::uint32_t> due;
  for (std::uint32_t s = 0; s < states.size(); ++s) {
    states[s].lives = states[s].accepts;
    if (states[s].accepts) due.push_back(s);
  }
  while (!due.empty()) {
    const std::uint32_t s = due.back();
    due.pop_back();
    for (std::uint32_t i = begin[s]; i < begin[s + 1]; ++i) {
      if (!std::exchange(states[before[i]].lives, true)) due.push_back(before[i]);
    }
  }
  // The living states, and one for all others.
  std::vector<std::uint32_t> number(states.size(), kNobody);
  std::uint32_t living = 0;
  for (std::uint32_t s = 0; s < states.size(); ++s) {
    if (states[s].lives) number[s] = living++;
  }
  const auto renumbered = [&](std::uint32_t s) { return std::min(number[s], living); };
  States kept;
  kept.reserve(living + 1);
  for (State& state : states) {
    if (!state.lives) continue;
    state.otherwise = renumbered(state.otherwise);
    for (auto& [c, to] : state.moves) to = renumbered(to);
    std::erase_if(state.moves, [&](const auto& move) { return move.second == state.otherwise; });
    kept.push_back(std::move(state));
  }
  if (living < states.size()) kept.push_back({.otherwise = living});
  states_ = std::make_shared<const States>(std::move(kept));
}

StringSet StringSet::none() { return StringSet{States(1)}; }

StringSet StringSet::all() { return none().complement(); }

StringSet StringSet::complement() const {
  States states = *states_;
  for (State& state : states) state.accepts = !state.accepts;
  return StringSet{std::move(states)};
}

std::uint32_t StringSet::next(const State& state, char32_t c) {
  const auto at = std::lower_bound(state.moves.begin(), state.moves.end(), c,
                                   [](const auto& move, char32_t wanted) { return move.first < wanted; });
  return at != state.moves.end() && at->first == c ? at->second : state.otherwise;
}

bool StringSet::contains(std::string_view text) const {
  std::uint32_t state = 0;
  for (std::size_t i = 0; i < text.size();) state = next((*states_)[state], next_code_point(text, i));
  return (*states_)[state].accepts;
}

StringSet StringSet::of(const Nfa& nfa, Effort& effort) {
  using Subset = std::vector<std::uint32_t>;  // ascending
  States states;
  std::map<Subset, std::uint32_t> number_of;
  std::deque<const Subset*> due;
  const auto number = [&](Subset subset) {
    std::sort(subset.begin(), subset.end());
    subset.erase(std::unique(subset.begin(), subset.end()), subset.end());
    // If everything is accepted from here on, the other states make no difference.
    const auto all = std::find_if(subset.begin(), subset.end(),
                                  [&](std::uint32_t s) { return nfa.states[s].loops && nfa.states[s].accepts; });
    if (all != subset.end()) subset = {*all};
    const auto [it, is_new] = number_of.try_emplace(std::move(subset), static_cast<std::uint32_t>(states.size()));
    if (is_new) {
      if (states.size() == kStatesMax) throw TooMuch{};
      states.emplace_back();
      due.push_back(&it->first);
    }
    return it->second;
  };
  number(nfa.starts);
  for (std::uint32_t s = 0; !due.empty(); ++s) {
    const Subset& from = *due.front();
    due.pop_front();
    std::vector<std::pair<char32_t, std::uint32_t>> moves;
    Subset staying;
    bool accepts = false;
    for (const std::uint32_t f : from) {
      const Nfa::State& state = nfa.states[f];
      moves.insert(moves.end(), state.moves.begin(), state.moves.end());
      if (state.loops) staying.push_back(f);
      accepts = accepts || state.accepts;
    }
    effort.spend(1 + from.size() + moves.size());
    std::sort(moves.begin(), moves.end());
    State made{.otherwise = number(staying), .accepts = accepts};
    for (std::size_t i = 0; i < moves.size();) {
      const char32_t c = moves[i].first;
      Subset to = staying;
      for (; i < moves.size() && moves[i].first == c; ++i) to.push_back(moves[i].second);
      if (is_surrogate(c)) continue;
      effort.spend(to.size());
      const std::uint32_t target = number(std::move(to));
      if (target != made.otherwise) made.moves.emplace_back(c, target);
    }
    states[s] = std::move(made);
  }
  return StringSet{std::move(states)};
}

StringSet StringSet::combine(Of of, const StringSet& a, const StringSet& b, Effort& effort) {
  const States& as = *a.states_;
  const States& bs = *b.states_;
  States states;
  std::unordered_map<std::uint64_t, std::uint32_t> number_of;
  std::deque<std::pair<std::uint32_t, std::uint32_t>> due;
  const auto is_whole = [](const State& state, std::uint32_t s) {
    return state.accepts && state.moves.empty() && state.otherwise == s;
  };
  const auto add = [&](std::uint32_t x, std::uint32_t y) {
    if (states.size() == kStatesMax) throw TooMuch{};
    states.emplace_back();
    due.emplace_back(x, y);
    return static_cast<std::uint32_t>(states.size() - 1);
  };
  std::uint32_t dead = kNobody;
  std::uint32_t whole = kNobody;
  const auto number = [&](std::uint32_t x, std::uint32_t y) {
    // Pairs whose outcome is settled become one state.
    const bool x_dead = !as[x].lives;
    const bool y_dead = !bs[y].lives;
    const bool is_dead = of == Of::Either ? x_dead && y_dead
                         : of == Of::Both ? x_dead || y_dead
                                          : x_dead || is_whole(bs[y], y);
    if (is_dead) return dead == kNobody ? dead = add(kNobody, kDead) : dead;
    if (of == Of::Either && (is_whole(as[x], x) || is_whole(bs[y], y)))
      return whole == kNobody ? whole = add(kNobody, kWhole) : whole;
    const auto [it, is_new] = number_of.try_emplace(std::uint64_t{x} << 32 | y, 0);
    if (is_new) it->second = add(x, y);
    return it->second;
  };
  number(0, 0);
  for (std::uint32_t s = 0; !due.empty(); ++s) {
    const auto [x, y] = due.front();
    due.pop_front();
    if (x == kNobody) {
      effort.spend(1);
      states[s] = {.otherwise = s, .accepts = y == kWhole};
      continue;
    }
    const State& p = as[x];
    const State& q = bs[y];
    effort.spend(1 + p.moves.size() + q.moves.size());
    const bool accepts = of == Of::Either ? p.accepts || q.accepts
                         : of == Of::Both ? p.accepts && q.accepts
                                          : p.accepts && !q.accepts;
    State made{.otherwise = number(p.otherwise, q.otherwise), .accepts = accepts};
    for (auto i = p.moves.begin(), j = q.moves.begin(); i != p.moves.end() || j != q.moves.end();) {
      const bool of_p = j == q.moves.end() || (i != p.moves.end() && i->first <= j->first);
      const bool of_q = i == p.moves.end() || (j != q.moves.end() && j->first <= i->first);
      const char32_t c = of_p ? i->first : j->first;
      const std::uint32_t to = number(of_p ? i++->second : p.otherwise, of_q ? j++->second : q.otherwise);
      if (to != made.otherwise) made.moves.emplace_back(c, to);
    }
    states[s] = std::move(made);
  }
  return StringSet{std::move(states)};
}

std::optional<std::string> StringSet::shortest() const {
  const States& states = *states_;
  if (!states.front().lives) return std::nullopt;
  struct Step {
    std::uint32_t from = kNobody;
    char32_t c = 0;
  };
  std::vector<Step> came(states.size());
  std::vector<char> seen(states.size(), 0);
  std::deque<std::uint32_t> due{0};
  seen[0] = 1;
  while (!due.empty()) {
    const std::uint32_t s = due.front();
    due.pop_front();
    if (states[s].accepts) {
      std::vector<char32_t> characters;
      for (std::uint32_t at = s; at != 0; at = came[at].from) characters.push_back(came[at].c);
      std::string text;
      for (auto c = characters.rbegin(); c != characters.rend(); ++c) base::append_utf8(text, *c);
      return text;
    }
    const auto go = [&](std::uint32_t to, char32_t c) {
      if (!states[to].lives || seen[to] != 0) return;
      seen[to] = 1;
      came[to] = {s, c};
      due.push_back(to);
    };
    for (const auto& [c, to] : states[s].moves) go(to, c);
    go(states[s].otherwise, other_than(states[s].moves));
  }
  return std::nullopt;
}

}  // namespace athanor::pattern
