#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "pattern/rule_set.h"

namespace athanor::pattern {
namespace {

EventPattern pattern_of_source(std::int64_t i) {
  return *parse_event_pattern(R"({"source":["source-)" + std::to_string(i) +
                              R"("],"detail":{"side":["BUY"],"amount":[{"numeric":[">",10]}]}})");
}

RuleSet rules_of_sources(std::int64_t count) {
  RuleSet rules;
  for (std::int64_t i = 0; i < count; ++i) rules.put(static_cast<std::uint64_t>(i), pattern_of_source(i));
  return rules;
}

// Does matching time stay flat as rules for other sources are added? Expected: less than twice the time at 100,000
// rules as at 10.
void BM_MatchAgainstRules(benchmark::State& state) {
  const RuleSet rules = rules_of_sources(state.range(0));
  const Envelope event{.detail_type = "t",
                       .source = "source-7",
                       .detail = R"({"side":"BUY","amount":12.5,"note":"the rest is skipped"})"};
  std::size_t matched = 0;
  for (auto _ : state) matched += rules.match(event).size();
  state.counters["matched"] = benchmark::Counter(static_cast<double>(matched), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_MatchAgainstRules)->RangeMultiplier(10)->Range(10, 100'000);

// Does the cost of putting and removing a rule in a new snapshot depend on the change, not on the set? Expected: well
// under 1 ms for both together among 100,000 rules.
void BM_PutOneRuleAmongMany(benchmark::State& state) {
  const RuleSet rules = rules_of_sources(state.range(0));
  const auto number = static_cast<std::uint64_t>(state.range(0));
  const EventPattern pattern = pattern_of_source(state.range(0));
  std::size_t left = 0;
  for (auto _ : state) {
    RuleSet with = rules;
    with.put(number, pattern);
    RuleSet without = with;
    without.remove(number, pattern);
    left += without.size();
  }
  state.counters["rules"] = benchmark::Counter(static_cast<double>(left), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_PutOneRuleAmongMany)->Arg(100)->Arg(100'000);

// Does a rule with the most alternatives allowed cost its text once, and not once for each of them? Three $or of ten,
// beside all the conditions, or all the clauses, that a pattern has room for. Expected: about 2 ms to parse and put it;
// with many clauses, about 30 ms.
void BM_PutManyAlternatives(benchmark::State& state, const char* first, const char* each, const char* last) {
  std::string pattern = "{";
  for (int i = 0; pattern.size() < 3'300;) {
    pattern += fmt::format(fmt::runtime(first), i);
    for (int end = i + 50; i < end; ++i) pattern += fmt::format(fmt::runtime(each), i);
    pattern += last;
  }
  for (const char key : {'x', 'y', 'z'}) {
    pattern += R"("$or":[)";
    for (int i = 0; i < 10; ++i) pattern += fmt::format(R"({{"{}":[{}]}}{})", key, i, i < 9 ? "," : "],");
  }
  pattern.back() = '}';
  std::size_t alternatives = 0;
  for (auto _ : state) {
    const EventPattern parsed = *parse_event_pattern(pattern);
    RuleSet rules;
    rules.put(1, parsed);
    alternatives += parsed.alternatives().size();
  }
  state.counters["alternatives"] =
      benchmark::Counter(static_cast<double>(alternatives), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(BM_PutManyAlternatives, LongLists, R"("k{}":[)", R"("v{:02}",)", R"("v"],)")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_PutManyAlternatives, ManyClauses, "", R"("{}":[1],)", "")->Unit(benchmark::kMillisecond);

// Does an event designed to be slow stay below 200 ms? A megabyte of one letter, 1,000 rules that look for runs of it
// followed by something else. Expected: about 10 ms.
void BM_LongTextAgainstWildcards(benchmark::State& state) {
  RuleSet rules;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::string part = std::string(1 + i % 4, 'a') + std::to_string(i);
    const auto pattern = parse_event_pattern(R"({"detail":{"note":[{"wildcard":"*)" + part + R"(*ab*"}]}})");
    rules.put(i, *pattern);
  }
  const std::string detail = R"({"note":")" + std::string(1'000'000, 'a') + R"("})";
  const Envelope event{.detail_type = "t", .source = "s", .detail = detail};
  std::size_t matched = 0;
  for (auto _ : state) matched += rules.match(event).size();
  state.counters["matched"] = benchmark::Counter(static_cast<double>(matched), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_LongTextAgainstWildcards)->Unit(benchmark::kMillisecond);

// Does a long list of conditions against a large array cost little more than reading the array? 100,000 values, lists
// as long as a pattern allows. Expected: about 10 ms each, with addresses about 30.
void BM_LongListsAgainstLargeArrays(benchmark::State& state, const char* first, const char* each, const char* last,
                                    const char* value) {
  std::string pattern = first;
  for (int i = 0; pattern.size() < 3'800; ++i) pattern += fmt::format(fmt::runtime(each), i / 250, i % 250) + ",";
  pattern.back() = ']';
  RuleSet rules;
  rules.put(1, *parse_event_pattern(pattern + last));
  std::string detail = R"({"v":[)";
  for (int i = 0; i < 100'000; ++i) detail += std::string{i > 0 ? "," : ""} + value;
  detail += "]}";
  const Envelope event{.detail_type = "t", .source = "s", .detail = detail};
  std::size_t matched = 0;
  for (auto _ : state) matched += rules.match(event).size();
  state.counters["matched"] = benchmark::Counter(static_cast<double>(matched), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(BM_LongListsAgainstLargeArrays, Networks, R"({"detail":{"v":[)", R"({{"cidr":"10.{}.{}.0/25"}})",
                  "}}", R"("10.0.7.200")")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_LongListsAgainstLargeArrays, NotNumbers, R"({"detail":{"v":[{"anything-but":[)", "1{}{:03}",
                  "}]}}", "10007")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_LongListsAgainstLargeArrays, NotTexts, R"({"detail":{"v":[{"anything-but":[)", R"("s{}{:03}")",
                  "}]}}", R"("s0007")")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace athanor::pattern
