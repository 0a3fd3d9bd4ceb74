// How soon is the server ready, and how little does it need when nothing happens?
//
// Expected: on an empty directory the first request is accepted within 50 ms of exec; idle it holds at most 20 MiB;
// an idle connection costs at most 20 KiB.
#include <fmt/format.h>

#include "api/events.h"
#include "bench/suites.h"

namespace athanor::bench {
namespace {

constexpr double kMiB = 1'048'576;

Result<std::uint64_t> resident_with_idle_connections(Bench& bench, Athanor& server, std::size_t count) {
  // A request on each, so that it is in the state in which clients leave it between requests.
  const std::string request = signed_request<api::ListEventBuses>({}, server.port(), bench.clock.now());
  Connections connections{http_reply("EventBuses")};
  ATHANOR_CHECK(connections.open(server.port(), count));
  for (std::size_t i = 0; i < count; ++i) {
    ATHANOR_CHECK(connections.send(i, request));
    while (connections.waiting() > 0) {
      ATHANOR_CHECK(connections.poll(std::chrono::steady_clock::now() + std::chrono::seconds{10},
                                     [](auto, auto, auto) { return Result<void>{}; }));
    }
  }
  return server.process().resident_bytes();
}

}  // namespace

Result<void> measure_start(Bench& bench) {
  const int starts = bench.quick ? 3 : 20;
  std::vector<double> ready, accepted, idle;
  for (int i = 0; i < starts; ++i) {
    ATHANOR_TRY(directory, bench.fresh_directory("start"));
    const io::Stopwatch watch;
    ATHANOR_TRY(server, Athanor::start(bench, directory));
    ready.push_back(millis(watch.elapsed()));
    base::Random random{7};
    ATHANOR_CHECK(server->client().call<api::PutEvents>(sample_put_events(0, 1, random)));
    accepted.push_back(millis(watch.elapsed()));
    idle.push_back(double(server->process().resident_bytes()) / kMiB);
  }
  bench.report.add(
      {"start",
       "empty directory",
       {{"ready ms", median(ready)}, {"first event ms", median(accepted)}, {"idle RSS MiB", median(idle)}}});
  bench.report.goal("start", "ms from exec to the first event accepted", median(accepted), 50, true);
  bench.report.goal("start", "MiB resident, idle after the start", median(idle), 20, true);

  allow_many_descriptors();
  const std::size_t connections = bench.quick ? 500 : 10'000;
  ATHANOR_TRY(directory, bench.fresh_directory("start"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  const double before = double(server->process().resident_bytes());
  ATHANOR_TRY(with, resident_with_idle_connections(bench, *server, connections));
  const double each = (double(with) - before) / double(connections) / 1'024;
  bench.report.add({"start",
                    fmt::format("{} idle connections", connections),
                    {{"RSS MiB", double(with) / kMiB}, {"KiB/connection", each}}});
  bench.report.goal("start", "KiB resident for an idle connection", each, 20, true);
  return {};
}

}  // namespace athanor::bench
