// What do others reach that acknowledge what they have kept, on the same disk, core and payload?
//
// Expected: Redis streams with appendfsync always, ten to a pipeline, are the ones to beat, at some 120,000 events/s;
// PostgreSQL stays far below; NATS JetStream is fast because Debian's 2.9.10 acknowledges before it syncs (it syncs
// every two minutes), so that its figures are those of another promise.
#include "bench/rivals.h"

#include <fmt/format.h>

#include <array>

namespace athanor::bench {
namespace {

constexpr std::array<const Rival*, 3> kRivals{&kRedis, &kPostgres, &kNats};

Result<void> measure_rival(Bench& bench, const Rival& rival, std::size_t connections, std::size_t events) {
  const Traffic traffic = rival.traffic(connections, events);
  std::vector<LoadResult> results;
  for (int i = 0; i < bench.repeats; ++i) {
    ATHANOR_TRY(server, rival.start(bench));
    ATHANOR_TRY(result,
                run_load(traffic, {server.port, connections, bench.warm_up(), bench.measured()}, *server.process));
    results.push_back(result);
  }
  const LoadResult r = median_of(results);
  const double ours = bench.report.find(kPutEventsSuite, load_subject("Athanor", connections, events), "events/s");
  bench.report.add({"rivals",
                    load_subject(rival.name, connections, events),
                    {{"events/s", r.events_per_second},
                     {"requests/s", r.requests_per_second},
                     {"p50 us", r.p50_us},
                     {"p99 us", r.p99_us},
                     {"load busy", r.load_busy},
                     {"spread", spread_of(results)},
                     {"Athanor/it", ours / r.events_per_second}}});
  if (&rival == &kRedis && connections == 64 && events == 10 && ours > 0) {
    bench.report.goal("rivals", "Athanor's events/s of Redis', 64 connections by 10", ours / r.events_per_second, 1,
                      false);
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
        const auto done = measure_rival(bench, *rival, connections, events);
        if (done) continue;
        // Not ours to fail for: it may be absent, or unable to run where we are.
        bench.report.skip("rivals", load_subject(rival->name, connections, events), done.error().message);
      }
    }
    fmt::print("  {}: {}\n", rival->name, rival->durability);
  }
  return {};
}

}  // namespace athanor::bench
