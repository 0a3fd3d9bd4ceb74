#include "pattern/wildcards.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <string>

namespace athanor::pattern {
namespace {

// The parts between the stars: the text begins with the first, ends with the last, and has the others in between, in
// order. A single part is the whole text.
std::vector<std::string> parts_of(std::string_view wildcard) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < wildcard.size(); ++i) {
    if (wildcard[i] == '*') {
      parts.emplace_back();
      continue;
    }
    if (wildcard[i] == '\\' && i + 1 < wildcard.size()) ++i;
    parts.back() += wildcard[i];
  }
  return parts;
}

// The text without its two ends, or nothing when it does not have them.
std::optional<std::string_view> between_the_ends(const std::vector<std::string>& parts, std::string_view text) {
  if (!text.starts_with(parts.front())) return std::nullopt;
  text.remove_prefix(parts.front().size());
  if (!text.ends_with(parts.back())) return std::nullopt;
  text.remove_suffix(parts.back().size());
  return text;
}

// All inner parts of all wildcards at once: an automaton whose state is the longest prefix of a part that ends here
// (Aho and Corasick, 1975), as a table over the bytes that occur in parts.
class Parts {
 public:
  static constexpr std::size_t kTableMax = 16'000'000;  // entries

  explicit Parts(const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
      for (const char c : part) {
        std::uint8_t& its_class = class_of_[static_cast<unsigned char>(c)];
        if (its_class == 0) its_class = static_cast<std::uint8_t>(std::min(++classes_, std::size_t{255}));
      }
    }
    std::size_t states = 1;
    for (const std::string& part : parts) states += part.size();
    is_good_ = classes_ < 255 && states * (classes_ + 1) <= kTableMax;
    if (!is_good_) return;
    ++classes_;  // 0: bytes that no part has
    next_.reserve(states * classes_);
    add_state();
    for (std::uint32_t number = 0; number < parts.size(); ++number) enter(parts[number], number);
    link();
  }

  bool is_good() const { return is_good_; }
  std::uint32_t step(std::uint32_t state, char c) const {
    return next_[state * classes_ + class_of_[static_cast<unsigned char>(c)]];
  }
  // The part that ends in this state, or kNone; and the state of the next shorter one that some wildcard still waits
  // for.
  std::uint32_t part(std::uint32_t state) const { return part_[state]; }
  std::uint32_t shorter(std::uint32_t state, const std::vector<std::uint32_t>& needed) {
    std::uint32_t to = shorter_[state];
    while (to != 0 && needed[part_[to]] == 0) to = shorter_[to];
    return shorter_[state] = to;  // what no wildcard waits for is never waited for again
  }
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

 private:
  std::uint32_t add_state() {
    next_.resize(next_.size() + classes_, 0);
    part_.push_back(kNone);
    return static_cast<std::uint32_t>(part_.size() - 1);
  }

  void enter(const std::string& part, std::uint32_t number) {
    std::uint32_t state = 0;
    for (const char c : part) {
      const std::size_t at = state * classes_ + class_of_[static_cast<unsigned char>(c)];
      if (next_[at] == 0) {
        const std::uint32_t added = add_state();
        next_[at] = added;
      }
      state = next_[at];
    }
    part_[state] = number;
  }

  void link() {
    std::vector<std::uint32_t> back(part_.size(), 0);
    shorter_.assign(part_.size(), 0);
    std::deque<std::uint32_t> queue;
    for (std::size_t c = 0; c < classes_; ++c) {
      if (next_[c] != 0) queue.push_back(next_[c]);
    }
    while (!queue.empty()) {
      const std::uint32_t state = queue.front();
      queue.pop_front();
      shorter_[state] = part_[back[state]] != kNone ? back[state] : shorter_[back[state]];
      for (std::size_t c = 0; c < classes_; ++c) {
        std::uint32_t& to = next_[state * classes_ + c];
        const std::uint32_t otherwise = next_[back[state] * classes_ + c];
        if (to == 0) {
          to = otherwise;
        } else {
          back[to] = otherwise;
          queue.push_back(to);
        }
      }
    }
  }

  std::array<std::uint8_t, 256> class_of_{};
  std::size_t classes_ = 0;
  bool is_good_ = false;
  std::vector<std::uint32_t> next_;     // by state and class
  std::vector<std::uint32_t> part_;     // by state
  std::vector<std::uint32_t> shorter_;  // by state
};

// A wildcard's progress through the text.
struct Runner {
  const char* name;
  std::vector<std::uint32_t> parts;  // its inner ones
  std::size_t found = 0;             // how many of those
  std::size_t from = 0;              // the earliest beginning of the next
  std::size_t end = 0;               // its latest end
};

}  // namespace

bool wildcard_matches(std::string_view wildcard, std::string_view text) {
  const auto parts = wildcard.find('\\') == std::string_view::npos ? std::vector<std::string>{} : parts_of(wildcard);
  // The parts one by one: used as they are where nothing is escaped, which saves building them.
  std::size_t next = 0;
  const auto take_part = [&](bool& is_last) -> std::string_view {
    if (!parts.empty()) {
      is_last = next + 1 == parts.size();
      return parts[next++];
    }
    const auto star = wildcard.find('*');
    is_last = star == std::string_view::npos;
    const std::string_view part = wildcard.substr(0, star);
    wildcard.remove_prefix(is_last ? wildcard.size() : star + 1);
    return part;
  };
  bool is_last = false;
  const std::string_view first = take_part(is_last);
  if (is_last) return text == first;
  if (!text.starts_with(first)) return false;
  text.remove_prefix(first.size());
  for (;;) {
    const std::string_view part = take_part(is_last);
    if (is_last) return text.ends_with(part);
    // The first place is as good as any later one.
    const void* const found = ::memmem(text.data(), text.size(), part.data(), part.size());
    if (found == nullptr) return false;
    text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + part.size());
  }
}

WildcardVerdicts::WildcardVerdicts(std::vector<std::string_view> wildcards, std::string_view text) {
  std::vector<Runner> runners;
  std::vector<std::string> distinct;
  std::unordered_map<std::string, std::uint32_t> number_of;
  for (const std::string_view wildcard : wildcards) {
    const auto [verdict, is_new_wildcard] = verdicts_.try_emplace(wildcard.data());
    if (!is_new_wildcard) continue;
    const std::vector<std::string> parts = parts_of(wildcard);
    const auto middle = parts.size() == 1 ? std::nullopt : between_the_ends(parts, text);
    verdict->second = parts.size() == 1 ? text == parts.front() : middle.has_value();
    if (!middle) continue;
    Runner runner{.name = wildcard.data(), .from = parts.front().size(), .end = text.size() - parts.back().size()};
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
      if (parts[i].empty()) continue;
      const auto [it, is_new] = number_of.try_emplace(parts[i], static_cast<std::uint32_t>(distinct.size()));
      if (is_new) distinct.push_back(parts[i]);
      runner.parts.push_back(it->second);
    }
    if (!runner.parts.empty()) runners.push_back(std::move(runner));
  }
  Parts automaton{distinct};
  if (!automaton.is_good()) {
    for (const Runner& runner : runners) verdicts_.erase(runner.name);
    return;
  }

  std::vector<std::vector<std::uint32_t>> waiting(distinct.size());  // runners, by the part they wait for
  std::vector<std::uint32_t> needed(distinct.size());                // by how many, now or later
  for (std::uint32_t r = 0; r < runners.size(); ++r) {
    waiting[runners[r].parts.front()].push_back(r);
    for (const std::uint32_t part : runners[r].parts) ++needed[part];
    verdicts_[runners[r].name] = false;
  }
  std::size_t left = runners.size();
  std::uint32_t state = 0;
  for (std::size_t i = 0; i < text.size() && left > 0; ++i) {
    state = automaton.step(state, text[i]);
    for (std::uint32_t at = automaton.part(state) != Parts::kNone ? state : automaton.shorter(state, needed); at != 0;
         at = automaton.shorter(at, needed)) {
      const std::uint32_t part = automaton.part(at);
      const std::size_t begin = i + 1 - distinct[part].size();
      std::vector<std::uint32_t>& here = waiting[part];
      for (std::size_t w = 0; w < here.size();) {
        Runner& runner = runners[here[w]];
        if (begin < runner.from) {  // overlaps what it found before
          ++w;
          continue;
        }
        const std::uint32_t r = here[w];
        here[w] = here.back();
        here.pop_back();
        --needed[part];
        runner.from = i + 1;
        if (++runner.found < runner.parts.size() && i < runner.end) {
          waiting[runner.parts[runner.found]].push_back(r);
          continue;
        }
        verdicts_[runner.name] = runner.found == runner.parts.size() && runner.from <= runner.end;
        for (std::size_t p = runner.found; p < runner.parts.size(); ++p) --needed[runner.parts[p]];
        --left;
      }
    }
  }
}

}  // namespace athanor::pattern
