#include "pattern/compiled_rule.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "base/assert.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using Kind = Condition::Kind;

// Every decimal number of so many digits comes back from a double as it was. Source: DBL_DIG of IEEE 754.
constexpr int kDigitsThatSurvive = 15;

// The bytes: rule u64, clauses u32, then each clause: path u32, may be absent u8, and behind their length its
// conditions, each again behind its length: kind u8, ignore case u8, and what its kind needs. A pattern's 4,096
// characters make far less than the 64 KiB that a length of 16 bits can say.
using Length = std::uint16_t;
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

void write(Writer& to, const Condition& c) {
  to.put_sized([&] {
    to.put(c.kind);
    to.put(static_cast<std::uint8_t>(c.ignore_case));
    switch (c.kind) {
      case Kind::Exact:
        to.put(c.type);
        to.put(static_cast<std::uint8_t>(c.number.has_value()));
        if (c.number) to.put(*c.number);
        to.put_text(c.ip_low);
        to.put_text(c.text);
        break;
      case Kind::Prefix:
      case Kind::Suffix:
      case Kind::EqualsIgnoreCase:
      case Kind::Wildcard:
        to.put_text(c.text);
        break;
      case Kind::Numeric:
        to.put(c.low);
        to.put(c.high);
        to.put(static_cast<std::uint8_t>(c.low_open));
        to.put(static_cast<std::uint8_t>(c.high_open));
        break;
      case Kind::IpRange:
        to.put_text(c.ip_low);
        to.put_text(c.ip_high);
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

bool equals_number(double wanted, const ValueView& value) {
  return value.has_number() && value.number() == wanted && value.is_comparable();
}

// One condition; `at` then stands behind it. The same as Condition::accepts.
bool accepts_next(const char*& at, const ValueView& value) {
  const auto size = take<Length>(at);
  const char* in = at;
  at += size;
  const auto kind = take<Kind>(in);
  const bool ignore_case = take<std::uint8_t>(in) != 0;
  const bool is_string = value.kind == JsonKind::String;
  switch (kind) {
    case Kind::Exists:
      return true;
    case Kind::Absent:
      return false;
    case Kind::Exact: {
      if (take<JsonKind>(in) != value.kind) return false;
      const bool has_number = take<std::uint8_t>(in) != 0;
      const double number = has_number ? take<double>(in) : 0;
      const std::string_view address = take_text(in);
      if (take_text(in) == value.text) return true;
      if (has_number) return equals_number(number, value);
      return !address.empty() && ip_digits(value.text) == address;
    }
    case Kind::Prefix:
      return is_string && (ignore_case ? starts_with_ignoring_case(value.text, take_text(in))
                                       : value.text.starts_with(take_text(in)));
    case Kind::Suffix:
      return is_string &&
             (ignore_case ? ends_with_ignoring_case(value.text, take_text(in)) : value.text.ends_with(take_text(in)));
    case Kind::EqualsIgnoreCase:
      return is_string && equals_ignore_case(value.text, take_text(in));
    case Kind::Wildcard:
      return is_string && wildcard_matches(take_text(in), value.text);
    case Kind::Numeric: {
      if (value.kind != JsonKind::Number || !value.has_number()) return false;
      const double n = value.number();
      const auto low = take<double>(in);
      const auto high = take<double>(in);
      const bool low_open = take<std::uint8_t>(in) != 0;
      const bool high_open = take<std::uint8_t>(in) != 0;
      return (low_open ? n > low : n >= low) && (high_open ? n < high : n <= high) && value.is_comparable();
    }
    case Kind::IpRange: {
      const auto digits = is_string ? ip_digits(value.text) : std::nullopt;
      const std::string_view low = take_text(in);
      return digits && *digits >= low && *digits <= take_text(in);
    }
    case Kind::AnythingBut:
      while (in < at) {
        if (accepts_next(in, value)) return false;
      }
      return true;
  }
  return false;
}

bool survives_a_double(std::string_view text) {
  int digits = 0;
  for (const char c : text) {
    if (c == 'e' || c == 'E') return false;
    digits += c >= '0' && c <= '9';
  }
  return digits <= kDigitsThatSurvive;
}

}  // namespace

bool ValueView::has_number() const {
  if (known_ == Known::Nothing) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number_);
    const bool good = error == std::errc{} && end == text.data() + text.size() && std::isfinite(number_);
    known_ = !good ? Known::NoDouble : survives_a_double(text) ? Known::Comparable : Known::Double;
  }
  return known_ != Known::NoDouble;
}

double ValueView::number() const { return number_; }

bool ValueView::is_comparable() const {
  if (has_number() && known_ == Known::Double)
    known_ = comparable_number(text) ? Known::Comparable : Known::NotComparable;
  return known_ == Known::Comparable;
}

CompiledRule CompiledRule::compile(std::uint64_t rule, const Alternative& alternative,
                                   const std::function<std::uint32_t(std::string_view)>& path_number) {
  Writer to;
  to.put(rule);
  to.put(static_cast<std::uint32_t>(alternative.size()));
  for (const auto& [path, conditions] : alternative) {
    to.put(path_number(path));
    bool may_be_absent = false;
    for (const Condition& c : conditions) may_be_absent = may_be_absent || c.kind == Kind::Absent;
    to.put(static_cast<std::uint8_t>(may_be_absent));
    to.put_sized([&] {
      for (const Condition& c : conditions) write(to, c);
    });
  }
  auto bytes = std::make_shared_for_overwrite<char[]>(to.out.size());
  std::memcpy(bytes.get(), to.out.data(), to.out.size());
  return CompiledRule{std::move(bytes)};
}

std::uint64_t CompiledRule::rule() const {
  const char* at = bytes_.get();
  return take<std::uint64_t>(at);
}

std::uint32_t CompiledRule::clause_count() const {
  const char* at = bytes_.get() + sizeof(std::uint64_t);
  return take<std::uint32_t>(at);
}

const char* CompiledRule::clauses() const { return bytes_.get() + sizeof(std::uint64_t) + sizeof(std::uint32_t); }

CompiledRule::Clause CompiledRule::read(const char*& at) {
  Clause clause;
  clause.path_ = take<std::uint32_t>(at);
  clause.may_be_absent_ = take<std::uint8_t>(at) != 0;
  const auto size = take<Length>(at);
  clause.begin_ = at;
  at += size;
  clause.end_ = at;
  return clause;
}

bool CompiledRule::Clause::accepts(const ValueView& value) const {
  for (const char* at = begin_; at < end_;) {
    if (accepts_next(at, value)) return true;
  }
  return false;
}

}  // namespace athanor::pattern
