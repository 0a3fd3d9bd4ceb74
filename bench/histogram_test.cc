#include "bench/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace athanor::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, IsZeroWithoutValues) { EXPECT_EQ(Histogram{}.at(0.5), nanoseconds{0}); }

TEST(Histogram, IsExactForSmallValuesAndAtTheMaximum) {
  Histogram histogram;
  for (const int value : {1, 2, 3, 63, 1'000'003}) histogram.record(nanoseconds{value});
  EXPECT_EQ(histogram.at(0.2), nanoseconds{1});
  EXPECT_EQ(histogram.at(0.6), nanoseconds{3});
  EXPECT_EQ(histogram.at(0.8), nanoseconds{63});
  EXPECT_EQ(histogram.at(1), nanoseconds{1'000'003});
  EXPECT_EQ(histogram.max(), nanoseconds{1'000'003});
}

TEST(Histogram, TakesWhatIsNegativeForZero) {
  Histogram histogram;
  histogram.record(nanoseconds{-5});
  EXPECT_EQ(histogram.at(1), nanoseconds{0});
}

// Compared with the sorted values themselves: never below the true quantile, and at most 1.6 % above it.
TEST(Histogram, IsWithinOneSixtyFourthOfTheTrueQuantile) {
  base::Random random{7};
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(random.next() >> (24 + random.below(40)));
    histogram.record(nanoseconds{values.back()});
  }
  std::sort(values.begin(), values.end());
  for (int permille = 1; permille <= 1'000; ++permille) {
    const double quantile = permille / 1'000.0;
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * double(values.size())));
    const double truth = double(values[rank - 1]);
    const double told = double(histogram.at(quantile).count());
    EXPECT_GE(told, truth) << quantile;
    EXPECT_LE(told, truth * (1 + 1.0 / 64)) << quantile;
  }
}

}  // namespace
}  // namespace athanor::bench
