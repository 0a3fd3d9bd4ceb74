#include "pattern/explain/event_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pattern/explain/explain.h"

namespace athanor::pattern {
namespace {

using ::testing::HasSubstr;

Explanation explained(std::string_view pattern, std::string_view event) {
  const auto parsed = parse_event_pattern(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return explain(*parsed, event);
}

TEST(EventChange, IsTheSmallest) {
  const struct {
    const char* pattern;
    const char* event;
    const char* change;
  } rows[] = {
      {R"({"detail":{"a":["x"]}})", R"({"detail":{"a":"y"}})", R"([{"op":"replace","path":"/detail/a","value":"x"}])"},
      {R"({"detail":{"a":{"b":["x"]}}})", R"({"source":"s"})",
       R"([{"op":"add","path":"/detail","value":{"a":{"b":"x"}}}])"},
      {R"({"detail":{"a":{"b":["x"],"c":[1]}}})", R"({"detail":{}})",
       R"([{"op":"add","path":"/detail/a","value":{"b":"x"}},{"op":"add","path":"/detail/a/c","value":1}])"},
      {R"({"detail":{"a":[{"exists":false}]}})", R"({"detail":{"a":[1,2],"b":1}})",
       R"([{"op":"remove","path":"/detail/a"}])"},
      {R"({"detail":{"a":[{"exists":false}]}})", R"({"detail":{"a":[1,{"a":2}],"b":1}})",
       R"([{"op":"remove","path":"/detail/a/0"}])"},
      {R"({"detail":{"tags":["x"]}})", R"({"detail":{"tags":["a","b"]}})",
       R"([{"op":"add","path":"/detail/tags/-","value":"x"}])"},
      {R"({"detail":{"n":[{"numeric":[">=",0,"<=",10]}]}})", R"({"detail":{"n":12}})",
       R"([{"op":"replace","path":"/detail/n","value":10}])"},
      {R"({"detail":{"ip":[{"cidr":"10.0.0.0/8"}]}})", R"({"detail":{"ip":"11.0.0.1"}})",
       R"([{"op":"replace","path":"/detail/ip","value":"10.0.0.0"}])"},
      {R"({"detail":{"a":[{"anything-but":{"wildcard":"*"}}]}})", R"({"detail":{"a":"x"}})",
       R"([{"op":"replace","path":"/detail/a","value":true}])"},
      // The existing value is needed too.
      {R"({"detail":{"a":["x"],"a.b":["y"]}})", R"({"detail":{"a":{"b":"y"}}})",
       R"([{"op":"replace","path":"/detail/a","value":[{"b":"y"},"x"]}])"},
      {R"({"detail":{"a":["x"],"a.b":["y"]}})", R"({"detail":{"a":"x"}})",
       R"([{"op":"add","path":"/detail/a.b","value":"y"}])"},
      // The first "a" is the one the pattern sees, which a pointer could not express.
      {R"({"detail":{"a":{"b":[{"exists":false}]}}})", R"({"detail":{"a":{"b":1,"c":1},"a":{"c":2}}})",
       R"([{"op":"remove","path":"/detail/a/b","numbers":[0,0,0]}])"},
  };
  for (const auto& row : rows) {
    const auto e = explained(row.pattern, row.event);
    ASSERT_TRUE(e.change) << row.pattern;
    EXPECT_EQ(format::print_json(*to_json(e).find("EventChange")), row.change) << row.event;
  }
}

TEST(EventChange, IsNoneWhenNoEventMatches) {
  // Between two neighbouring doubles there is no number.
  const auto e = explained(R"({"detail":{"a":[{"numeric":[">",1,"<",1.0000000000000002]}]}})", R"({"detail":{"a":1}})");
  EXPECT_FALSE(e.change);
  EXPECT_FALSE(e.is_possible);
  EXPECT_THAT(to_text(e), HasSubstr("No event can match."));
}

}  // namespace
}  // namespace athanor::pattern
