// Does anybody notice that old parts of the log are compacted, and how small do they become?
//
// Expected: the compaction is the last to get the processor, and reads and writes no more than 32 MiB a second, so that
// 99 of 100 requests wait less than 1.5 times as long as without; and the events of one bus are alike, so that what an
// archive keeps takes at most a quarter of its room. The load is as much as the server takes, so that they do compete.
#include <fmt/format.h>

#include "api/events.h"
#include "api/sqs.h"
#include "base/text.h"
#include "bench/suites.h"
#include "http/client.h"

namespace athanor::bench {
namespace {

constexpr std::string_view kBusArn = "arn:aws:events:us-east-1:123456789012:event-bus/default";
constexpr std::size_t kConnections = 16, kEntries = 10;
constexpr std::uint64_t kEventsAtOnce = 50'000;
constexpr int kRoundsMax = 40;  // until the first segment has been compacted: two snapshots, and what lies before them

// A counter of the server's that has no labels; 0 when it does not know it yet.
Result<double> counter(const Athanor& server, std::string_view name) {
  http::Client client;
  ATHANOR_TRY(answer,
              client.send({.host = "127.0.0.1", .port = server.port()}, {.method = "GET", .target = "/metrics"}));
  for (const std::string_view line : base::split(answer.body, '\n')) {
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(' ')) continue;
    return static_cast<double>(base::to_int(line.substr(name.size() + 1)).value_or(0));
  }
  return 0.0;
}

Result<LoadResult> load(const Bench& bench, Athanor& server) {
  return run_load(
      server.put_events(kEntries),
      {.port = server.port(), .connections = kConnections, .warm_up = bench.warm_up(), .measured = bench.measured()},
      server.process());
}

Result<void> create_archive(Athanor& server) {
  ATHANOR_CHECK(
      server.client().call<api::CreateArchive>({.archive_name = "bench", .event_source_arn = std::string{kBusArn}}));
  return {};
}

// The same archive, which costs something by itself; but a message that waits at the beginning keeps all of the log
// whole.
Result<LoadResult> load_without(const Bench& bench) {
  ATHANOR_TRY(directory, bench.fresh_directory("compaction"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->client().call<api::SendMessage>({.queue_url = server->queue_url(), .message_body = "waits"}));
  ATHANOR_CHECK(create_archive(*server));
  ATHANOR_CHECK(send_events(server->put_events(kEntries), server->port(), 4 * kEventsAtOnce));
  ATHANOR_TRY(result, load(bench, *server));
  ATHANOR_TRY(segments, counter(*server, "athanor_segments_compacted_total"));
  if (segments > 0) return Error{ErrorCode::Corrupt, "Something was compacted although a message waits.", {}};
  return result;
}

struct Compacted {
  LoadResult load;
  double segments = 0;  // compacted meanwhile
  double ratio = 0;     // bytes before, of bytes after
};

Result<Compacted> load_with(const Bench& bench) {
  ATHANOR_TRY(directory, bench.fresh_directory("compaction"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(create_archive(*server));
  double before = 0;
  for (int round = 0; before == 0; ++round) {
    if (round == kRoundsMax) return Error{ErrorCode::Timeout, "Nothing was compacted.", {}};
    ATHANOR_CHECK(send_events(server->put_events(kEntries), server->port(), kEventsAtOnce));
    ATHANOR_TRY(segments, counter(*server, "athanor_segments_compacted_total"));
    before = segments;
  }
  ATHANOR_TRY(result, load(bench, *server));
  ATHANOR_TRY(after, counter(*server, "athanor_segments_compacted_total"));
  ATHANOR_TRY(bytes_before, counter(*server, "athanor_compacted_bytes_before_total"));
  ATHANOR_TRY(bytes_after, counter(*server, "athanor_compacted_bytes_after_total"));
  return Compacted{.load = result, .segments = after - before, .ratio = bytes_before / bytes_after};
}

}  // namespace

Result<void> measure_compaction(Bench& bench) {
  std::vector<LoadResult> without, with;
  std::vector<double> segments, ratios;
  for (int i = 0; i < bench.repeats; ++i) {  // in turns
    ATHANOR_TRY(quiet, load_without(bench));
    without.push_back(quiet);
    ATHANOR_TRY(compacting, load_with(bench));
    with.push_back(compacting.load);
    segments.push_back(compacting.segments);
    ratios.push_back(compacting.ratio);
  }
  const std::string subject = load_subject("PutEvents", kConnections, kEntries);
  const auto row = [&](std::string_view what, const std::vector<LoadResult>& results, double compacted) {
    const LoadResult r = median_of(results);
    bench.report.add({"compaction",
                      fmt::format("{}, {}", subject, what),
                      {{"events/s", r.events_per_second},
                       {"p50 us", r.p50_us},
                       {"p99 us", r.p99_us},
                       {"segments", compacted},
                       {"others busy", r.others_busy},
                       {"spread", spread_of(results)}}});
  };
  row("nothing is compacted", without, 0);
  row("an archive is compacted", with, median(segments));
  bench.report.add({"compaction", "an archive of every event", {{"times smaller", median(ratios)}}});
  bench.report.goal("compaction", "p99 while an archive is compacted, of without",
                    median_of(with).p99_us / median_of(without).p99_us, 1.5, true);
  return {};
}

}  // namespace athanor::bench
