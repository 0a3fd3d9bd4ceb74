#include "pattern/code_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace athanor::pattern {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(CodePoints, KnowAllTheirCases) {
  EXPECT_THAT(same_but_for_case(U'k'), ElementsAre(U'K'));  // and not the Kelvin sign
  EXPECT_THAT(same_but_for_case(U'\u212A'), IsEmpty());
  EXPECT_THAT(same_but_for_case(U'É'), ElementsAre(U'é'));
  EXPECT_THAT(same_but_for_case(U'ß'), IsEmpty());
  EXPECT_THAT(same_but_for_case(U'\u01C4'), UnorderedElementsAre(U'\u01C5', U'\u01C6'));  // DŽ, Dž, dž
  EXPECT_THAT(same_but_for_case(U'\U0001E922'), ElementsAre(U'\U0001E900'));
  EXPECT_THAT(same_but_for_case(U'1'), IsEmpty());
  for (char32_t c = 0; c < 0x20000; ++c) {
    for (const char32_t other : same_but_for_case(c))
      ASSERT_TRUE(other != c && same_but_for_case(c, other)) << std::uint32_t{c};
  }
}

}  // namespace
}  // namespace athanor::pattern
