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

// One run: sends what is due on connections that are free, and records when the answers came.
class Load {
 public:
  Load(const Traffic& traffic, const LoadSettings& settings)
      : traffic_(traffic),
        settings_(settings),
        connections_(traffic.reply),
        requests_(traffic, settings.connections),
        due_(settings.connections) {
    for (std::size_t i = 0; i < settings.connections; ++i) free_.push_back(i);
  }

  Result<LoadResult> run(const Process& server) {
    ATHANOR_CHECK(connections_.open(settings_.port, settings_.connections, traffic_.opening));
    schedule_ = Schedule{steady_clock::now(), settings_.requests_per_second};
    ATHANOR_CHECK(run_until(steady_clock::now() + settings_.warm_up));
    ATHANOR_TRY(result, measure(server));
    ATHANOR_CHECK(await_replies());
    return std::move(result);
  }

 private:
  Result<void> run_until(TimePoint end) {
    while (steady_clock::now() < end) {
      ATHANOR_CHECK(send_due());
      ATHANOR_CHECK(connections_.poll(free_.empty() ? end : std::min(end, schedule_.next()), on_reply_));
    }
    return {};
  }

  Result<void> send_due() {
    while (sending_ && !free_.empty()) {
      const auto next = schedule_.take(steady_clock::now());
      if (!next) break;
      const std::size_t connection = free_.back();
      free_.pop_back();
      due_[connection] = *next;
      ATHANOR_CHECK(connections_.send(connection, requests_.next(connection)));
    }
    return {};
  }

  Result<void> take_reply(std::size_t connection, std::string_view reply, TimePoint received) {
    const bool is_refusal = !traffic_.refusal.empty() && reply.find(traffic_.refusal) != std::string_view::npos;
    if (measuring_ && is_refusal) ++refused_;
    if (measuring_ && !is_refusal) latency_.record(received - due_[connection]);
    free_.push_back(connection);
    return send_due();
  }

  Result<LoadResult> measure(const Process& server) {
    measuring_ = true;
    const TimePoint begin = steady_clock::now();
    const auto server_begin = server.cpu_time();
    const auto load_begin = thread_cpu_time();
    const auto machine_begin = machine_cpu_time();
    ATHANOR_CHECK(run_until(begin + settings_.measured));
    const auto server_used = server.cpu_time() - server_begin;
    const auto load_used = thread_cpu_time() - load_begin;
    const auto others_used = machine_cpu_time() - machine_begin - server_used - load_used;
    const double elapsed = seconds(steady_clock::now() - begin);
    measuring_ = false;
    if (latency_.count() == 0) return silent();
    const double events = double(latency_.count()) * double(traffic_.events_per_request);
    return LoadResult{.requests_per_second = double(latency_.count()) / elapsed,
                      .events_per_second = events / elapsed,
                      .refused_per_second = double(refused_) / elapsed,
                      .p50_us = micros(latency_.at(0.5)),
                      .p99_us = micros(latency_.at(0.99)),
                      .server_us_per_event = micros(server_used) / events,
                      .load_busy = seconds(load_used) / elapsed,
                      .others_busy = std::max(0.0, seconds(others_used) / elapsed)};
  }

  // Those that are still out when the time is over.
  Result<void> await_replies() {
    sending_ = false;
    const TimePoint patience = steady_clock::now() + kReplyTimeout;
    while (connections_.waiting() > 0) {
      ATHANOR_CHECK(connections_.poll(patience, on_reply_));
      if (steady_clock::now() >= patience) return silent();
    }
    return {};
  }

  const Traffic& traffic_;
  const LoadSettings& settings_;
  Connections connections_;
  Requests requests_;
  Schedule schedule_{steady_clock::now(), settings_.requests_per_second};
  std::vector<TimePoint> due_;     // by connection: when its request was
  std::vector<std::size_t> free_;  // connections
  Histogram latency_;
  std::uint64_t refused_ = 0;
  bool measuring_ = false;
  bool sending_ = true;
  const Connections::OnReply on_reply_ = [this](std::size_t connection, std::string_view reply, TimePoint received) {
    return take_reply(connection, reply, received);
  };
};

}  // namespace

Result<LoadResult> run_load(const Traffic& traffic, const LoadSettings& settings, const Process& server) {
  return Load{traffic, settings}.run(server);
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
