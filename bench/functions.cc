// How long does it take until a function is invoked with an event that was put?
//
// Expected: an invocation starts one sync after its event was accepted, when the event is durable: just as its sender
// is answered. What remains is reading back a record, and two hand-overs to a waiting process: below 1 ms at the median
// from acknowledged to invoked, and below 5 ms for 99 of 100 at half of what functions can take; from due to invoked
// below 20 ms. Cold starts, which only get idle time, are over by then. The function records when the answer to "what
// next?" arrives, in memory shared with this program. Its processes run on the server's core.
#include <fmt/format.h>

#include "bench/circle.h"

namespace athanor::bench {
namespace {

constexpr Taker kFunctions{.suite = "functions",
                           .taken = "invoked",
                           .take = "invoke",
                           .per_second = &FlowResult::invoked_per_second,
                           .acknowledged_to_taken = &FlowResult::acknowledged_to_invoked,
                           .due_to_taken = &FlowResult::due_to_invoked};

}  // namespace

Result<void> measure_functions(Bench& bench) {
  const std::vector<Destination> function{{.kind = Destination::Kind::Function}};
  const double low_rate = 200;
  const std::chrono::seconds cold_starts{bench.quick ? 0 : 3};
  ATHANOR_TRY(quiet, measure_flow(bench, kFunctions, fmt::format("{:.0f} events/s by 1", low_rate),
                                  {.events_per_second = low_rate, .destinations = function}));
  bench.report.goal("functions", "us from acknowledged to invoked, p50 at a low rate",
                    median_us(quiet, &FlowResult::acknowledged_to_invoked, 0.5), 1'000, true);

  // Four for each process that a server has by default.
  Flow flow{.entries = 10, .underway_max = 64, .destinations = function, .further_warm_up = cold_starts};
  ATHANOR_TRY(full, measure_flow(bench, kFunctions, "as many as possible, by 10, 64 at once", flow));
  std::vector<double> rates;
  for (const FlowResult& result : full) rates.push_back(result.invoked_per_second);

  flow = {.producers = 32,
          .entries = 1,
          .events_per_second = median(rates) / 2,
          .destinations = function,
          .further_warm_up = cold_starts};
  ATHANOR_TRY(busy, measure_flow(bench, kFunctions,
                                 fmt::format("half of that, {:.0f} events/s by 1", flow.events_per_second), flow));
  bench.report.goal("functions", "us from acknowledged to invoked, p99 at half of capacity",
                    median_us(busy, &FlowResult::acknowledged_to_invoked, 0.99), 5'000, true);
  bench.report.goal("functions", "us from put to invoked, p99 at half of capacity",
                    median_us(busy, &FlowResult::due_to_invoked, 0.99), 20'000, true);
  return {};
}

}  // namespace athanor::bench
