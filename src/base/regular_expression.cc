#include "base/regular_expression.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/alphanumeric.h"

namespace athanor::base {
namespace {

using Set = std::bitset<256>;

constexpr std::size_t kUnbounded = ~std::size_t{0};

void add_range(Set& set, char low, char high) {
  for (int c = static_cast<unsigned char>(low); c <= static_cast<unsigned char>(high); ++c)
    set.set(static_cast<std::size_t>(c));
}

// The length of the escape at the front; 0 when it is incomplete.
std::size_t escape_length(std::string_view text) {
  const char letter = text.size() > 1 ? text[1] : '\0';
  const std::size_t length = letter == 'x' ? 4 : letter == 'u' ? 6 : 2;
  return text.size() >= length ? length : 0;
}

// The characters an escape stands for; nullopt when it is unknown.
std::optional<Set> escaped(std::string_view escape) {
  Set set;
  const char c = escape[1];
  switch (c) {
    case 'd':
    case 'D':
      add_range(set, '0', '9');
      break;
    case 'w':
    case 'W':
      for (const auto& [low, high] : {std::pair{'0', '9'}, {'a', 'z'}, {'A', 'Z'}, {'_', '_'}})
        add_range(set, low, high);
      break;
    case 's':
    case 'S':
      add_range(set, '\t', '\r');
      add_range(set, ' ', ' ');
      break;
    case 'n':
      add_range(set, '\n', '\n');
      break;
    case 'r':
      add_range(set, '\r', '\r');
      break;
    case 't':
      add_range(set, '\t', '\t');
      break;
    case 'f':
      add_range(set, '\f', '\f');
      break;
    case 'v':
      add_range(set, '\v', '\v');
      break;
    case 'x':
    case 'u': {
      unsigned code = 0;
      const char* const end = escape.data() + escape.size();
      if (std::from_chars(escape.data() + 2, end, code, 16).ptr != end || code >= 0x80)
        return std::nullopt;  // ASCII only
      set.set(code);
      break;
    }
    default:
      if (is_alphanumeric_ascii(c)) return std::nullopt;
      add_range(set, c, c);
  }
  return c == 'D' || c == 'W' || c == 'S' ? ~set : set;
}

// Takes one element off the front of a class's inside; nullopt when it is unknown.
std::optional<Set> take_of_class(std::string_view& inside) {
  const bool is_escape = inside.front() == '\\';
  const std::size_t length = is_escape ? escape_length(inside) : 1;
  if (length == 0) return std::nullopt;
  const std::string_view taken = inside.substr(0, length);
  inside.remove_prefix(length);
  if (is_escape) return escaped(taken);
  Set set;
  add_range(set, taken.front(), taken.front());
  return set;
}

// The only character of a set of one.
char only_one(const Set& set) {
  std::size_t c = 0;
  while (!set[c]) ++c;
  return static_cast<char>(c);
}

// The characters of a class, which is given with its brackets.
std::optional<Set> class_set(std::string_view atom) {
  std::string_view inside = atom.substr(1, atom.size() - 2);
  // Java reads these as an intersection and a union, others as characters.
  if (inside.contains("&&") || inside.contains("[:")) return std::nullopt;
  const bool negated = inside.starts_with('^');
  if (negated) inside.remove_prefix(1);
  Set set;
  while (!inside.empty()) {
    const auto low = take_of_class(inside);
    if (!low) return std::nullopt;
    set |= *low;
    if (low->count() != 1 || inside.size() < 2 || inside.front() != '-') continue;
    inside.remove_prefix(1);
    const auto high = take_of_class(inside);
    if (!high || high->count() != 1) return std::nullopt;
    const char first = only_one(*low), last = only_one(*high);
    if (static_cast<unsigned char>(last) < static_cast<unsigned char>(first)) return std::nullopt;
    add_range(set, first, last);
  }
  return negated ? ~set : set;
}

// The length of the class at the front, with its brackets; 0 when it does not end.
std::size_t class_length(std::string_view text) {
  const std::size_t first = text.starts_with("[^") ? 2 : 1;
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == ']' && i > first) {
      return i + 1;
    }
  }
  return 0;
}

// The length of the group at the front; 0 when it does not end.
std::size_t group_length(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '[') {
      const std::size_t length = class_length(text.substr(i));
      if (length == 0) return 0;
      i += length - 1;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

// The length of the group, class, escape or character at the front; 0 when there is none.
std::size_t atom_length(std::string_view text) {
  switch (text.front()) {
    case '\\':
      return escape_length(text);
    case '[':
      return class_length(text);
    case '(':
      return group_length(text);
    case '*':
    case '+':
    case '?':
    case '{':
      return 0;
    default:
      return 1;
  }
}

std::optional<std::size_t> count_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 5) return std::nullopt;
  std::size_t count = 0;
  for (const char c : digits) {
    if (!is_digit_ascii(c)) return std::nullopt;
    count = count * 10 + static_cast<std::size_t>(c - '0');
  }
  return count;
}

struct Quantifier {
  std::size_t min = 1, max = 1;
};

// Takes the quantifier, if any, off the front of `rest`; nullopt when it is malformed.
std::optional<Quantifier> take_quantifier(std::string_view& rest) {
  if (rest.empty() || !std::string_view{"?*+{"}.contains(rest.front())) return Quantifier{};
  Quantifier quantifier{rest.front() == '+' ? 1U : 0U, rest.front() == '?' ? 1U : kUnbounded};
  if (rest.front() == '{') {
    const auto end = rest.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = rest.substr(1, end - 1);
    const auto comma = inside.find(',');
    const auto min = count_of(inside.substr(0, comma));
    if (!min) return std::nullopt;
    quantifier = {*min, *min};
    if (comma != std::string_view::npos) {
      const auto max = comma + 1 == inside.size() ? std::optional{kUnbounded} : count_of(inside.substr(comma + 1));
      if (!max || *max < *min) return std::nullopt;
      quantifier.max = *max;
    }
    rest.remove_prefix(end);
  }
  rest.remove_prefix(1);
  if (rest.starts_with('?')) rest.remove_prefix(1);  // lazy: the same whole texts match
  return quantifier;
}

}  // namespace

// Compiles from the back: `next` is always the state after what is compiled.
class ExpressionParser {
 public:
  std::optional<RegularExpression> parse(std::string_view pattern) {
    if (pattern.size() > kExpressionBytesMax) return std::nullopt;
    expression_.start_ = alternation(pattern, add({State::Kind::Accept, {}}));
    return good_ ? std::optional{std::move(expression_)} : std::nullopt;
  }

 private:
  using State = RegularExpression::State;

  std::size_t add(State state) {
    if (expression_.states_.size() >= kExpressionStatesMax) return fail();
    expression_.states_.push_back(std::move(state));
    return expression_.states_.size() - 1;
  }

  std::size_t fail() {
    good_ = false;
    return 0;
  }

  std::size_t alternation(std::string_view text, std::size_t next) {
    if (++depth_ > kExpressionNestingMax) return fail();
    std::size_t start = sequence(text, next);
    while (good_ && text.starts_with('|')) {
      text.remove_prefix(1);
      start = add({State::Kind::Split, {}, start, sequence(text, next)});
    }
    --depth_;
    return text.empty() ? start : fail();
  }

  // Up to a bar, which stays in `rest`.
  std::size_t sequence(std::string_view& rest, std::size_t next) {
    std::vector<std::pair<std::string_view, Quantifier>> atoms;
    while (!rest.empty() && rest.front() != '|') {
      const std::size_t length = rest.front() == ')' ? 0 : atom_length(rest);
      if (length == 0) return fail();
      const std::string_view atom = rest.substr(0, length);
      rest.remove_prefix(length);
      const auto quantifier = take_quantifier(rest);
      if (!quantifier) return fail();
      atoms.emplace_back(atom, *quantifier);
    }
    for (auto at = atoms.rbegin(); good_ && at != atoms.rend(); ++at) next = repeat(at->first, at->second, next);
    return next;
  }

  std::size_t repeat(std::string_view atom, Quantifier quantifier, std::size_t next) {
    if (quantifier.max == kUnbounded) {
      const std::size_t loop = add({State::Kind::Split, {}, 0, next});
      const std::size_t body = compile(atom, loop);
      if (!good_) return 0;
      expression_.states_[loop].out = body;
      next = loop;
    } else {
      const std::size_t end = next;
      for (std::size_t i = quantifier.min; good_ && i < quantifier.max; ++i)
        next = add({State::Kind::Split, {}, compile(atom, next), end});
    }
    for (std::size_t i = 0; good_ && i < quantifier.min; ++i) next = compile(atom, next);
    return next;
  }

  std::size_t compile(std::string_view atom, std::size_t next) {
    // Also counted, since an empty group adds no state however often it is repeated.
    if (++compiled_ > 4 * kExpressionStatesMax) return fail();
    if (atom.front() == '(') return group(atom.substr(1, atom.size() - 2), next);
    if (atom == "^") return add({State::Kind::Begin, {}, next});
    if (atom == "$") return add({State::Kind::End, {}, next});
    auto set = std::optional{Set{}};
    if (atom == ".") {
      set->set();
    } else if (atom.front() == '\\') {
      set = escaped(atom);
    } else if (atom.front() == '[') {
      set = class_set(atom);
    } else {
      add_range(*set, atom.front(), atom.front());
    }
    return set ? add({State::Kind::Characters, *set, next}) : fail();
  }

  std::size_t group(std::string_view inside, std::size_t next) {
    if (!inside.starts_with('?')) return alternation(inside, next);
    if (inside.starts_with("?:")) return alternation(inside.substr(2), next);
    const bool ahead = inside.starts_with("?=");
    if (!ahead && !inside.starts_with("?!")) return fail();
    const std::size_t looked_for = alternation(inside.substr(2), add({State::Kind::Accept, {}}));
    return add({ahead ? State::Kind::Ahead : State::Kind::NotAhead, {}, next, looked_for});
  }

  RegularExpression expression_;
  bool good_ = true;
  std::size_t depth_ = 0;
  std::size_t compiled_ = 0;
};

class ExpressionRun {
 public:
  ExpressionRun(const RegularExpression& expression, std::string_view text)
      : states_(expression.states_), text_(text) {}

  bool matches(std::size_t start) { return run(start, 0, true) && !is_spent(); }

 private:
  using Kind = RegularExpression::State::Kind;

  // The states a text has led to, each once.
  struct Reached {
    explicit Reached(std::size_t states) : seen(states) {}
    std::vector<bool> seen;
    std::vector<std::size_t> list;
  };

  // Whether a match begins at `at`: one up to the end of the text if `whole`, otherwise of any length.
  bool run(std::size_t start, std::size_t at, bool whole) {
    spend(states_.size());
    Reached now{states_.size()};
    Reached next{states_.size()};
    reach(start, at, now);
    for (;; ++at) {
      if (is_spent()) return false;
      const bool accepted =
          std::ranges::any_of(now.list, [&](std::size_t s) { return states_[s].kind == Kind::Accept; });
      if (accepted && (!whole || at == text_.size())) return true;
      if (at == text_.size() || now.list.empty()) return false;
      for (const std::size_t s : now.list) {
        spend(1);
        if (states_[s].kind != Kind::Characters || !states_[s].set[static_cast<unsigned char>(text_[at])]) continue;
        reach(states_[s].out, at + 1, next);
      }
      for (const std::size_t s : now.list) now.seen[s] = false;
      now.list.clear();
      std::swap(now, next);
    }
  }

  void reach(std::size_t state, std::size_t at, Reached& reached) {
    // One stack serves all runs, so that a character allocates nothing: each call stops at the height it found.
    const std::size_t bottom = open_.size();
    open_.push_back(state);
    while (open_.size() > bottom) {
      const std::size_t s = open_.back();
      open_.pop_back();
      spend(1);
      if (reached.seen[s]) continue;
      reached.seen[s] = true;
      reached.list.push_back(s);
      switch (states_[s].kind) {
        case Kind::Characters:
        case Kind::Accept:
          continue;
        case Kind::Split:
          open_.push_back(states_[s].other);
          break;
        case Kind::Begin:
          if (at != 0) continue;
          break;
        case Kind::End:
          if (at != text_.size()) continue;
          break;
        case Kind::Ahead:
        case Kind::NotAhead:
          if (run(states_[s].other, at, false) != (states_[s].kind == Kind::Ahead)) continue;
          break;
      }
      open_.push_back(states_[s].out);
    }
  }

  void spend(std::size_t steps) { steps_ += steps; }
  bool is_spent() const { return steps_ > kExpressionStepsMax; }

  const std::vector<RegularExpression::State>& states_;
  std::string_view text_;
  std::vector<std::size_t> open_;
  std::size_t steps_ = 0;
};

std::optional<RegularExpression> RegularExpression::parse(std::string_view pattern) {
  return ExpressionParser{}.parse(pattern);
}

bool RegularExpression::matches(std::string_view text) const { return ExpressionRun{*this, text}.matches(start_); }

}  // namespace athanor::base
