// What do other systems that acknowledge what they have stored reach, with the same disk, core and payload?
//
// Expected: Redis streams with appendfsync always, ten to a pipeline, are the ones to beat, at about 120,000 events/s;
// PostgreSQL stays far below; NATS JetStream is fast because Debian's 2.9.10 acknowledges before it syncs (it syncs
// every two minutes), so its figures are for a weaker promise.
#include "bench/rivals.h"

#include <fmt/format.h>

#include <array>

namespace athanor::bench {
namespace {

constexpr std::array<const Rival*, 3> kRivals{&kRedis, &kPostgres, &kNats};

Result<LoadResult> load_rival(Bench& bench, const Rival& rival, const Traffic& traffic, std::size_t connections) {
  ATHANOR_TRY(server, rival.start(bench));
  return run_load(traffic, {server.port, connections, bench.warm_up(), bench.measured()}, *server.process);
}

// Alternating with Athanor: machines change their speed from minute to minute.
Result<void> measure_rival(Bench& bench, const Rival& rival, std::size_t connections, std::size_t events) {
  const Traffic traffic = rival.traffic(connections, events);
  std::vector<LoadResult> theirs, ours;
  for (int i = 0; i < bench.repeats; ++i) {
    auto result = load_rival(bench, rival, traffic, connections);
    if (!result) {  // no reason for us to fail: it may be absent, or unable to run here
      bench.report.skip("rivals", load_subject(rival.name, connections, events), result.error().message);
      return {};
    }
    theirs.push_back(*result);
    ATHANOR_TRY(our_result, load_put_events(bench, connections, events));
    ours.push_back(our_result);
  }
  const LoadResult r = median_of(theirs);
  const double our_rate = median_of(ours).events_per_second;
  bench.report.add({"rivals",
                    load_subject(rival.name, connections, events),
                    {{"events/s", r.events_per_second},
                     {"requests/s", r.requests_per_second},
                     {"p50 us", r.p50_us},
                     {"p99 us", r.p99_us},
                     {"load busy", r.load_busy},
                     {"spread", spread_of(theirs)},
                     {"Athanor's", our_rate},
                     {"Athanor/it", our_rate / r.events_per_second}}});
  if (&rival == &kRedis && connections == 64 && events == 10) {
    bench.report.goal("rivals", "Athanor's events/s relative to Redis', 64 connections by 10",
                      our_rate / r.events_per_second, 1, false);
  }
  return {};
}

}  // namespace

Result<std::string> find_program(const std::string& program) {
  if (!is_installed(program)) return not_found(fmt::format("{} is not installed (bench/install_rivals)", program));
  return program;
}

Result<void> measure_rivals(Bench& bench) {
  for (const Rival* rival : kRivals) {
    for (const std::size_t events : {1U, 10U}) {
      for (const std::size_t connections : {1U, 64U}) {
        if (bench.quick && (events == 1 || connections == 1)) continue;
        if (!bench.wants(connections, events)) continue;
        ATHANOR_CHECK(measure_rival(bench, *rival, connections, events));
      }
    }
    fmt::print("  {}: {}\n", rival->name, rival->durability);
  }
  return {};
}

}  // namespace athanor::bench
