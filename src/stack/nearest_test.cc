#include "stack/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace athanor::stack {
namespace {

struct Case {
  std::string_view word;
  std::string_view near;
};

TEST(Nearest, GuessesOnlyWhereAGuessIsGood) {
  static constexpr std::array<std::string_view, 5> kNames = {"MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Name",
                                                             "EventBusName", "Targets"};
  for (const Case& c :
       {Case{"", ""}, Case{"Xyz", ""}, Case{"Colour", ""}, Case{"Target", "Targets"}, Case{"Tragets", "Targets"},
        Case{"name", "Name"}, Case{"MaximumEventAge", "MaximumEventAgeInSeconds"}, Case{"BusName", "EventBusName"},
        Case{"EventBusNaem", "EventBusName"}}) {
    EXPECT_EQ(nearest(c.word, kNames), c.near) << c.word;
  }
}

}  // namespace
}  // namespace athanor::stack
