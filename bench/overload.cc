// What happens when ten times as many requests come as the server can answer at once?
//
// Expected: requests are accepted at no less than four fifths of the peak rate, and take at most five times as long;
// the rest wait, or are told to come back later (ThrottlingException); memory grows by a quarter at most. When it is
// over, requests are answered as fast as if it had not happened.
//
// The peak is 64 connections by 10, each with one request at a time; overload is ten times as many connections. The
// server never sees more than one request of each connection: it reads the next after answering the last, so ten times
// the connections means ten times the waiting work, at whatever rate clients would like to send. A refused request is
// sent again at once, the worst that a client can do. Events of 25 KB make requests of 256 KB: then the disk is the
// bottleneck, and memory fills with what waits for it.
#include <fmt/format.h>

#include <array>

#include "bench/suites.h"

namespace athanor::bench {
namespace {

constexpr double kMiB = 1'048'576;
constexpr std::size_t kEntries = 10;
constexpr std::string_view kRefusal = "ThrottlingException";

struct Case {
  std::size_t connections;
  std::size_t detail_bytes = kDetailBytes;
  bool again = false;  // then the peak's load, on the same server
};
constexpr Case kPeak{.connections = 64, .again = true};
constexpr Case kOverload{.connections = 640, .again = true};
constexpr Case kManyConnections{.connections = 5'000};
constexpr Case kLargePeak{.connections = 64, .detail_bytes = 25'000};
constexpr Case kLargeOverload{.connections = 640, .detail_bytes = 25'000};

struct Outcome {
  LoadResult load;
  double resident_mib = 0;  // the maximum since the server's start
};
// For one server: the case, and what came after it.
struct Outcomes {
  std::vector<Outcome> loads, again;
};

Traffic traffic_of(const Bench& bench, const Athanor& server, const Case& one) {
  // As many bytes of prepared requests for large events as for small ones.
  const std::size_t count = (bench.quick ? 128 : 1'024) * kDetailBytes / one.detail_bytes;
  return {.reply = http_reply(R"("FailedEntryCount":0)", std::string{kRefusal}),
          .rings = {put_events_ring(count, kEntries, server.port(), bench.clock.now(), one.detail_bytes)},
          .events_per_request = kEntries,
          .refusal = std::string{kRefusal}};
}

Result<Outcome> load(Bench& bench, Athanor& server, const Case& one) {
  ATHANOR_TRY(before, server.queue_messages());
  ATHANOR_TRY(result, run_load(traffic_of(bench, server, one),
                               {server.port(), one.connections, bench.warm_up(), bench.measured()}, server.process()));
  ATHANOR_TRY(after, server.queue_messages());
  if (double(after - before) < result.events_per_second * seconds(bench.measured()))
    return Error{ErrorCode::Corrupt, "The queue holds fewer messages than events were acknowledged.", {}};
  return Outcome{result, double(server.process().resident_bytes_max()) / kMiB};
}

// A server for each case, so that the messages of one do not take up memory in the next.
Result<void> load(Bench& bench, const Case& one, Outcomes& outcomes) {
  ATHANOR_TRY(directory, bench.fresh_directory("overload"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());
  ATHANOR_TRY(during, load(bench, *server, one));
  outcomes.loads.push_back(during);
  if (!one.again) return {};
  ATHANOR_TRY(again, load(bench, *server, kPeak));
  outcomes.again.push_back(again);
  return {};
}

Outcome median_of(const std::vector<Outcome>& outcomes) {
  std::vector<LoadResult> loads;
  std::vector<double> resident;
  for (const Outcome& outcome : outcomes) {
    loads.push_back(outcome.load);
    resident.push_back(outcome.resident_mib);
  }
  return {median_of(loads), median(std::move(resident))};
}

// `peak`: what to compare with.
void add_row(Bench& bench, std::string subject, const Outcome& it, const Outcome& peak) {
  const LoadResult& r = it.load;
  bench.report.add({"overload",
                    std::move(subject),
                    {{"events/s", r.events_per_second},
                     {"vs peak", r.events_per_second / peak.load.events_per_second},
                     {"refused", r.refused_per_second / (r.refused_per_second + r.requests_per_second)},
                     {"p50 us", r.p50_us},
                     {"p99 us", r.p99_us},
                     {"vs peak's", r.p99_us / peak.load.p99_us},
                     {"peak RSS MiB", it.resident_mib},
                     {"load busy", r.load_busy},
                     {"others busy", r.others_busy}}});
}

std::string subject_of(const Case& one) {
  return fmt::format("{} connections by {} of {} KB", one.connections, kEntries, one.detail_bytes / 1'000);
}

}  // namespace

Result<void> measure_overload(Bench& bench) {
  const std::array cases{kPeak, kOverload, kManyConnections, kLargePeak, kLargeOverload};
  std::array<Outcomes, cases.size()> outcomes;
  for (int i = 0; i < bench.repeats; ++i) {  // alternating
    for (std::size_t c = 0; c < cases.size(); ++c) ATHANOR_CHECK(load(bench, cases[c], outcomes[c]));
  }
  const Outcome peak = median_of(outcomes[0].loads);
  const Outcome peak_again = median_of(outcomes[0].again);
  const Outcome overload = median_of(outcomes[1].loads);
  const Outcome after_overload = median_of(outcomes[1].again);
  const Outcome many = median_of(outcomes[2].loads);
  const Outcome large_peak = median_of(outcomes[3].loads);
  const Outcome large_overload = median_of(outcomes[4].loads);
  add_row(bench, subject_of(kPeak), peak, peak);
  add_row(bench, subject_of(kOverload), overload, peak);
  add_row(bench, subject_of(kManyConnections), many, peak);
  add_row(bench, "64 again, a second after 64", peak_again, peak_again);
  add_row(bench, "64 again, a second after 640", after_overload, peak_again);
  add_row(bench, subject_of(kLargePeak), large_peak, large_peak);
  add_row(bench, subject_of(kLargeOverload), large_overload, large_peak);

  const auto goals = [&](std::string_view which, const Outcome& over, const Outcome& its_peak) {
    bench.report.goal("overload", fmt::format("events/s at ten times the connections, relative to peak{}", which),
                      over.load.events_per_second / its_peak.load.events_per_second, 0.8, false);
    bench.report.goal("overload", fmt::format("MiB resident at ten times the connections, relative to peak{}", which),
                      over.resident_mib / its_peak.resident_mib, 1.25, true);
  };
  goals("", overload, peak);
  bench.report.goal("overload", "p99 of what is accepted at ten times the connections, relative to peak",
                    overload.load.p99_us / peak.load.p99_us, 5, true);
  bench.report.goal("overload", "p99 a second after an overload, relative to none",
                    after_overload.load.p99_us / peak_again.load.p99_us, 1.2, true);
  goals(", 25 KB", large_overload, large_peak);
  return {};
}

}  // namespace athanor::bench
