#include "pattern/rule_set.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

// Few words, so that generated patterns and events often match.
std::string word(base::Random& random) {
  static constexpr const char* kWords[] = {"a", "b", "ab", "ba", "A", "", "10.0.0.1", "x*y"};
  return kWords[random.below(std::size(kWords))];
}
std::string number(base::Random& random) {
  static constexpr const char* kNumbers[] = {
      "0", "1", "1.0", "1e0", "2", "-1", "1e400", "9007199254740993", "9223372036854776000", "9.223372036854776e18"};
  return kNumbers[random.below(std::size(kNumbers))];
}
std::string scalar(base::Random& random) {
  switch (random.below(6)) {
    case 0:
      return number(random);
    case 1:
      return "null";
    case 2:
      return "true";
    default:
      return "\"" + word(random) + "\"";
  }
}
std::string condition(base::Random& random) {
  const std::string w = "\"" + word(random) + "\"";
  switch (random.below(10)) {
    case 0:
      return R"({"prefix":)" + w + "}";
    case 1:
      return R"({"suffix":)" + w + "}";
    case 2:
      return R"({"equals-ignore-case":)" + w + "}";
    case 3:
      return R"({"exists":)" + std::string{random.one_in(2) ? "true" : "false"} + "}";
    case 4:
      return R"({"anything-but":)" + w + "}";
    case 5:
      return R"({"numeric":[">=",)" + std::string{random.one_in(2) ? "1" : "9223372036854776000"} + "]}";
    case 6:
      return R"({"wildcard":"*)" + std::string{random.one_in(2) ? "a" : "b"} + R"(*"})";
    default:
      return scalar(random);
  }
}
std::string fields_pattern(base::Random& random, int depth) {
  std::string out = "{";
  const auto count = 1 + random.below(2);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (depth > 0 && random.one_in(5)) {
      out += R"("$or":[)" + fields_pattern(random, depth - 1) + "," + fields_pattern(random, depth - 1) + "]";
    } else {
      out += std::string{"\""} + static_cast<char>('p' + random.below(3)) + "\":";
      if (depth > 0 && random.one_in(3))
        out += fields_pattern(random, depth - 1);
      else
        out += "[" + condition(random) + (random.one_in(3) ? "," + condition(random) : "") + "]";
    }
  }
  return out + "}";
}
std::string event_value(base::Random& random, int depth);
std::string event_object(base::Random& random, int depth) {
  std::string out = "{";
  const auto count = random.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    out += std::string{i > 0 ? ",\"" : "\""} + static_cast<char>('p' + random.below(3)) +
           "\":" + event_value(random, depth - 1);
  }
  return out + "}";
}
std::string event_value(base::Random& random, int depth) {
  if (depth > 0 && random.one_in(3)) return event_object(random, depth);
  if (depth > 0 && random.one_in(4))
    return "[" + event_value(random, depth - 1) + "," + event_value(random, depth - 1) + "]";
  return scalar(random);
}

constexpr int kRounds = 63;
constexpr int kRulesPerRound = 40;  // and as many events: 100,000 pairs

TEST(RuleSet, MatchesWhatTheReferenceMatches) {
  constexpr std::uint64_t kSeed = 20'251'013;
  base::Random random{kSeed};
  std::size_t hits = 0;
  for (int round = 0; round < kRounds; ++round) {
    RuleSet set;
    std::vector<std::pair<std::uint64_t, std::shared_ptr<const EventPattern>>> kept;
    for (std::uint64_t number = 1; number <= kRulesPerRound; ++number) {
      std::string text = R"({"detail":)" + fields_pattern(random, 2);
      if (random.one_in(2)) text += R"(,"source":["s)" + std::to_string(random.below(3)) + "\"]";
      auto parsed = parse_event_pattern(text + "}");
      ASSERT_TRUE(parsed) << text << parsed.error().message;
      auto pattern = std::make_shared<const EventPattern>(*std::move(parsed));
      set.put(number, *pattern);
      if (random.one_in(5))
        set.remove(number, *pattern);
      else
        kept.emplace_back(number, std::move(pattern));
    }
    for (int i = 0; i < kRulesPerRound; ++i) {
      const std::string detail = event_object(random, 3);
      const std::string source = "s" + std::to_string(random.below(4));
      const Envelope event{.id = "i",
                           .detail_type = "t",
                           .source = source,
                           .account = "1",
                           .time = "",
                           .region = "r",
                           .resources = {},
                           .detail = detail};
      std::vector<std::uint64_t> expected;
      for (const auto& [number, pattern] : kept) {
        if (matches(*pattern, event)) expected.push_back(number);
      }
      ASSERT_EQ(set.match(event), expected) << detail << " seed " << kSeed;
      hits += expected.size();
    }
  }
  EXPECT_GT(hits, 3'000U) << "the generator has to hit to prove anything";
}

// Many rules come and go, and every version keeps what it had.
TEST(RuleSet, KeepsEachVersionAmongMany) {
  constexpr std::uint64_t kRules = 2'000;
  const auto pattern_of = [](std::uint64_t number) {
    const std::string text = R"({"source":["s)" + std::to_string(number % 7) + R"("],"detail":{"k)" +
                             std::to_string(number) + R"(":[{"exists":true}]}})";
    return std::make_shared<const EventPattern>(*parse_event_pattern(text));
  };
  std::vector<RuleSet> versions(1);
  for (std::uint64_t n = 0; n < kRules; ++n) {
    versions.push_back(versions.back());
    versions.back().put(n, *pattern_of(n));
  }
  RuleSet left = versions.back();
  for (std::uint64_t n = 0; n < kRules; ++n) {
    const std::string source = "s" + std::to_string(n % 7);
    const std::string detail = R"({"k)" + std::to_string(n) + R"(":1})";
    const Envelope event{.source = source, .detail = detail};
    EXPECT_TRUE(versions[n].match(event).empty());
    EXPECT_EQ(versions[n + 1].match(event), std::vector<std::uint64_t>{n});
    EXPECT_EQ(left.match(event), std::vector<std::uint64_t>{n});
    left.remove(n, *pattern_of(n));
    EXPECT_TRUE(left.match(event).empty());
    EXPECT_EQ(left.size(), kRules - n - 1);
  }
  EXPECT_EQ(versions.back().size(), kRules);
}

TEST(RuleSet, ChangesOfACopyLeaveTheOriginalAsItIs) {
  const auto pattern = std::make_shared<const EventPattern>(*parse_event_pattern(R"({"source":["s"]})"));
  const RuleSet empty;
  RuleSet one = empty;
  one.put(7, *pattern);
  const Envelope event{.source = "s", .detail = "{}"};
  EXPECT_TRUE(empty.match(event).empty());
  EXPECT_EQ(one.match(event), std::vector<std::uint64_t>{7});
  RuleSet none = one;
  none.remove(7, *pattern);
  EXPECT_TRUE(none.match(event).empty());
  EXPECT_EQ(one.size(), 1U);
}

}  // namespace
}  // namespace athanor::pattern
