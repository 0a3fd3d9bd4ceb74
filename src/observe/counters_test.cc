#include "observe/counters.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace athanor::observe
