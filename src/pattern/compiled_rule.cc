#include "pattern/compiled_rule.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <type_traits>

#include "base/assert.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using Kind = Condition::Kind;

// Every decimal number of so many digits comes back from a double as it was. Source: DBL_DIG of IEEE 754.
constexpr int kDigitsThatSurvive = 15;

// The bytes: rule u64, clauses u16, then each clause: path u32, flags u8, and either the one range that it is, or
// behind their length its conditions, each again behind its length: kind u8, flags u8, and what its kind needs; a text
// at the end needs no length. A pattern's 4,096 characters make far less than the 64 KiB that a length of 16 bits can
// say.
using Length = std::uint16_t;

enum ClauseFlags : std::uint8_t { kMayBeAbsent = 1, kIsRange = 2 };
enum ConditionFlags : std::uint8_t { kIgnoreCase = 1, kHasNumber = 2, kIsAddress = 4, kLowOpen = 8, kHighOpen = 16 };

struct Writer {
  std::string out;
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put_length(text.size());
    out += text;
  }
  // Calls `body`, and puts the number of bytes that it wrote in front of them.
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

 private:
  void put_length(std::size_t size) {
    ATHANOR_ASSERT(size <= std::numeric_limits<Length>::max());
    put(static_cast<Length>(size));
  }
};

template <class T>
T take(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

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

NumberRange take_range(const char*& at, unsigned flags) {
  const auto low = take<double>(at);
  const auto high = take<double>(at);
  return {low, high, (flags & kLowOpen) != 0, (flags & kHighOpen) != 0};
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
        for (const Condition& other : c.but) write(to, other);
        break;
      case Kind::Exists:
      case Kind::Absent:
        break;
    }
  });
}

// One condition; `at` then stands behind it. The same as Condition::accepts.
bool accepts_next(const char*& at, const ValueView& value) {
  const auto size = take<Length>(at);
  const char* in = at;
  at += size;
  const auto kind = take<Kind>(in);
  const auto flags = take<std::uint8_t>(in);
  const bool ignore_case = (flags & kIgnoreCase) != 0;
  const bool is_string = value.kind == JsonKind::String;
  const auto rest = [&] { return std::string_view{in, static_cast<std::size_t>(at - in)}; };
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
      if (rest() == value.text) return true;
      if (number) return value.is_within({*number, *number, false, false});
      return !address.empty() && ip_digits(value.text) == address;
    }
    case Kind::Prefix:
      return is_string &&
             (ignore_case ? starts_with_ignoring_case(value.text, rest()) : value.text.starts_with(rest()));
    case Kind::Suffix:
      return is_string && (ignore_case ? ends_with_ignoring_case(value.text, rest()) : value.text.ends_with(rest()));
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

// Eight characters, the first in the lowest byte: whether all are digits, and the number that they are. Three
// multiplications make pairs of one-digit numbers, then pairs of those.
bool are_digits(std::uint64_t eight) {
  return (((eight + 0x4646'4646'4646'4646ULL) | (eight - 0x3030'3030'3030'3030ULL)) & 0x8080'8080'8080'8080ULL) == 0;
}
std::uint64_t number_of(std::uint64_t eight) {
  eight -= 0x3030'3030'3030'3030ULL;
  eight = eight * 10 + (eight >> 8);
  const std::uint64_t even = (eight & 0x0000'00FF'0000'00FFULL) * (100 + (1'000'000ULL << 32));
  const std::uint64_t odd = ((eight >> 16) & 0x0000'00FF'0000'00FFULL) * (1 + (10'000ULL << 32));
  return (even + odd) >> 32 & 0xFFFF'FFFF;
}

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
constexpr int kDigitsEstimated = 18;
constexpr std::uint64_t kWholePowersOfTen[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};

// Adds the digits from `at` to the end of the text behind those read before. False when not all of it are digits.
bool take_digits(std::string_view text, const char* at, std::uint64_t& digits) {
  const char* const end = text.data() + text.size();
  std::uint64_t eight;
  for (; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, 8);
    if (!are_digits(eight)) return false;
    digits = digits * 100'000'000 + number_of(eight);
  }
  const auto left = end - at;
  if (left == 0) return true;
  if (text.size() < 8) {
    for (; at != end && *at >= '0' && *at <= '9'; ++at) digits = digits * 10 + static_cast<unsigned>(*at - '0');
    return at == end;
  }
  // The last eight characters, with zeros in place of those that were read before.
  std::memcpy(&eight, end - 8, 8);
  const auto known = static_cast<unsigned>(8 - left) * 8;
  eight = (eight & (~std::uint64_t{0} << known)) | (0x3030'3030'3030'3030ULL & ~(~std::uint64_t{0} << known));
  if (!are_digits(eight)) return false;
  digits = digits * kWholePowersOfTen[left] + number_of(eight);
  return true;
}

}  // namespace

// Of plain decimal numbers; with 15 digits the estimate is the number.
void ValueView::estimate() const {
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  const bool negative = at != end && *at == '-';
  at += negative;
  std::uint64_t digits = 0;
  const char* const first = at;
  for (; at != end && *at >= '0' && *at <= '9'; ++at) digits = digits * 10 + static_cast<unsigned>(*at - '0');
  auto count = at - first;
  std::ptrdiff_t behind_point = 0;
  if (at != end && *at == '.') {
    behind_point = end - at - 1;
    count += behind_point;
    if (count <= kDigitsEstimated && take_digits(text, at + 1, digits)) at = end;
  }
  if (at != end || count > kDigitsEstimated) {
    static_cast<void>(comparable());
    return;
  }
  // Both are exact up to 2^53, so that with 15 digits the division rounds once, and rightly.
  number_ = static_cast<double>(digits) / kPowersOfTen[behind_point];
  if (negative) number_ = -number_;
  known_ = count <= kDigitsThatSurvive ? Known::Comparable : Known::Estimate;
}

std::optional<double> ValueView::comparable() const {
  if (kind != JsonKind::Number) return std::nullopt;
  if (known_ == Known::Nothing || known_ == Known::Estimate) {
    const auto number = comparable_number(text);
    known_ = number ? Known::Comparable : Known::NotComparable;
    number_ = number.value_or(0);
  }
  return known_ == Known::Comparable ? std::optional{number_} : std::nullopt;
}

// --- The rule.

// Its bytes, and how many hold them.
struct CompiledRule::Block {
  std::atomic<std::uint32_t> holders{1};
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

CompiledRule CompiledRule::compile(std::uint64_t rule, const Alternative& alternative,
                                   const std::function<std::uint32_t(std::string_view)>& path_number) {
  Writer to;
  to.put(rule);
  to.put(static_cast<Length>(alternative.size()));
  for (const auto& [path, conditions] : alternative) {
    to.put(path_number(path));
    if (conditions.size() == 1 && conditions.front().kind == Kind::Numeric) {
      to.put(static_cast<std::uint8_t>(kIsRange | flags_of(conditions.front())));
      write_range(to, conditions.front());
      continue;
    }
    const bool may_be_absent =
        std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) { return c.kind == Kind::Absent; });
    to.put(static_cast<std::uint8_t>(may_be_absent ? kMayBeAbsent : 0));
    to.put_sized([&] {
      for (const Condition& c : conditions) write(to, c);
    });
  }
  Block* const block = new (::operator new(sizeof(Block) + to.out.size())) Block;
  std::memcpy(block->bytes(), to.out.data(), to.out.size());
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

std::uint64_t CompiledRule::rule() const {
  const char* at = block_->bytes();
  return take<std::uint64_t>(at);
}

std::uint32_t CompiledRule::clause_count() const {
  const char* at = block_->bytes() + sizeof(std::uint64_t);
  return take<Length>(at);
}

const char* CompiledRule::clauses() const { return block_->bytes() + sizeof(std::uint64_t) + sizeof(Length); }

CompiledRule::Clause CompiledRule::read(const char*& at) {
  Clause clause;
  clause.path_ = take<std::uint32_t>(at);
  const auto flags = take<std::uint8_t>(at);
  clause.may_be_absent_ = (flags & kMayBeAbsent) != 0;
  clause.is_range_ = (flags & kIsRange) != 0;
  if (clause.is_range_) {
    clause.range_ = take_range(at, flags);
    return clause;
  }
  const auto size = take<Length>(at);
  clause.begin_ = at;
  at += size;
  clause.end_ = at;
  return clause;
}

void CompiledRule::add_wildcards(std::uint32_t path, std::vector<std::string_view>& to) const {
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
