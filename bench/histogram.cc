#include "bench/histogram.h"

#include <algorithm>
#include <cmath>

namespace athanor::bench {

std::chrono::nanoseconds Histogram::at(double quantile) const {
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * double(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::chrono::nanoseconds{std::min(upper_end(bucket), max_)};
  }
  return std::chrono::nanoseconds{0};
}

std::uint64_t Histogram::upper_end(std::size_t bucket) {
  const std::uint64_t row = bucket >> kSubBits;
  const std::uint64_t column = bucket & ((1ULL << kSubBits) - 1);
  if (row == 0) return column;
  const std::uint64_t shift = row - 1;
  return (((1ULL << kSubBits) + column + 1) << shift) - 1;
}

}  // namespace athanor::bench
