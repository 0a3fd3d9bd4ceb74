// How fast does an archive come back into a queue?
//
// Expected: the log is read a page at a time and a thousand hand-overs are one record, so that neither the disk nor the
// sync is the limit: 200,000 events/s and more.
#include <fmt/format.h>

#include <thread>

#include "api/events.h"
#include "bench/suites.h"

namespace athanor::bench {
namespace {

constexpr std::string_view kBusArn = "arn:aws:events:us-east-1:123456789012:event-bus/default";
constexpr std::chrono::seconds kPatience{120};

Result<void> wait_until_completed(Athanor& server, const std::string& name) {
  const io::Stopwatch watch;
  while (watch.elapsed() < kPatience) {
    ATHANOR_TRY(replay, server.client().call<api::DescribeReplay>({.replay_name = name}));
    if (replay.state == "COMPLETED") return {};
    if (replay.state == "FAILED" || replay.state == "CANCELLED")
      return Error{ErrorCode::Unavailable, "The replay ended in state " + *replay.state + ".", {}};
    std::this_thread::sleep_for(std::chrono::milliseconds{5});  // the API offers nothing but polling
  }
  return Error{ErrorCode::Timeout, "The replay did not complete.", {}};
}

}  // namespace

Result<void> measure_replay(Bench& bench) {
  const std::uint64_t events = bench.quick ? 20'000 : 500'000;
  ATHANOR_TRY(directory, bench.fresh_directory("replay"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(
      server->client().call<api::CreateArchive>({.archive_name = "bench", .event_source_arn = std::string{kBusArn}}));
  const base::Time before = bench.clock.now() - std::chrono::seconds{1};
  ATHANOR_CHECK(send_events(server->put_events(10), server->port(), events));
  const base::Time after = bench.clock.now() + std::chrono::seconds{1};
  // Only now, so that the queue holds what was replayed and nothing else.
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());

  std::vector<double> rates, cpu;
  for (int i = 0; i < bench.repeats; ++i) {
    const std::string name = fmt::format("replay-{}", i);
    const auto used = server->process().cpu_time();
    const io::Stopwatch watch;
    ATHANOR_CHECK(server->client().call<api::StartReplay>(
        {.replay_name = name,
         .event_source_arn = "arn:aws:events:us-east-1:123456789012:archive/bench",
         .event_start_time = before,
         .event_end_time = after,
         .destination = {.arn = std::string{kBusArn}}}));
    ATHANOR_CHECK(wait_until_completed(*server, name));
    rates.push_back(double(events) / seconds(watch.elapsed()));
    cpu.push_back(micros(server->process().cpu_time() - used) / double(events));
    ATHANOR_TRY(messages, server->queue_messages());
    const std::int64_t expected = static_cast<std::int64_t>(events) * (i + 1);
    if (messages != expected) {
      return Error{ErrorCode::Corrupt, fmt::format("{} messages after the replay, not {}.", messages, expected), {}};
    }
  }
  bench.report.add({"replay",
                    fmt::format("{} archived events into a queue", events),
                    {{"events/s", median(rates)}, {"cpu us/event", median(cpu)}}});
  bench.report.goal("replay", "events/s from an archive to a queue", median(rates), 200'000, false);
  return {};
}

}  // namespace athanor::bench
