#include "api/validate.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>

#include "api/path.h"
#include "base/text.h"

namespace athanor::api {
namespace {

// The models' regular expressions, compiled to a nondeterministic automaton and run over all states at once (Thompson
// 1968): time is the length of the text times that of the pattern, whatever the text. They use characters, classes,
// groups, alternation, and the quantifiers ? * + {n} {n,} {n,m}.
class Automaton {
 public:
  explicit Automaton(std::string_view pattern) : rest_(pattern) {
    if (rest_.starts_with('^')) rest_.remove_prefix(1);
    start_ = alternation({});
    good_ = rest_.empty() && good_;
  }

  bool matches(std::string_view text) const {
    if (!good_) return true;  // a pattern in words we do not know refuses nothing
    std::vector<bool> now(states_.size());
    std::vector<bool> next(states_.size());
    reach(start_, now);
    for (const char c : text) {
      next.assign(states_.size(), false);
      for (std::size_t s = 0; s < states_.size(); ++s) {
        if (now[s] && states_[s].kind == State::Kind::Characters && states_[s].set[static_cast<unsigned char>(c)])
          reach(states_[s].out, next);
      }
      now.swap(next);
    }
    for (std::size_t s = 0; s < states_.size(); ++s) {
      if (now[s] && states_[s].kind == State::Kind::Accept) return true;
    }
    return false;
  }

 private:
  using Set = std::vector<bool>;
  struct State {
    enum class Kind : std::uint8_t { Characters, Split, Accept } kind;
    Set set;
    std::size_t out = 0;
    std::size_t other = 0;
  };
  // A piece of the expression as text, so that {n,m} can compile it several times.
  struct Piece {
    std::string_view text;
  };

  std::size_t add(State state) {
    states_.push_back(std::move(state));
    return states_.size() - 1;
  }

  void reach(std::size_t state, std::vector<bool>& set) const {
    if (set[state]) return;
    set[state] = true;
    if (states_[state].kind != State::Kind::Split) return;
    reach(states_[state].out, set);
    reach(states_[state].other, set);
  }

  // Compiles from the back: `next` is the state behind the piece, none means acceptance.
  std::size_t alternation(std::optional<std::size_t> next) {
    const std::size_t after = next ? *next : add({State::Kind::Accept, {}, 0, 0});
    std::size_t start = sequence(after);
    while (rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      const std::size_t other = sequence(after);
      start = add({State::Kind::Split, {}, start, other});
    }
    return start;
  }

  std::size_t sequence(std::size_t next) {
    struct Atom {
      std::string_view text;
      std::size_t min, max;
    };
    std::vector<Atom> atoms;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (rest_ == "$" || rest_.starts_with("$)") || rest_.starts_with("$|")) {
        rest_.remove_prefix(1);
        continue;
      }
      const std::size_t length = atom_length();
      if (length == 0) {
        good_ = false;
        rest_ = {};
        return next;
      }
      Atom atom{rest_.substr(0, length), 1, 1};
      rest_.remove_prefix(length);
      take_quantifier(atom.min, atom.max);
      atoms.push_back(atom);
    }
    const std::string_view behind = rest_;
    for (auto atom = atoms.rbegin(); atom != atoms.rend(); ++atom)
      next = repeat(atom->text, atom->min, atom->max, next);
    rest_ = behind;
    return next;
  }

  static constexpr std::size_t kUnbounded = ~std::size_t{0};

  std::size_t repeat(std::string_view atom, std::size_t min, std::size_t max, std::size_t next) {
    if (max == kUnbounded) {
      const std::size_t loop = add({State::Kind::Split, {}, 0, next});
      const std::size_t body = compile_atom(atom, loop);
      states_[loop].out = body;
      next = loop;
    } else {
      const std::size_t end = next;
      for (std::size_t i = min; i < max; ++i) {
        const std::size_t body = compile_atom(atom, next);
        next = add({State::Kind::Split, {}, body, end});
      }
    }
    for (std::size_t i = 0; i < min; ++i) next = compile_atom(atom, next);
    return next;
  }

  std::size_t compile_atom(std::string_view atom, std::size_t next) {
    if (atom.front() == '(') {
      rest_ = atom.substr(1, atom.size() - 2);
      if (rest_.starts_with("?:")) rest_.remove_prefix(2);
      return alternation(next);
    }
    return add({State::Kind::Characters, characters(atom), next, 0});
  }

  // Length of the atom at the front of rest_: a group, a class, an escape or a character.
  std::size_t atom_length() const {
    if (rest_.front() == '\\') return rest_.size() > 1 ? 2 : 0;
    if (rest_.front() == '[') {
      for (std::size_t i = 1; i < rest_.size(); ++i) {
        if (rest_[i] == '\\')
          ++i;
        else if (rest_[i] == ']' && i > 1)
          return i + 1;
      }
      return 0;
    }
    if (rest_.front() == '(') {
      std::size_t depth = 0;
      for (std::size_t i = 0; i < rest_.size(); ++i) {
        if (rest_[i] == '\\')
          ++i;
        else if (rest_[i] == '(')
          ++depth;
        else if (rest_[i] == ')' && --depth == 0)
          return i + 1;
      }
      return 0;
    }
    return rest_.find_first_of("*+?{", 0) == 0 ? 0 : 1;
  }

  void take_quantifier(std::size_t& min, std::size_t& max) {
    if (rest_.empty()) return;
    const char c = rest_.front();
    if (c == '?' || c == '*' || c == '+') {
      min = c == '+' ? 1 : 0;
      max = c == '?' ? 1 : kUnbounded;
      rest_.remove_prefix(1);
    } else if (c == '{') {
      const auto end = rest_.find('}');
      const std::string_view inside = rest_.substr(1, end - 1);
      const auto comma = inside.find(',');
      const auto low = base::to_int(inside.substr(0, comma));
      min = low ? static_cast<std::size_t>(*low) : 0;
      max = min;
      if (comma != std::string_view::npos) {
        const auto high = base::to_int(inside.substr(comma + 1));
        max = high ? static_cast<std::size_t>(*high) : kUnbounded;
      }
      // A bound that stands for a length, not for a shape: checked as a length elsewhere.
      if (max != kUnbounded && max > 256) max = kUnbounded;
      if (min > 256) min = 256;
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    }
  }

  static Set named(char name) {
    Set set(256);
    for (int c = 0; c < 256; ++c) {
      const bool digit = c >= '0' && c <= '9';
      const bool word = digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
      const bool in = name == 'd'   ? digit
                      : name == 'w' ? word
                      : name == 's' ? blank
                      : name == 'S' ? !blank
                      : name == 'D' ? !digit
                                    : name == 'W' && !word;
      set[static_cast<std::size_t>(c)] = in;
    }
    return set;
  }

  static Set characters(std::string_view atom) {
    Set set(256);
    if (atom == ".") return Set(256, true);
    if (atom.front() == '\\') {
      if (std::string_view{"dwsDWS"}.find(atom[1]) != std::string_view::npos) return named(atom[1]);
      set[static_cast<unsigned char>(atom[1])] = true;
      return set;
    }
    if (atom.front() != '[') {
      set[static_cast<unsigned char>(atom.front())] = true;
      return set;
    }
    std::string_view inside = atom.substr(1, atom.size() - 2);
    const bool negated = inside.starts_with('^');
    if (negated) inside.remove_prefix(1);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      char low = inside[i];
      if (low == '\\' && i + 1 < inside.size()) {
        low = inside[++i];
        if (std::string_view{"dwsDWS"}.find(low) != std::string_view::npos) {
          const Set more = named(low);
          for (std::size_t c = 0; c < 256; ++c) set[c] = set[c] || more[c];
          continue;
        }
      }
      char high = low;
      if (i + 2 < inside.size() && inside[i + 1] == '-' && inside[i + 2] != '\\') {
        high = inside[i + 2];
        i += 2;
      }
      for (int c = static_cast<unsigned char>(low); c <= static_cast<unsigned char>(high); ++c)
        set[static_cast<std::size_t>(c)] = true;
    }
    if (negated) set.flip();
    return set;
  }

  std::string_view rest_;
  std::vector<State> states_;
  std::size_t start_ = 0;
  bool good_ = true;
};

struct Violations {
  std::vector<std::string> texts;

  void add(std::string_view value, std::string_view path, std::string_view constraint) {
    texts.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, path, constraint));
  }
};

// The value as Java's toString prints it, which is what AWS's messages show.
std::string java_text(const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Kind::String:
      return *static_cast<const std::string*>(object);
    case Kind::Bool:
      return *static_cast<const bool*>(object) ? "true" : "false";
    case Kind::Integer:
      return fmt::format("{}", *static_cast<const std::int64_t*>(object));
    case Kind::Double:
      return fmt::format("{}", *static_cast<const double*>(object));
    case Kind::Timestamp:
      return base::to_iso8601(*static_cast<const base::Time*>(object));
    case Kind::Blob:
      return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]",
                         static_cast<const Blob*>(object)->bytes.size());
    case Kind::Optional: {
      const void* value = shape.value(object);
      return value == nullptr ? "null" : java_text(shape.element(), value);
    }
    case Kind::List: {
      std::string out = "[";
      for (std::size_t i = 0; i < shape.size(object); ++i)
        out.append(i > 0 ? ", " : "").append(java_text(shape.element(), shape.at(object, i)));
      return out + "]";
    }
    case Kind::Map: {
      std::string out = "{";
      shape.each(object, [&](const std::string& key, const void* value) {
        out.append(out.size() > 1 ? ", " : "").append(key).append("=").append(java_text(shape.element(), value));
      });
      return out + "}";
    }
    case Kind::Struct: {
      std::string out{shape.name};
      out += "(";
      const std::size_t open = out.size();
      for (const Field& field : shape.fields) {
        out.append(out.size() > open ? ", " : "")
            .append(lower_first(field.name))
            .append("=")
            .append(java_text(field.shape(), field.get_const(object)));
      }
      return out + ")";
    }
  }
  return {};
}

std::string shown(const Shape& shape, const void* object) {
  std::string text = java_text(shape, object);
  return "'" + text + "'";
}

void check_value(const Shape& shape, const void* object, const base::Constraints& c, const Path& path,
                 Violations& violations);

void check_struct(const Shape& shape, const void* object, const Path& path, Violations& violations) {
  for (const Field& field : shape.fields)
    check_value(field.shape(), field.get_const(object), *field.constraints, path.member(field.name), violations);
}

// What is wrong with one value, should anything be.
class Check {
 public:
  Check(const Shape& shape, const void* object, const Path& path, Violations& violations)
      : shape_(shape), object_(object), path_(path), violations_(violations) {}

  void violates(std::string_view constraint) const {
    violations_.add(shown(shape_, object_), path_.text(), constraint);
  }
  void bounds(std::int64_t size, std::int64_t min, std::int64_t max, std::string_view what) const {
    if (size < min) violates(fmt::format("Member must have {} greater than or equal to {}", what, min));
    if (size > max) violates(fmt::format("Member must have {} less than or equal to {}", what, max));
  }

 private:
  const Shape& shape_;
  const void* object_;
  const Path& path_;
  Violations& violations_;
};

// Whether the text is one of those in "A, B, C".
bool is_listed(std::string_view text, std::string_view list) {
  for (const std::string_view one : base::split(list, ',')) {
    if (base::trim(one) == text) return true;
  }
  return false;
}

void check_value(const Shape& shape, const void* object, const base::Constraints& c, const Path& path,
                 Violations& violations) {
  const Check check{shape, object, path, violations};
  switch (shape.kind) {
    case Kind::Optional:
      if (const void* value = shape.value(object)) check_value(shape.element(), value, c, path, violations);
      return;
    case Kind::Struct:
      check_struct(shape, object, path, violations);
      return;
    case Kind::String: {
      const auto& text = *static_cast<const std::string*>(object);
      if (!c.one_of.empty() && !is_listed(text, c.one_of))
        check.violates(fmt::format("Member must satisfy enum value set: [{}]", c.one_of));
      if (!c.pattern.empty() && !matches_pattern(text, c.pattern))
        check.violates(fmt::format("Member must satisfy regular expression pattern: {}", c.pattern));
      if (c.length_min != 0 || c.length_max != base::Constraints{}.length_max)
        check.bounds(static_cast<std::int64_t>(base::utf8_length(text)), c.length_min, c.length_max, "length");
      return;
    }
    case Kind::Blob:
      check.bounds(static_cast<std::int64_t>(static_cast<const Blob*>(object)->bytes.size()), c.length_min,
                   c.length_max, "length");
      return;
    case Kind::Integer:
      check.bounds(*static_cast<const std::int64_t*>(object), c.value_min, c.value_max, "value");
      return;
    case Kind::List: {
      const auto size = static_cast<std::int64_t>(shape.size(object));
      check.bounds(size, c.count_min, c.count_max, "length");
      if (size < c.count_min || size > c.count_max) return;
      for (std::size_t i = 0; i < shape.size(object); ++i)
        check_value(shape.element(), shape.at(object, i), {}, path.element(i + 1), violations);
      return;
    }
    case Kind::Map:
      check.bounds(static_cast<std::int64_t>(shape.size(object)), c.count_min, c.count_max, "length");
      shape.each(object, [&](const std::string& key, const void* value) {
        check_value(shape.element(), value, {}, path.entry(key), violations);
      });
      return;
    default:
      return;
  }
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<const Automaton>, std::less<>> compiled;
  const Automaton* automaton = nullptr;
  {
    const std::lock_guard lock{mutex};
    auto it = compiled.find(pattern);
    if (it == compiled.end()) {
      it = compiled.emplace(pattern, nullptr).first;
      it->second = std::make_unique<const Automaton>(it->first);  // borrows from the key, which stays
    }
    automaton = it->second.get();
  }
  return automaton->matches(text);
}

std::string lower_first(std::string_view name) {
  std::string text{name};
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

Result<void> validate(const Shape& shape, const void* object, const std::vector<std::string>& missing) {
  Violations violations;
  for (const std::string& path : missing) violations.add("null", path, "Member must not be null");
  Violations broken;
  check_struct(shape, object, {}, broken);
  for (std::string& text : broken.texts) {
    // A member that was not there is only that, not also too short, nor is anything in it.
    bool is_missing = false;
    for (const std::string& path : missing) {
      for (const char end : {'\'', '.'})
        is_missing = is_missing || text.find(fmt::format(" at '{}{}", path, end)) != std::string::npos;
    }
    if (!is_missing) violations.texts.push_back(std::move(text));
  }
  if (violations.texts.empty()) return {};
  return invalid_input(fmt::format("{} validation error{} detected: {}", violations.texts.size(),
                                   violations.texts.size() == 1 ? "" : "s", fmt::join(violations.texts, "; ")));
}

}  // namespace athanor::api
