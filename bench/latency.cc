// How long does it take until an event that was put reaches a waiting consumer?
//
// Expected: the hand-over is in memory and the consumer's receive is one more record, so the message leaves one sync
// after the event was acknowledged: below 1 ms at the median, and below 5 ms for 99 of 100 at half of what the whole
// circle (put, receive, delete) can carry. Events are put at a fixed rate whether or not the server keeps up, and times
// count from when each event was due.
#include <fmt/format.h>

#include "bench/circle.h"

namespace athanor::bench {
namespace {

constexpr Taker kConsumers{.suite = "latency",
                           .taken = "received",
                           .take = "receive",
                           .per_second = &FlowResult::received_per_second,
                           .acknowledged_to_taken = &FlowResult::acknowledged_to_received,
                           .due_to_taken = &FlowResult::due_to_received};

}  // namespace

Result<void> measure_latency(Bench& bench) {
  const double low_rate = 200;
  const std::string low = fmt::format("{:.0f} events/s by 1", low_rate);
  ATHANOR_TRY(quiet, measure_flow(bench, kConsumers, low,
                                  {.producers = 4, .consumers = 4, .entries = 1, .events_per_second = low_rate}));
  bench.report.goal("latency", "us from acknowledged to received, p50 at a low rate",
                    median_us(quiet, &FlowResult::acknowledged_to_received, 0.5), 1'000, true);

  const Flow unbounded{.producers = 4, .consumers = 32, .entries = 10};
  ATHANOR_TRY(full, measure_flow(bench, kConsumers, "as many as possible, by 10", unbounded));
  std::vector<double> rates;
  for (const FlowResult& result : full) rates.push_back(result.received_per_second);

  Flow half = unbounded;
  half.producers = 32;
  half.events_per_second = median(rates) / 2;
  ATHANOR_TRY(busy, measure_flow(bench, kConsumers,
                                 fmt::format("half of that, {:.0f} events/s by 10", half.events_per_second), half));
  bench.report.goal("latency", "us from acknowledged to received, p99 at half of capacity",
                    median_us(busy, &FlowResult::acknowledged_to_received, 0.99), 5'000, true);
  return {};
}

}  // namespace athanor::bench
