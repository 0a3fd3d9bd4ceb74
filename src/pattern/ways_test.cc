#include "pattern/ways.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using Way = std::vector<std::uint32_t>;

// Tries every choice, with nothing forgotten and nothing skipped.
bool some_way_leads_on(const std::vector<Step>& steps, std::size_t i, const Way& way, const Fields& fields) {
  if (i == steps.size()) return true;
  const Step& step = steps[i];
  if (step.may_be_absent && within(way, step.all, fields).empty() && some_way_leads_on(steps, i + 1, way, fields))
    return true;
  const auto places = within(way, step.accepted, fields);
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    Way longer = way;
    for (std::uint32_t e = place.element; e != kNoElement; e = fields.elements[e].around) longer.push_back(e);
    std::sort(longer.begin(), longer.end());
    longer.erase(std::unique(longer.begin(), longer.end()), longer.end());
    return some_way_leads_on(steps, i + 1, longer, fields);
  });
}

char name(base::Random& random) { return static_cast<char>('a' + random.below(3)); }

// Objects and arrays within each other, with names that are repeated.
std::string value(base::Random& random, int depth) {
  if (depth == 0 || random.one_in(4)) return random.one_in(2) ? "1" : "0";
  const bool is_array = random.one_in(2);
  std::string text(1, is_array ? '[' : '{');
  for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
    if (!is_array) text += std::string{'"'} + name(random) + "\":";
    text += value(random, depth - 1) + (i > 1 ? "," : "");
  }
  return text + (is_array ? ']' : '}');
}

TEST(Ways, AreFoundWhereAnyOrderOfLookingFindsOne) {
  constexpr std::uint64_t kSeed = 20'261'129;
  base::Random random{kSeed};
  int found = 0;
  int not_found = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string event = "{";
    for (int i = 0; i < 3; ++i) event += std::string{i > 0 ? ",\"" : "\""} + name(random) + "\":" + value(random, 5);
    event += '}';
    std::string pattern;
    for (int i = 0; i < 4; ++i) {
      pattern += pattern.empty() ? "{\"" : ",\"";
      for (std::uint64_t names = 1 + random.below(3); names > 0; --names) {
        pattern += name(random);
        if (names > 1) pattern += '.';
      }
      pattern += random.one_in(3) ? R"(":[1,{"exists":false}])" : R"(":[1])";
    }
    const auto parsed = parse_event_pattern(pattern + "}");
    const Fields fields = flatten(event, wanted_paths(*parsed));
    std::vector<Step> steps;
    for (const PatternClause* clause : parsed->alternatives().front()) {
      const auto& [path, conditions] = *clause;
      Step& step = steps.emplace_back(Step{.may_be_absent = conditions.size() == 2});
      const auto it = fields.by_path.find(path);
      if (it == fields.by_path.end()) continue;
      for (const Field& field : it->second) {
        step.all.push_back(field.place);
        if (field.value.text == "1") step.accepted.push_back(field.place);
      }
    }
    const bool expected = some_way_leads_on(steps, 0, {}, fields);
    ASSERT_EQ(find_way(steps, fields.elements, fields.arrays).found, expected) << pattern << "} " << event;
    ++(expected ? found : not_found);
  }
  EXPECT_GT(found, 1'000);
  EXPECT_GT(not_found, 1'000);
}

}  // namespace
}  // namespace athanor::pattern
