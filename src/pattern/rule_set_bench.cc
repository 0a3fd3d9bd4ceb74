#include <benchmark/benchmark.h>

#include <string>

#include "pattern/rule_set.h"

namespace athanor::pattern {
namespace {

// Does matching stay flat as rules of other sources are added? Expected: less than twice the time at 1,000 rules as
// at 10.
void BM_MatchAgainstRules(benchmark::State& state) {
  RuleSet rules;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string text = R"({"source":["source-)" + std::to_string(i) +
                             R"("],"detail":{"side":["BUY"],"amount":[{"numeric":[">",10]}]}})";
    rules = rules.with(static_cast<std::uint64_t>(i), std::make_shared<const EventPattern>(*parse_event_pattern(text)));
  }
  const Envelope event{.detail_type = "t",
                       .source = "source-7",
                       .detail = R"({"side":"BUY","amount":12.5,"note":"the rest is skipped"})"};
  std::size_t matched = 0;
  for (auto _ : state) matched += rules.match(event).size();
  state.counters["matched"] = benchmark::Counter(static_cast<double>(matched), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_MatchAgainstRules)->RangeMultiplier(10)->Range(10, 1'000);

}  // namespace
}  // namespace athanor::pattern
