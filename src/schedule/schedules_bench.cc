#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "schedule/schedules.h"

namespace athanor::schedule {
namespace {

constexpr base::Time kNow{std::chrono::hours{24 * 365 * 55}};

bus::RulePut put_of(std::int64_t number, int hour) {
  return {.arn = fmt::format("arn:aws:events:eu-west-1:210987654321:rule/rule-{}", number),
          .number = static_cast<std::uint64_t>(number),
          .schedule_expression = fmt::format("cron(0 {} 1 * ? *)", hour),
          .state = "ENABLED"};
}

// Does putting a rule hold up a server that has many? Expected: microseconds, at 100'000 as at 10.
void BM_ChangeOneOfManyRules(benchmark::State& state) {
  Schedules schedules;
  for (std::int64_t i = 0; i < state.range(0); ++i) schedules.apply(put_of(i, 10), {}, kNow);
  std::optional<base::Time> due = schedules.next_due(kNow);
  int hour = 0;
  for (auto _ : state) {
    schedules.apply(put_of(1, ++hour % 24), {}, kNow);
    due = schedules.next_due(kNow);
  }
  state.counters["due_in_hours"] = static_cast<double>((*due - kNow) / std::chrono::hours{1});
}
BENCHMARK(BM_ChangeOneOfManyRules)->RangeMultiplier(100)->Range(10, 100'000);

}  // namespace
}  // namespace athanor::schedule
