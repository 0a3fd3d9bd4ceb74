// What do waiting messages cost in memory and in speed, and what does a start cost with them?
//
// Expected: bodies stay in the log, so that a million waiting messages are below 256 MiB; the queue's structures do not
// slow down with them: at least 80 % of the events/s of an empty queue; after a kill -9 the last snapshot and the log
// after it are read, in at most 2 s per GB.
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>

#include "bench/suites.h"

namespace athanor::bench {
namespace {

constexpr double kMiB = 1'048'576;

double directory_mib(const std::string& directory) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    if (entry.is_regular_file()) bytes += double(entry.file_size());
  }
  return bytes / kMiB;
}

}  // namespace

Result<void> measure_backlog(Bench& bench) {
  const std::uint64_t events = bench.quick ? 30'000 : 1'000'000;
  ATHANOR_TRY(directory, bench.fresh_directory("backlog"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());
  const double idle = double(server->process().resident_bytes());

  const LoadSettings load{server->port(), 64, bench.warm_up(), bench.measured()};
  ATHANOR_TRY(without, run_load(server->put_events(10), load, server->process()));
  ATHANOR_TRY(begun, server->queue_messages());
  if (static_cast<std::uint64_t>(begun) < events) {
    ATHANOR_CHECK(send_events(server->put_events(10), server->port(), events - static_cast<std::uint64_t>(begun)));
  }
  ATHANOR_TRY(waiting, server->queue_messages());
  const double full = double(server->process().resident_bytes());
  bench.report.add({"backlog",
                    fmt::format("{} messages wait", waiting),
                    {{"RSS MiB", full / kMiB},
                     {"bytes/message", (full - idle) / double(waiting)},
                     {"peak RSS MiB", double(server->process().resident_bytes_max()) / kMiB},
                     {"data MiB", directory_mib(directory)}}});
  // As measured, or extrapolated: memory grows with the messages.
  bench.report.goal("backlog", "MiB resident for a million waiting messages",
                    (idle + (full - idle) / double(waiting) * 1e6) / kMiB, 256, true);

  ATHANOR_TRY(with, run_load(server->put_events(10), load, server->process()));
  bench.report.add({"backlog",
                    "64 connections by 10, with these waiting",
                    {{"events/s", with.events_per_second},
                     {"p99 us", with.p99_us},
                     {"vs without", with.events_per_second / without.events_per_second}}});
  bench.report.goal("backlog", "events/s with a backlog, relative to none",
                    with.events_per_second / without.events_per_second, 0.8, false);

  ATHANOR_TRY(before, server->queue_messages());
  server->process().stop(SIGKILL);
  const io::Stopwatch watch;
  ATHANOR_TRY(again, Athanor::start(bench, directory));
  const double started = seconds(watch.elapsed());
  ATHANOR_TRY(after, again->queue_messages());
  if (after != before) {
    return Error{ErrorCode::Corrupt, fmt::format("{} messages after the restart, {} before it.", after, before), {}};
  }
  const double resident = double(again->process().resident_bytes());
  bench.report.add({"backlog",
                    fmt::format("start after kill -9, {} messages", after),
                    {{"ready s", started}, {"RSS MiB", resident / kMiB}, {"bytes/message", resident / double(after)}}});
  bench.report.goal("backlog", "s until ready after kill -9, with an ordinary log", started, 1, true);
  return {};
}

}  // namespace athanor::bench
