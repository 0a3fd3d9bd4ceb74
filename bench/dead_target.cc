// Does one dead target out of a hundred delay what goes to the others?
//
// Expected: no: 99 of 100 events reach the others' consumers within 1.2 times what it takes when all are healthy. A
// delivery is made in memory, to a queue or into a function's line, and only a process can hang: one function must not
// take the processes from all others. Each of a hundred rules matches every hundredth event; 98 targets are queues with
// a waiting consumer, one is a function. The last is a queue when all are healthy, and then in turn a queue that does
// not exist, a function that never answers (killed after 3 s), and one whose process ends at every event.
#include <fmt/format.h>

#include <array>

#include "bench/circle.h"

namespace athanor::bench {
namespace {

using Kind = Destination::Kind;

struct Case {
  std::string_view subject;
  Kind last;
};
constexpr std::array kCases{Case{"all are well", Kind::Queue}, Case{"a queue that does not exist", Kind::MissingQueue},
                            Case{"a function that hangs", Kind::HangingFunction},
                            Case{"a function that crashes", Kind::CrashingFunction}};

constexpr std::size_t kTargets = 100;
constexpr double kEventsPerSecond = 2'000;

// The name of the last sorts before the function's: nothing may depend on the order.
Flow flow_to(Kind last) {
  Flow flow{.producers = 16, .consumers = 1, .entries = 10, .events_per_second = kEventsPerSecond, .destinations = {}};
  for (std::size_t i = 0; i < kTargets - 2; ++i) flow.destinations.push_back({Kind::Queue, fmt::format("queue-{}", i)});
  flow.destinations.push_back({Kind::Function, "function"});
  flow.destinations.push_back({last, "a-last"});
  return flow;
}

}  // namespace

Result<void> measure_dead_target(Bench& bench) {
  std::array<std::vector<FlowResult>, kCases.size()> results;
  for (int i = 0; i < bench.repeats; ++i) {  // alternating
    for (std::size_t c = 0; c < kCases.size(); ++c) {
      ATHANOR_TRY(result, run_flow(bench, "dead-target", flow_to(kCases[c].last)));
      results[c].push_back(result);
    }
  }
  const auto p99_of = [&](std::size_t c, Histogram FlowResult::* way) { return median_us(results[c], way, 0.99); };
  double queues_worst = 0, function_worst = 0;
  for (std::size_t c = 0; c < kCases.size(); ++c) {
    const double queues = p99_of(c, &FlowResult::due_to_received) / p99_of(0, &FlowResult::due_to_received);
    const double function = p99_of(c, &FlowResult::due_to_invoked) / p99_of(0, &FlowResult::due_to_invoked);
    bench.report.add({"dead-target",
                      std::string{kCases[c].subject},
                      {{"put p99 us", p99_of(c, &FlowResult::due_to_acknowledged)},
                       {"queues p50", median_us(results[c], &FlowResult::due_to_received, 0.5)},
                       {"queues p99", p99_of(c, &FlowResult::due_to_received)},
                       {"function p50", median_us(results[c], &FlowResult::due_to_invoked, 0.5)},
                       {"function p99", p99_of(c, &FlowResult::due_to_invoked)},
                       {"queues vs well", queues},
                       {"function vs well", function}}});
    queues_worst = std::max(queues_worst, queues);
    function_worst = std::max(function_worst, function);
  }
  bench.report.goal("dead-target", "p99 from put to the other queues' consumers, relative to all well", queues_worst,
                    1.2, true);
  bench.report.goal("dead-target", "p99 from put to the other function, relative to all well", function_worst, 1.2,
                    true);
  return {};
}

}  // namespace athanor::bench
