#include "delivery/json_path.h"

#include <gtest/gtest.h>

namespace athanor::delivery {
namespace {

TEST(JsonPath, LeadsToThePartThatItNames) {
  constexpr const char* kJson = R"({"a": {"b.c": [1, {"d": "x"}, 3]}, "e": null, "f": 1, "f": 2, "\u0067": true})";
  const struct {
    const char* path;
    std::optional<std::string> part;
  } rows[] = {{"$", kJson},
              {"$.e", "null"},
              {"$.f", "2"},
              {"$.g", "true"},
              {"$['a']['b.c'][1].d", R"("x")"},
              {R"($["a"]["b.c"][0])", "1"},
              {"$.a['b.c'][*]", R"([1,{"d": "x"},3])"},
              {"$.a.*[2]", "[3]"},
              {"$.a[*].d", "[]"},
              {"$.a.b", std::nullopt},
              {"$.a['b.c'][3]", std::nullopt},
              {"$.e.f", std::nullopt}};
  for (const auto& row : rows) {
    const auto path = JsonPath::parse(row.path);
    ASSERT_TRUE(path) << row.path;
    EXPECT_EQ(path->find(kJson), row.part) << row.path;
  }
}

TEST(JsonPath, IsNoOtherText) {
  for (const char* text :
       {"", "a", "a.b", "$a", "$.", "$..a", "$.a.", "$[", "$[]", "$[-1]", "$[a]", "$['a", "$['a'", "$[1"})
    EXPECT_FALSE(JsonPath::parse(text)) << text;
}

}  // namespace
}  // namespace athanor::delivery
