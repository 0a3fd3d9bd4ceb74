#include "pattern/lint/number_set.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

#include "pattern/explain/condition_words.h"

namespace athanor::pattern {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

std::int64_t place_of(double number) {
  const auto bits = std::bit_cast<std::int64_t>(std::abs(number));
  return number < 0 ? -bits : bits;
}

double number_at(std::int64_t place) {
  const double size = std::bit_cast<double>(place < 0 ? -place : place);
  return place < 0 ? -size : size;
}

const std::int64_t kFirst = place_of(-kLargest);
const std::int64_t kLast = place_of(kLargest);

}  // namespace

NumberSet NumberSet::between(double low, bool low_open, double high, bool high_open) {
  NumberSet set;
  const std::int64_t first = std::isfinite(low) ? place_of(low) + (low_open ? 1 : 0) : kFirst;
  const std::int64_t last = std::isfinite(high) ? place_of(high) - (high_open ? 1 : 0) : kLast;
  if (first <= last && first <= kLast && last >= kFirst) set.ranges_.emplace_back(first, last);
  return set;
}

NumberSet NumberSet::written(std::string text) {
  NumberSet set;
  set.texts_.insert(std::move(text));
  return set;
}

NumberSet NumberSet::complement() const {
  NumberSet set;
  set.texts_ = texts_;
  set.all_texts_but_ = !all_texts_but_;
  std::int64_t next = kFirst;
  for (const Range& range : ranges_) {
    if (next < range.first) set.ranges_.emplace_back(next, range.first - 1);
    next = range.second + 1;
  }
  if (next <= kLast) set.ranges_.emplace_back(next, kLast);
  return set;
}

NumberSet NumberSet::operator&(const NumberSet& other) const {
  NumberSet set;
  for (auto a = ranges_.begin(), b = other.ranges_.begin(); a != ranges_.end() && b != other.ranges_.end();) {
    const std::int64_t first = std::max(a->first, b->first);
    const std::int64_t last = std::min(a->second, b->second);
    if (first <= last) set.ranges_.emplace_back(first, last);
    if (a->second < b->second)
      ++a;
    else
      ++b;
  }
  set.all_texts_but_ = all_texts_but_ && other.all_texts_but_;
  const auto into = std::inserter(set.texts_, set.texts_.end());
  if (set.all_texts_but_) {
    std::set_union(texts_.begin(), texts_.end(), other.texts_.begin(), other.texts_.end(), into);
  } else if (all_texts_but_) {
    std::set_difference(other.texts_.begin(), other.texts_.end(), texts_.begin(), texts_.end(), into);
  } else if (other.all_texts_but_) {
    std::set_difference(texts_.begin(), texts_.end(), other.texts_.begin(), other.texts_.end(), into);
  } else {
    std::set_intersection(texts_.begin(), texts_.end(), other.texts_.begin(), other.texts_.end(), into);
  }
  return set;
}

bool NumberSet::contains(std::string_view text) const {
  const auto number = comparable_number(text);
  if (!number) return texts_.contains(text) != all_texts_but_;
  const std::int64_t place = place_of(*number);
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return place >= range.first && place <= range.second; });
}

std::optional<std::string> NumberSet::member() const {
  std::optional<std::string> best;
  const auto offer = [&](std::string text) {
    if (!best || text.size() < best->size()) best = std::move(text);
  };
  for (const auto& [first, last] : ranges_) {
    const double low = number_at(first);
    const double high = number_at(last);
    for (const double number : {0.0, std::ceil(low), std::floor(high), low}) {
      const std::int64_t place = place_of(number);
      if (place >= first && place <= last) offer(number_text(number_at(place)));
    }
  }
  if (best) return best;
  if (!all_texts_but_) return texts_.empty() ? std::nullopt : std::optional{*texts_.begin()};
  // A number that no double holds: too large for one.
  for (int power = 400;; ++power) {
    if (std::string text = "1e" + std::to_string(power); !texts_.contains(text)) return text;
  }
}

}  // namespace athanor::pattern
