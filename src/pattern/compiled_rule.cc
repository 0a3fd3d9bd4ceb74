#include "pattern/compiled_rule.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <type_traits>

#include "base/assert.h"
#include "pattern/short_text.h"
#include "pattern/sorted_conditions.h"

namespace athanor::pattern {
namespace {

using namespace rule_bytes;

using format::JsonKind;
using Kind = Condition::Kind;

struct Writer {
  std::string out;
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_length(std::size_t size) {
    ATHANOR_ASSERT(size <= std::numeric_limits<Length>::max());
    put(static_cast<Length>(size));
  }
  void put_text(std::string_view text) {
    put_length(text.size());
    out += text;
  }
  // Calls `body` and puts the number of bytes it wrote before them.
  template <class Body>
  void put_sized(Body body) {
    const std::size_t at = out.size();
    put_length(0);
    body();
    const std::size_t size = out.size() - at - sizeof(Length);
    ATHANOR_ASSERT(size <= std::numeric_limits<Length>::max());
    const auto length = static_cast<Length>(size);
    std::memcpy(out.data() + at, &length, sizeof length);
  }
};

std::string_view take_text(const char*& at) {
  const auto size = take<Length>(at);
  const std::string_view text{at, size};
  at += size;
  return text;
}

std::uint8_t flags_of(const Condition& c) {
  return static_cast<std::uint8_t>((c.ignore_case ? kIgnoreCase : 0) | (c.number ? kHasNumber : 0) |
                                   (c.kind == Kind::Exact && !c.ip_low.empty() ? kIsAddress : 0) |
                                   (c.low_open ? kLowOpen : 0) | (c.high_open ? kHighOpen : 0));
}

void write_range(Writer& to, const Condition& c) {
  to.put(c.low);
  to.put(c.high);
}

void write(Writer& to, const Condition& c);

void write(Writer& to, const std::vector<Condition>& list) {
  std::vector<const Condition*> conditions;
  for (const Condition& c : list) conditions.push_back(&c);
  const auto sorted = take_sorted(conditions);
  for (const Condition* c : conditions) write(to, *c);
  for (const auto& [kind, bytes] : sorted) {
    to.put_sized([&] {
      to.put(kind);
      to.put(static_cast<std::uint8_t>(kSorted));
      to.out += bytes;
    });
  }
}

void write(Writer& to, const Condition& c) {
  to.put_sized([&] {
    to.put(c.kind);
    to.put(flags_of(c));
    switch (c.kind) {
      case Kind::Exact:
        to.put(c.type);
        if (c.number) to.put(*c.number);
        if (!c.ip_low.empty()) to.put_text(c.ip_low);
        to.out += c.text;
        break;
      case Kind::Prefix:
      case Kind::Suffix:
      case Kind::EqualsIgnoreCase:
      case Kind::Wildcard:
        to.out += c.text;
        break;
      case Kind::Numeric:
        write_range(to, c);
        break;
      case Kind::IpRange:
        to.put_text(c.ip_low);
        to.out += c.ip_high;
        break;
      case Kind::AnythingBut:
        write(to, c.but);
        break;
      case Kind::Exists:
      case Kind::Absent:
        break;
    }
  });
}

// Writes what follows the path of a clause.
void write_clause(Writer& to, const std::vector<Condition>& conditions) {
  if (conditions.size() == 1 && conditions.front().kind == Kind::Numeric) {
    to.put(static_cast<std::uint8_t>(kIsRange | flags_of(conditions.front())));
    write_range(to, conditions.front());
    return;
  }
  const bool may_be_absent =
      std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) { return c.kind == Kind::Absent; });
  to.put(static_cast<std::uint8_t>(may_be_absent ? kMayBeAbsent : 0));
  to.put_sized([&] { write(to, conditions); });
}

// Evaluates one condition and moves `at` past it. The same as Condition::accepts.
bool accepts_next(const char*& at, const ValueView& value) {
  const auto size = take<Length>(at);
  const char* in = at;
  at += size;
  const auto kind = take<Kind>(in);
  const auto flags = take<std::uint8_t>(in);
  const bool ignore_case = (flags & kIgnoreCase) != 0;
  const bool is_string = value.kind == JsonKind::String;
  const auto rest = [&] { return std::string_view{in, static_cast<std::size_t>(at - in)}; };
  if ((flags & kSorted) != 0) return accepts_sorted(kind, rest(), value);
  switch (kind) {
    case Kind::Exists:
      return true;
    case Kind::Absent:
      return false;
    case Kind::Exact: {
      if (take<JsonKind>(in) != value.kind) return false;
      std::optional<double> number;
      if ((flags & kHasNumber) != 0) number = take<double>(in);
      std::string_view address;
      if ((flags & kIsAddress) != 0) address = take_text(in);
      if (same_text(rest(), value.text)) return true;
      if (number) return value.is_within({*number, *number, false, false});
      return !address.empty() && ip_digits(value.text) == address;
    }
    case Kind::Prefix:
      return is_string &&
             (ignore_case ? starts_with_ignoring_case(value.text, rest()) : begins_with(value.text, rest()));
    case Kind::Suffix:
      return is_string && (ignore_case ? ends_with_ignoring_case(value.text, rest()) : ends_with(value.text, rest()));
    case Kind::EqualsIgnoreCase:
      return is_string && equals_ignore_case(value.text, rest());
    case Kind::Wildcard:
      if (!is_string) return false;
      if (value.wildcards != nullptr) {
        if (const bool* verdict = value.wildcards->find(rest())) return *verdict;
      }
      return wildcard_matches(rest(), value.text);
    case Kind::Numeric:
      return value.is_within(take_range(in, flags));
    case Kind::IpRange: {
      const auto digits = is_string ? ip_digits(value.text) : std::nullopt;
      const std::string_view low = take_text(in);
      return digits && *digits >= low && *digits <= rest();
    }
    case Kind::AnythingBut:
      while (in < at) {
        if (accepts_next(in, value)) return false;
      }
      return true;
  }
  return false;
}

void collect_wildcards(const char* at, const char* end, std::vector<std::string_view>& to) {
  while (at < end) {
    const auto size = take<Length>(at);
    const char* in = at;
    at += size;
    const auto kind = take<Kind>(in);
    take<std::uint8_t>(in);
    if (kind == Kind::Wildcard) to.emplace_back(in, static_cast<std::size_t>(at - in));
    if (kind == Kind::AnythingBut) collect_wildcards(in, at, to);
  }
}

}  // namespace

CompiledRule CompiledRule::compile(std::uint64_t rule, const EventPattern& pattern,
                                   std::span<const std::uint32_t> paths, std::vector<std::uint32_t>& alternatives) {
  Writer to;
  to.put(rule);
  std::vector<std::size_t> clauses;  // where each begins
  for (std::size_t i = 0; i < paths.size(); ++i) {
    clauses.push_back(to.out.size());
    to.put(paths[i]);
    write_clause(to, pattern.clauses()[i].conditions);
  }
  alternatives.clear();
  for (const Alternative& alternative : pattern.alternatives()) {
    alternatives.push_back(static_cast<std::uint32_t>(to.out.size()));
    to.put_length(alternative.size());
    for (const PatternClause* clause : alternative) to.put_length(clauses[pattern.number_of(clause)]);
  }
  Block* const block = new (::operator new(sizeof(Block) + to.out.size())) Block;
  std::memcpy(block + 1, to.out.data(), to.out.size());
  return CompiledRule{block};
}

CompiledRule::CompiledRule(const CompiledRule& other) : block_(other.block_) {
  if (block_ != nullptr) block_->holders.fetch_add(1, std::memory_order_relaxed);
}

void CompiledRule::release() {
  if (block_ == nullptr || block_->holders.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

void CompiledRule::Clauses::add_wildcards(std::uint32_t path, std::vector<std::string_view>& to) const {
  all([&](const Clause& clause) {
    if (clause.path() == path && !clause.is_range_) collect_wildcards(clause.begin_, clause.end_, to);
    return true;
  });
}

bool CompiledRule::Clause::accepts_one(const ValueView& value) const {
  for (const char* at = begin_; at < end_;) {
    if (accepts_next(at, value)) return true;
  }
  return false;
}

}  // namespace athanor::pattern
