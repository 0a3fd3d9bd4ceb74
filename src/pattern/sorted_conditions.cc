#include "pattern/sorted_conditions.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "pattern/rule_bytes.h"

namespace athanor::pattern {
namespace {

using namespace rule_bytes;

using format::JsonKind;
using Kind = Condition::Kind;

constexpr std::size_t kWorthSorting = 9;

template <class T>
void put(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// --- Texts: where each ends, u16, then the texts, in byte order.

// A character of a text as its kind compares it: suffixes from the end, and ASCII letters without their case where that
// does not matter. No other character differs from one of those only in case (code_points.h).
unsigned char compared(Kind kind, std::string_view text, std::size_t i) {
  const char c = kind == Kind::Suffix ? text[text.size() - 1 - i] : text[i];
  const bool is_folded = kind == Kind::EqualsIgnoreCase && c >= 'A' && c <= 'Z';
  return static_cast<unsigned char>(is_folded ? c | 32 : c);
}

std::string texts_bytes(Kind kind, const std::vector<const Condition*>& conditions) {
  std::vector<std::string> texts;
  for (const Condition* c : conditions) {
    std::string& text = texts.emplace_back();
    for (std::size_t i = 0; i < c->text.size(); ++i) text += static_cast<char>(compared(kind, c->text, i));
  }
  std::sort(texts.begin(), texts.end());
  // A text that begins with another is redundant. Without it, only the text sorted just before a value can be its
  // beginning.
  const bool is_affix = kind == Kind::Prefix || kind == Kind::Suffix;
  const auto last = std::unique(texts.begin(), texts.end(), [&](const std::string& a, const std::string& b) {
    return is_affix ? b.starts_with(a) : a == b;
  });
  texts.erase(last, texts.end());
  std::string bytes;
  put(bytes, static_cast<Length>(texts.size()));
  std::size_t end = 0;
  for (const std::string& text : texts) put(bytes, static_cast<Length>(end += text.size()));
  for (const std::string& text : texts) bytes += text;
  return bytes;
}

class Texts {
 public:
  explicit Texts(const char* at) : size_(take<Length>(at)), ends_(at), texts_(at + size_ * sizeof(Length)) {}
  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : end(i - 1);
    return {texts_ + begin, end(i) - begin};
  }

 private:
  std::size_t end(std::size_t i) const {
    const char* at = ends_ + i * sizeof(Length);
    return take<Length>(at);
  }

  std::size_t size_;
  const char* ends_;
  const char* texts_;
};

// How many of the items from 0 to `size` come before the first that is behind, by binary search.
template <class IsBehind>
std::size_t count_until(std::size_t size, IsBehind is_behind) {
  std::size_t low = 0;
  while (low < size) {
    const std::size_t middle = low + (size - low) / 2;
    if (is_behind(middle))
      size = middle;
    else
      low = middle + 1;
  }
  return low;
}

bool has_text(Kind kind, const Texts& texts, std::string_view value) {
  // How many leading characters the two share.
  const auto common = [&](std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && i < value.size() && static_cast<unsigned char>(text[i]) == compared(kind, value, i)) ++i;
    return i;
  };
  const std::size_t behind = count_until(texts.size(), [&](std::size_t i) {
    const std::string_view text = texts[i];
    const std::size_t same = common(text);
    return same < text.size() &&
           (same == value.size() || static_cast<unsigned char>(text[same]) > compared(kind, value, same));
  });
  if (behind == 0) return false;
  const std::string_view text = texts[behind - 1];
  const bool is_affix = kind == Kind::Prefix || kind == Kind::Suffix;
  return (is_affix || text.size() == value.size()) && common(text) == text.size();
}

// --- Numbers: disjoint ranges, each low f64, high f64, flags u8.

constexpr std::size_t kRangeBytes = 2 * sizeof(double) + 1;

std::string numbers_bytes(const std::vector<const Condition*>& conditions) {
  std::vector<NumberRange> ranges;
  for (const Condition* c : conditions) {
    ranges.push_back(c->number ? NumberRange{*c->number, *c->number, false, false}
                               : NumberRange{c->low, c->high, c->low_open, c->high_open});
  }
  std::sort(ranges.begin(), ranges.end(), [](const NumberRange& a, const NumberRange& b) {
    return std::pair{a.low, a.low_open} < std::pair{b.low, b.low_open};
  });
  std::vector<NumberRange> apart;
  for (const NumberRange& next : ranges) {
    const bool meets =
        !apart.empty() &&
        (next.low < apart.back().high || (next.low == apart.back().high && !(next.low_open && apart.back().high_open)));
    if (!meets) {
      apart.push_back(next);
    } else if (std::pair{next.high, !next.high_open} > std::pair{apart.back().high, !apart.back().high_open}) {
      apart.back().high = next.high;
      apart.back().high_open = next.high_open;
    }
  }
  std::string bytes;
  for (const NumberRange& range : apart) {
    put(bytes, range.low);
    put(bytes, range.high);
    put(bytes, static_cast<std::uint8_t>((range.low_open ? kLowOpen : 0) | (range.high_open ? kHighOpen : 0)));
  }
  return bytes;
}

bool has_number(std::string_view bytes, const ValueView& value) {
  const auto number = value.comparable();
  if (!number) return false;
  const std::size_t behind = count_until(bytes.size() / kRangeBytes, [&](std::size_t i) {
    const char* at = bytes.data() + i * kRangeBytes;
    return take<double>(at) > *number;
  });
  if (behind == 0) return false;
  const char* at = bytes.data() + (behind - 1) * kRangeBytes;
  return value.is_within(take_range(at, static_cast<unsigned char>(at[kRangeBytes - 1])));
}

// --- Addresses: disjoint ranges, as texts, the lowest and the highest digits of each.

std::string addresses_bytes(const std::vector<const Condition*>& conditions) {
  std::vector<std::pair<std::string_view, std::string_view>> ranges;
  for (const Condition* c : conditions)
    ranges.emplace_back(c->ip_low, c->kind == Kind::Exact ? std::string_view{c->ip_low} : c->ip_high);
  std::sort(ranges.begin(), ranges.end());
  std::vector<std::string_view> bounds;
  for (const auto& [low, high] : ranges) {
    if (!bounds.empty() && low <= bounds.back()) {
      bounds.back() = std::max(bounds.back(), high);
    } else {
      bounds.push_back(low);
      bounds.push_back(high);
    }
  }
  std::string bytes;
  put(bytes, static_cast<Length>(bounds.size()));
  std::size_t end = 0;
  for (const std::string_view bound : bounds) put(bytes, static_cast<Length>(end += bound.size()));
  for (const std::string_view bound : bounds) bytes += bound;
  return bytes;
}

bool has_address(const Texts& bounds, std::string_view text) {
  const auto digits = ip_digits(text);
  if (!digits) return false;
  const std::size_t behind = count_until(bounds.size() / 2, [&](std::size_t i) { return bounds[2 * i] > *digits; });
  return behind > 0 && *digits <= bounds[2 * behind - 1];
}

// What a condition can be sorted with; nullopt for those checked one by one.
using Group = std::pair<Kind, JsonKind>;
std::optional<Group> group_of(const Condition& c) {
  if (c.ignore_case) return std::nullopt;
  switch (c.kind) {
    case Kind::Exact:
      if (!c.ip_low.empty()) return Group{Kind::IpRange, JsonKind::String};
      if (c.number) return Group{Kind::Numeric, JsonKind::Number};
      return Group{Kind::Exact, c.type};
    case Kind::EqualsIgnoreCase:
      if (!is_ascii(c.text)) return std::nullopt;
      return Group{c.kind, JsonKind::String};
    case Kind::Prefix:
    case Kind::Suffix:
    case Kind::IpRange:
      return Group{c.kind, JsonKind::String};
    case Kind::Numeric:
      return Group{c.kind, JsonKind::Number};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<SortedConditions> take_sorted(std::vector<const Condition*>& conditions) {
  if (conditions.size() < kWorthSorting) return {};
  std::map<Group, std::vector<const Condition*>> groups;
  std::vector<const Condition*> walked;
  for (const Condition* c : conditions) {
    const auto group = group_of(*c);
    (group ? groups[*group] : walked).push_back(c);
  }
  std::vector<SortedConditions> sorted;
  for (const auto& [group, members] : groups) {
    const auto& [kind, type] = group;
    if (members.size() < kWorthSorting) {
      walked.insert(walked.end(), members.begin(), members.end());
      continue;
    }
    std::string& bytes = sorted.emplace_back(SortedConditions{kind, {}}).bytes;
    put(bytes, type);
    bytes += kind == Kind::Numeric   ? numbers_bytes(members)
             : kind == Kind::IpRange ? addresses_bytes(members)
                                     : texts_bytes(kind, members);
  }
  conditions = std::move(walked);
  return sorted;
}

bool accepts_sorted(Kind kind, std::string_view bytes, const ValueView& value) {
  const char* at = bytes.data();
  if (take<JsonKind>(at) != value.kind) return false;
  if (kind == Kind::Numeric) return has_number(bytes.substr(sizeof(JsonKind)), value);
  if (kind == Kind::IpRange) return has_address(Texts{at}, value.text);
  return has_text(kind, Texts{at}, value.text);
}

}  // namespace athanor::pattern
