#include "pattern/explain/located_event.h"

#include <gtest/gtest.h>

namespace athanor::pattern {
namespace {

TEST(LocatedEvent, NamesPlaces) {
  const auto event = *format::parse_json(R"({"a":{"b c":[1,{"~/":2}],"":{"x.y":1}},"a":1})");
  EXPECT_EQ(place_name(event, {0, 0, 1, 0}), R"(a["b c"][1].~/)");
  EXPECT_EQ(json_pointer(event, {0, 0, 1, 0}), "/a/b c/1/~0~1");
  EXPECT_EQ(place_name(event, {0, 1, 0}), R"(a[""]["x.y"])");
  EXPECT_EQ(json_pointer(event, {0, 1, 0}), "/a//x.y");
  EXPECT_TRUE(is_ambiguous(event, {0, 1, 0}));
  EXPECT_FALSE(is_ambiguous(*format::parse_json(R"({"a":{"b":1,"c":1}})"), {0, 1}));
}

}  // namespace
}  // namespace athanor::pattern
