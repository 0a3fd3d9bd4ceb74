// Do clients notice that old parts of the log are compacted, and how small do these become?
//
// Expected: the compaction has the lowest priority, and reads and writes little at once, so that at half the server's
// peak load 99 of 100 requests wait less than 1.5 times as long as without it; and the events of one bus are alike, so
// that what an archive keeps takes at most a quarter of the space.
//
// Two servers share the core, one of them stopped at any time: one has a backlog, so that it compacts all the time; in
// the other a message waiting at the beginning keeps the whole log from being compacted. Requests come at a fixed rate,
// and the two are measured alternately.
#include <fmt/format.h>

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <vector>

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
constexpr int kRoundsMax = 40;  // until the first segment has been compacted: two snapshots, and what comes before them
constexpr int kPairs = 2;       // of windows, for each of the repeats
constexpr int kWindow = 3;      // times as long as other loads: long enough for some files to be finished
constexpr double kShareOfPeak = 0.5;
constexpr double kFileMib = 64;
constexpr int kLasting = 15;  // likewise, for the load that never leaves the processor idle

// A counter of the server without labels; 0 when it does not exist yet.
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

// A server with an archive of everything.
class Subject {
 public:
  static Result<std::unique_ptr<Subject>> start(const Bench& bench, std::string_view name) {
    ATHANOR_TRY(directory, bench.fresh_directory(name));
    ATHANOR_TRY(server, Athanor::start(bench, directory));
    ATHANOR_CHECK(
        server->client().call<api::CreateArchive>({.archive_name = "bench", .event_source_arn = std::string{kBusArn}}));
    return std::unique_ptr<Subject>{new Subject{bench, std::move(directory), std::move(server)}};
  }
  ~Subject() { go_on(); }  // or it could not stop

  Athanor& server() { return *server_; }
  Result<void> fill(std::uint64_t events) {
    ATHANOR_CHECK(send_events(server_->put_events(kEntries), server_->port(), events));
    return {};
  }
  Result<LoadResult> load(double requests_per_second, int windows) {
    return run_load(server_->put_events(kEntries),
                    {.port = server_->port(),
                     .connections = kConnections,
                     .warm_up = bench_.warm_up(),
                     .measured = windows * bench_.measured(),
                     .requests_per_second = requests_per_second},
                    server_->process());
  }
  void stand_still() { ::kill(server_->process().pid(), SIGSTOP); }
  void go_on() { ::kill(server_->process().pid(), SIGCONT); }

  // The log's files that are not compacted.
  std::int64_t plain_files() const { return std::ssize(plain_bases()); }
  // The first of them begins where the last finished compaction ended: MiB of the log.
  double compacted_mib() const { return double(std::ranges::min(plain_bases())) / 1'048'576; }

 private:
  Subject(const Bench& bench, std::string directory, std::unique_ptr<Athanor> server)
      : bench_(bench), directory_(std::move(directory)), server_(std::move(server)) {}

  std::vector<std::uint64_t> plain_bases() const {
    std::vector<std::uint64_t> bases;
    std::error_code error;
    for (const auto& file : std::filesystem::recursive_directory_iterator{directory_, error}) {
      if (file.path().extension() == ".seg") bases.push_back(std::stoull(file.path().stem(), nullptr, 16));
    }
    return bases;
  }

  const Bench& bench_;
  const std::string directory_;
  std::unique_ptr<Athanor> server_;
};

// With the same archive, which has a cost of its own.
Result<std::unique_ptr<Subject>> start_quiet(const Bench& bench) {
  ATHANOR_TRY(quiet, Subject::start(bench, "compaction-quiet"));
  Athanor& server = quiet->server();
  ATHANOR_CHECK(server.create_queue());
  ATHANOR_CHECK(server.client().call<api::SendMessage>({.queue_url = server.queue_url(), .message_body = "waits"}));
  ATHANOR_CHECK(quiet->fill(4 * kEventsAtOnce));
  return std::move(quiet);
}

Result<std::unique_ptr<Subject>> start_compacting(const Bench& bench) {
  ATHANOR_TRY(compacting, Subject::start(bench, "compaction"));
  for (int round = 0; compacting->compacted_mib() == 0; ++round) {
    if (round == kRoundsMax) return Error{ErrorCode::Timeout, "Nothing was compacted.", {}};
    ATHANOR_CHECK(compacting->fill(kEventsAtOnce));
  }
  return std::move(compacting);
}

struct Windows {
  std::vector<LoadResult> quiet, compacting;
  std::vector<double> p99_ratios, compacted_mib;  // of each pair
};

Result<void> measure_pair(Subject& quiet, Subject& compacting, double rate, bool quiet_first, Windows& windows) {
  for (const bool is_quiet : {quiet_first, !quiet_first}) {
    Subject& subject = is_quiet ? quiet : compacting;
    subject.go_on();
    const double before = subject.compacted_mib();
    ATHANOR_TRY(result, subject.load(rate, kWindow));
    if (is_quiet && subject.compacted_mib() > 0)
      return Error{ErrorCode::Corrupt, "Something was compacted although a message is waiting.", {}};
    if (!is_quiet) windows.compacted_mib.push_back(subject.compacted_mib() - before);
    (is_quiet ? windows.quiet : windows.compacting).push_back(result);
    subject.stand_still();
  }
  windows.p99_ratios.push_back(windows.compacting.back().p99_us / windows.quiet.back().p99_us);
  return {};
}

void add_row(Bench& bench, std::string_view what, const std::vector<LoadResult>& results, double compacted_mib,
             std::int64_t plain_files) {
  const LoadResult r = median_of(results);
  bench.report.add({"compaction",
                    load_subject(what, kConnections, kEntries),
                    {{"events/s", r.events_per_second},
                     {"p50 us", r.p50_us},
                     {"p99 us", r.p99_us},
                     {"MiB of log", compacted_mib},
                     {"files plain", double(plain_files)},
                     {"others busy", r.others_busy},
                     {"spread", spread_of(results)}}});
}

// As much as the server accepts, for a long time: it is never idle, and the compaction has to take its share.
Result<void> measure_lasting(Bench& bench, Subject& compacting) {
  compacting.go_on();
  const double before = compacting.compacted_mib();
  ATHANOR_TRY(result, compacting.load(std::numeric_limits<double>::infinity(), kLasting));
  const double compacted_mib = compacting.compacted_mib() - before;
  add_row(bench, "as much as it accepts, for long", {result}, compacted_mib, compacting.plain_files());
  bench.report.goal("compaction", "MiB of the log compacted while nothing is ever idle", compacted_mib, kFileMib,
                    false);
  return {};
}

}  // namespace

Result<void> measure_compaction(Bench& bench) {
  ATHANOR_TRY(quiet, start_quiet(bench));
  ATHANOR_TRY(peak, quiet->load(std::numeric_limits<double>::infinity(), 1));
  quiet->stand_still();
  ATHANOR_TRY(compacting, start_compacting(bench));
  Windows windows;
  for (int i = 0; i < kPairs * bench.repeats; ++i) {
    ATHANOR_CHECK(measure_pair(*quiet, *compacting, kShareOfPeak * peak.requests_per_second, i % 2 == 0, windows));
  }
  add_row(bench, "half of the peak, nothing is compacted", windows.quiet, 0, quiet->plain_files());
  add_row(bench, "half of the peak, compacting", windows.compacting, median(windows.compacted_mib),
          compacting->plain_files());
  bench.report.goal("compaction", "MiB of the log compacted in a window", median(windows.compacted_mib), kFileMib,
                    false);
  bench.report.goal("compaction", "p99 while an archive is compacted, relative to without", median(windows.p99_ratios),
                    1.5, true);
  if (!bench.quick) ATHANOR_CHECK(measure_lasting(bench, *compacting));
  ATHANOR_TRY(bytes_before, counter(compacting->server(), "athanor_compacted_bytes_before_total"));
  ATHANOR_TRY(bytes_after, counter(compacting->server(), "athanor_compacted_bytes_after_total"));
  bench.report.add({"compaction", "an archive of every event", {{"times smaller", bytes_before / bytes_after}}});
  return {};
}

}  // namespace athanor::bench
