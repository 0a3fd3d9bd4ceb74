#include "bench/load.h"

#include <algorithm>

#include "base/assert.h"
#include "bench/schedule.h"

namespace athanor::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kReplyTimeout{20};
constexpr std::size_t kFillConnections = 64;

// The rings that the connections cycle through.
class Requests {
 public:
  Requests(const Traffic& traffic, std::size_t connections) : traffic_(traffic), next_(connections) {
    ATHANOR_ASSERT(!traffic.rings.empty());
    // Not all from the same place: two connections that share a ring do not send the same request at the same time.
    for (std::size_t i = 0; i < connections; ++i) next_[i] = i * 7;
  }
  std::string_view next(std::size_t connection) {
    const auto& ring = traffic_.rings[connection % traffic_.rings.size()];
    return ring[next_[connection]++ % ring.size()];
  }

 private:
  const Traffic& traffic_;
  std::vector<std::size_t> next_;
};

Error silent() { return {ErrorCode::Timeout, "The server did not answer.", {}}; }

}  // namespace

Result<LoadResult> run_load(const Traffic& traffic, const LoadSettings& settings, const Process& server) {
  Connections connections{traffic.reply};
  ATHANOR_CHECK(connections.open(settings.port, settings.connections, traffic.opening));
  Requests requests{traffic, settings.connections};
  Schedule schedule{steady_clock::now(), settings.requests_per_second};
  std::vector<TimePoint> due(settings.connections);
  std::vector<std::size_t> free;  // connections
  Histogram latency;
  std::uint64_t refused = 0;
  bool measuring = false;
  bool sending = true;

  const auto send_due = [&]() -> Result<void> {
    while (sending && !free.empty()) {
      const auto next = schedule.take(steady_clock::now());
      if (!next) break;
      const std::size_t connection = free.back();
      free.pop_back();
      due[connection] = *next;
      ATHANOR_CHECK(connections.send(connection, requests.next(connection)));
    }
    return {};
  };
  const Connections::OnReply on_reply = [&](std::size_t connection, std::string_view reply,
                                            TimePoint received) -> Result<void> {
    const bool is_refusal = !traffic.refusal.empty() && reply.find(traffic.refusal) != std::string_view::npos;
    if (measuring && is_refusal) ++refused;
    if (measuring && !is_refusal) latency.record(received - due[connection]);
    free.push_back(connection);
    return send_due();
  };
  const auto run_until = [&](TimePoint end) -> Result<void> {
    while (steady_clock::now() < end) {
      ATHANOR_CHECK(send_due());
      ATHANOR_CHECK(connections.poll(free.empty() ? end : std::min(end, schedule.next()), on_reply));
    }
    return {};
  };

  for (std::size_t i = 0; i < settings.connections; ++i) free.push_back(i);
  ATHANOR_CHECK(run_until(steady_clock::now() + settings.warm_up));

  measuring = true;
  const TimePoint begin = steady_clock::now();
  const auto server_begin = server.cpu_time();
  const auto load_begin = thread_cpu_time();
  const auto machine_begin = machine_cpu_time();
  ATHANOR_CHECK(run_until(begin + settings.measured));
  const auto server_used = server.cpu_time() - server_begin;
  const auto load_used = thread_cpu_time() - load_begin;
  const auto others_used = machine_cpu_time() - machine_begin - server_used - load_used;
  const double elapsed = seconds(steady_clock::now() - begin);
  measuring = false;

  sending = false;
  const TimePoint patience = steady_clock::now() + kReplyTimeout;
  while (connections.waiting() > 0) {
    ATHANOR_CHECK(connections.poll(patience, on_reply));
    if (steady_clock::now() >= patience) return silent();
  }
  if (latency.count() == 0) return silent();

  const double events = double(latency.count()) * double(traffic.events_per_request);
  return LoadResult{.requests_per_second = double(latency.count()) / elapsed,
                    .events_per_second = events / elapsed,
                    .refused_per_second = double(refused) / elapsed,
                    .p50_us = micros(latency.at(0.5)),
                    .p99_us = micros(latency.at(0.99)),
                    .server_us_per_event = micros(server_used) / events,
                    .load_busy = seconds(load_used) / elapsed,
                    .others_busy = std::max(0.0, seconds(others_used) / elapsed)};
}

Result<std::chrono::nanoseconds> send_events(const Traffic& traffic, std::uint16_t port, std::uint64_t events) {
  Connections connections{traffic.reply};
  ATHANOR_CHECK(connections.open(port, kFillConnections, traffic.opening));
  Requests requests{traffic, kFillConnections};
  const TimePoint begin = steady_clock::now();
  std::uint64_t left = (events + traffic.events_per_request - 1) / traffic.events_per_request;
  TimePoint last = begin;
  const auto send_next = [&](std::size_t connection) -> Result<void> {
    if (left == 0) return {};
    --left;
    return connections.send(connection, requests.next(connection));
  };
  for (std::size_t i = 0; i < kFillConnections; ++i) ATHANOR_CHECK(send_next(i));
  while (connections.waiting() > 0) {
    ATHANOR_CHECK(connections.poll(last + kReplyTimeout,
                                   [&](std::size_t connection, std::string_view, TimePoint received) -> Result<void> {
                                     last = received;
                                     return send_next(connection);
                                   }));
    if (steady_clock::now() > last + kReplyTimeout) return silent();
  }
  return last - begin;
}

LoadResult median_of(const std::vector<LoadResult>& results) {
  const auto of = [&](double LoadResult::* figure) {
    std::vector<double> values;
    for (const LoadResult& result : results) values.push_back(result.*figure);
    return median(std::move(values));
  };
  return {.requests_per_second = of(&LoadResult::requests_per_second),
          .events_per_second = of(&LoadResult::events_per_second),
          .refused_per_second = of(&LoadResult::refused_per_second),
          .p50_us = of(&LoadResult::p50_us),
          .p99_us = of(&LoadResult::p99_us),
          .server_us_per_event = of(&LoadResult::server_us_per_event),
          .load_busy = of(&LoadResult::load_busy),
          .others_busy = of(&LoadResult::others_busy)};
}

double spread_of(const std::vector<LoadResult>& results) {
  const auto [least, most] = std::minmax_element(results.begin(), results.end(), [](const auto& a, const auto& b) {
    return a.events_per_second < b.events_per_second;
  });
  return (most->events_per_second - least->events_per_second) / median_of(results).events_per_second;
}

}  // namespace athanor::bench
