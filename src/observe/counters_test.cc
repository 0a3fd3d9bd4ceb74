#include "observe/counters.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace athanor::observe {
namespace {

TEST(Counters, ArePrintedForPrometheus) {
  Counters counters;
  counters.get("b_total").add(3);
  counters.get("a_total", {{"rule", "x\"y\\z\n"}}).add();
  counters.get("a_total", {{"rule", "x\"y\\z\n"}}).add();
  EXPECT_EQ(counters.text(),
            "# TYPE a_total counter\na_total{rule=\"x\\\"y\\\\z\\n\"} 2\n# TYPE b_total counter\nb_total 3\n");
  counters.reset();
  EXPECT_EQ(counters.get("b_total").value(), 0U);
}

// One name has more than are copied at once, and one ends exactly with a piece.
TEST(Counters, AreAllThereHoweverManyThereAre) {
  Counters counters;
  std::string expected;
  for (const auto& [name, count] : {std::pair{"a_total", 2'500}, std::pair{"b_total", 500}, std::pair{"c_total", 1}}) {
    expected += "# TYPE " + std::string{name} + " counter\n";
    for (int i = 0; i < count; ++i) {
      const std::string rule = std::to_string(10'000 + i);
      counters.get(name, {{"rule", rule}}).add(static_cast<std::uint64_t>(i));
      expected += std::string{name} + "{rule=\"" + rule + "\"} " + std::to_string(i) + "\n";
    }
  }
  EXPECT_EQ(counters.text(), expected);
  EXPECT_EQ(counters.all().size(), 3'001U);
}

TEST(Counters, OfWhatIsGoneGoOnTogether) {
  Counters counters;
  counters.get("a_total", {{"rule", "x"}}).add(2);
  counters.get("a_total", {{"rule", "y"}}).add(3);
  counters.get("b_total", {{"function", "x"}}).add(5);
  counters.get("c_total", {{"rule", "z"}}).add(7);
  for (const char* rule : {"x", "y", "nobody"}) counters.forget("rule", rule);
  EXPECT_EQ(counters.all(),
            (std::vector<std::pair<std::string, std::uint64_t>>{
                {"a_total{rule=\"(deleted)\"}", 5}, {"b_total{function=\"x\"}", 5}, {"c_total{rule=\"z\"}", 7}}));
}

}  // namespace
}  // namespace athanor::observe
