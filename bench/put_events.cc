// How many events does Athanor accept, synced before it answers, compared with a server that reads the same bodies and
// answers {}?
//
// Expected: with one connection, the time of a round trip that includes a sync, to within a half; with more, groups
// share the sync, so the core is the limit: in tens over 64 connections at least a fifth of what the do-nothing server
// reaches. Each event has 1 KB of Detail, its request's signature is verified, and a rule reads two fields of it and
// hands it to a queue.
#include <fmt/format.h>

#include <array>

#include "bench/suites.h"

namespace athanor::bench {
namespace {

struct Case {
  std::size_t connections, entries;
};
constexpr std::array kCases{Case{1, 1},  Case{16, 1},  Case{64, 1},  Case{256, 1},
                            Case{1, 10}, Case{16, 10}, Case{64, 10}, Case{256, 10}};
constexpr std::array kQuickCases{Case{1, 1}, Case{64, 10}};

constexpr std::string_view kRoundTrip = "empty request, 1 connection";
constexpr std::string_view kSyncedRoundTrip = "the same, 4 KiB written and synced before the answer";

// An empty request, there and back: what HTTP costs before anything is done, and with a sync. That is more than the two
// measured separately: a disk that was idle for the length of a round trip answers later.
Result<void> measure_round_trip(Bench& bench, std::string_view subject, const std::string& file) {
  ATHANOR_TRY(server, NullServer::start(bench, file));
  const Traffic traffic{.reply = http_reply("{}"), .rings = {{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}}};
  std::vector<LoadResult> results;
  for (int i = 0; i < bench.repeats; ++i) {
    ATHANOR_TRY(result, run_load(traffic, {server.port, 1, bench.warm_up(), bench.measured()}, *server.process));
    results.push_back(result);
  }
  const LoadResult result = median_of(results);
  bench.report.add(
      {std::string{kPutEventsSuite},
       std::string{subject},
       {{"requests/s", result.requests_per_second}, {"p50 us", result.p50_us}, {"p99 us", result.p99_us}}});
  return {};
}

Result<LoadResult> load_null_server(Bench& bench, const Case& one) {
  ATHANOR_TRY(server, NullServer::start(bench));
  const Traffic traffic{
      .reply = http_reply("{}"),
      .rings = {put_events_ring(bench.quick ? 128 : 1'024, one.entries, server.port, bench.clock.now())},
      .events_per_request = one.entries};
  return run_load(traffic, {server.port, one.connections, bench.warm_up(), bench.measured()}, *server.process);
}

void add_row(Bench& bench, std::string_view who, const Case& one, const std::vector<LoadResult>& results,
             double of_null, double of_sync) {
  const LoadResult r = median_of(results);
  bench.report.add({std::string{kPutEventsSuite},
                    load_subject(who, one.connections, one.entries),
                    {{"events/s", r.events_per_second},
                     {"requests/s", r.requests_per_second},
                     {"p50 us", r.p50_us},
                     {"p99 us", r.p99_us},
                     {"cpu us/event", r.server_us_per_event},
                     {"load busy", r.load_busy},
                     {"others busy", r.others_busy},
                     {"spread", spread_of(results)},
                     {"vs null", of_null},
                     {"vs synced", of_sync}}});
}

}  // namespace

Result<LoadResult> load_put_events(Bench& bench, std::size_t connections, std::size_t entries) {
  ATHANOR_TRY(directory, bench.fresh_directory("put-events"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());
  ATHANOR_TRY(result, run_load(server->put_events(entries),
                               {server->port(), connections, bench.warm_up(), bench.measured()}, server->process()));
  // Every answer said that nothing failed; this checks that it was true.
  ATHANOR_TRY(messages, server->queue_messages());
  if (double(messages) < result.events_per_second * seconds(bench.measured()))
    return Error{ErrorCode::Corrupt, "The queue holds fewer messages than events were acknowledged.", {}};
  return result;
}

Result<void> measure_put_events(Bench& bench) {
  ATHANOR_TRY(directory, bench.fresh_directory("synced"));
  ATHANOR_CHECK(measure_round_trip(bench, kRoundTrip, ""));
  ATHANOR_CHECK(measure_round_trip(bench, kSyncedRoundTrip, directory + "/zeros"));
  const double synced_us = bench.report.find(kPutEventsSuite, kSyncedRoundTrip, "p50 us");
  const std::span<const Case> cases = bench.quick ? std::span<const Case>{kQuickCases} : std::span<const Case>{kCases};
  for (const Case& one : cases) {
    if (!bench.wants(one.connections, one.entries)) continue;
    std::vector<LoadResult> theirs, ours;
    for (int i = 0; i < bench.repeats; ++i) {  // alternating
      ATHANOR_TRY(null_result, load_null_server(bench, one));
      theirs.push_back(null_result);
      ATHANOR_TRY(result, load_put_events(bench, one.connections, one.entries));
      ours.push_back(result);
    }
    const double share = median_of(ours).events_per_second / median_of(theirs).events_per_second;
    const double of_sync = median_of(ours).p50_us / synced_us;
    add_row(bench, "null server", one, theirs, 1, median_of(theirs).p50_us / synced_us);
    add_row(bench, "Athanor", one, ours, share, of_sync);
    if (one.connections == 64 && one.entries == 10) {
      bench.report.goal(kPutEventsSuite, "events/s relative to the null server's, 64 connections by 10", share, 0.2,
                        false);
    }
    if (one.connections == 1) {
      bench.report.goal(kPutEventsSuite,
                        fmt::format("p50 of a round trip with a sync, 1 connection by {}", one.entries), of_sync, 1.5,
                        true);
    }
  }
  return {};
}

}  // namespace athanor::bench
