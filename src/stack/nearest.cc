#include "stack/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "base/text.h"

namespace athanor::stack {
namespace {

// Letters inserted, left out, replaced, or swapped with their neighbour.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above.back();
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kWordMax = 64;  // longer ones are not typing mistakes
  if (word.empty() || word.size() > kWordMax) return {};
  const std::string lower = base::to_lower_ascii(word);
  std::string_view best;
  std::size_t best_edits = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const std::string other = base::to_lower_ascii(candidate);
    const std::size_t edits = edits_between(lower, other);
    if (edits < best_edits) {
      best = candidate;
      best_edits = edits;
    }
  }
  if (!best.empty() || word.size() < 4) return best;
  for (const auto candidate : candidates) {
    const std::string other = base::to_lower_ascii(candidate);
    if (other.starts_with(lower) || other.ends_with(lower)) return candidate;
  }
  return {};
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format(", did you mean {}?", near);
}

}  // namespace athanor::stack
