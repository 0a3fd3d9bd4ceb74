// How long until an event that was put is in the hands of a consumer that waits for it?
//
// Expected: the hand-over is in memory and the consumer's receive is one more record, so that the message leaves one
// sync after the event was acknowledged: below 1 ms at the median, and below 5 ms for 99 of 100 at half of what the
// whole circle (put, receive, delete) can carry. Events are put at a fixed rate whether or not the server keeps up, and
// times count from when an event was due.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/sqs.h"
#include "bench/suites.h"

namespace athanor::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

struct Flow {
  std::size_t producers, consumers;  // connections
  std::size_t entries;               // in a PutEvents
  double events_per_second;          // infinite: as fast as the producers' answers come
};

struct FlowResult {
  Histogram acknowledged_to_received;
  Histogram due_to_acknowledged;
  Histogram due_to_received;
  double received_per_second = 0;
};

// A put, a receive and a delete of every event, on one thread.
class Circle {
 public:
  Circle(Bench& bench, Athanor& server, const Flow& flow)
      : bench_(bench), server_(server), flow_(flow), connections_(http_reply("")), consumers_(flow.consumers) {
    for (std::size_t i = 0; i < flow.producers; ++i) free_producers_.push_back(i);
    batch_of_.resize(flow.producers);
  }

  Result<FlowResult> run() {
    ATHANOR_CHECK(connections_.open(server_.port(), flow_.producers + flow_.consumers));
    for (std::size_t i = 0; i < flow_.consumers; ++i) ATHANOR_CHECK(receive(i));
    const TimePoint begin = steady_clock::now();
    measured_from_ = begin + bench_.warm_up();
    const TimePoint end = measured_from_ + bench_.measured();
    const bool unbounded = flow_.events_per_second == std::numeric_limits<double>::infinity();
    const auto period = unbounded ? steady_clock::duration{0}
                                  : std::chrono::nanoseconds{static_cast<std::int64_t>(1e9 * double(flow_.entries) /
                                                                                       flow_.events_per_second)};
    TimePoint due = begin;
    for (TimePoint now = begin; now < end; now = steady_clock::now()) {
      if (unbounded) due = now;
      for (; due <= now && !free_producers_.empty(); due += unbounded ? std::chrono::nanoseconds{1} : period) {
        ATHANOR_CHECK(put(due));
      }
      ATHANOR_CHECK(poll(std::min(due > now ? due : end, end)));
    }
    result_.received_per_second = double(received_in_time_) / seconds(bench_.measured());
    const TimePoint patience = end + kPatience;
    while (received_ < events_.size()) {
      ATHANOR_CHECK(poll(patience));
      if (steady_clock::now() >= patience) {
        return Error{ErrorCode::Timeout,
                     fmt::format("{} of {} events were not received.", events_.size() - received_, events_.size()),
                     {}};
      }
    }
    for (const Event& event : events_) {
      if (event.due < measured_from_) continue;
      result_.due_to_acknowledged.record(event.acknowledged - event.due);
      result_.due_to_received.record(event.received - event.due);
      // Nothing keeps a message from being received before its sender has read the answer: that is no time at all.
      result_.acknowledged_to_received.record(event.received - event.acknowledged);
    }
    return result_;
  }

 private:
  struct Event {
    TimePoint due, acknowledged, received;
  };
  struct Consumer {
    bool deletes = false;
  };

  Result<void> poll(TimePoint until) {
    return connections_.poll(until, [this](std::size_t connection, std::string_view reply, TimePoint received) {
      return connection < flow_.producers ? on_put(connection, http_body(reply), received)
                                          : on_consumer(connection - flow_.producers, http_body(reply), received);
    });
  }

  Result<void> put(TimePoint due) {
    const std::size_t producer = free_producers_.back();
    free_producers_.pop_back();
    batch_of_[producer] = events_.size();
    const auto request = signed_request<api::PutEvents>(sample_put_events(events_.size(), flow_.entries, random_),
                                                        server_.port(), bench_.clock.now());
    events_.resize(events_.size() + flow_.entries, {.due = due});
    return connections_.send(producer, request);
  }
  Result<void> on_put(std::size_t producer, std::string_view body, TimePoint received) {
    if (body.find(R"("FailedEntryCount":0)") == std::string_view::npos)
      return Error{ErrorCode::Unavailable, fmt::format("An event was refused: {}", body), {}};
    for (std::size_t i = 0; i < flow_.entries; ++i) events_[batch_of_[producer] + i].acknowledged = received;
    free_producers_.push_back(producer);
    return {};
  }

  Result<void> receive(std::size_t consumer) {
    consumers_[consumer].deletes = false;
    return connections_.send(
        flow_.producers + consumer,
        signed_request<api::ReceiveMessage>(
            {.queue_url = server_.queue_url(), .max_number_of_messages = 10, .wait_time_seconds = 20}, server_.port(),
            bench_.clock.now()));
  }
  Result<void> on_consumer(std::size_t consumer, std::string_view body, TimePoint received) {
    if (consumers_[consumer].deletes) {
      if (body.find(R"("Failed":[])") == std::string_view::npos)
        return Error{ErrorCode::Unavailable, fmt::format("A message was not deleted: {}", body), {}};
      return receive(consumer);
    }
    constexpr std::string_view kHandle = R"("ReceiptHandle":")";
    constexpr std::string_view kSequence = R"(\"sequence\":\")";
    api::DeleteMessageBatchRequest request{.queue_url = server_.queue_url()};
    for (std::size_t at = 0; (at = body.find(kHandle, at)) != std::string_view::npos;) {
      at += kHandle.size();
      request.entries.push_back({.id = fmt::format("{}", request.entries.size()),
                                 .receipt_handle = std::string{body.substr(at, body.find('"', at) - at)}});
    }
    for (std::size_t at = 0; (at = body.find(kSequence, at)) != std::string_view::npos;) {
      at += kSequence.size();
      ATHANOR_CHECK(on_event(body.substr(at, body.find('\\', at) - at), received));
    }
    if (request.entries.empty()) return receive(consumer);
    consumers_[consumer].deletes = true;
    return connections_.send(flow_.producers + consumer,
                             signed_request<api::DeleteMessageBatch>(request, server_.port(), bench_.clock.now()));
  }
  Result<void> on_event(std::string_view digits, TimePoint received) {
    std::size_t sequence = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    if (sequence >= events_.size() || events_[sequence].received != TimePoint{})
      return Error{ErrorCode::Corrupt, fmt::format("Event {} came twice, or was never put.", digits), {}};
    events_[sequence].received = received;
    ++received_;
    if (received >= measured_from_ && received < measured_from_ + bench_.measured()) ++received_in_time_;
    return {};
  }

  Bench& bench_;
  Athanor& server_;
  Flow flow_;
  Connections connections_;
  base::Random random_{7};
  std::vector<std::size_t> free_producers_;
  std::vector<std::size_t> batch_of_;  // first event of what a producer has sent last
  std::vector<Consumer> consumers_;
  std::vector<Event> events_;  // by sequence
  std::size_t received_ = 0;
  std::size_t received_in_time_ = 0;
  TimePoint measured_from_;
  FlowResult result_;
};

Result<FlowResult> run_flow(Bench& bench, const Flow& flow) {
  ATHANOR_TRY(directory, bench.fresh_directory("latency"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());
  return Circle{bench, *server, flow}.run();
}

double median_us(const std::vector<FlowResult>& results, Histogram FlowResult::* histogram, double quantile) {
  std::vector<double> values;
  for (const FlowResult& result : results) values.push_back(micros((result.*histogram).at(quantile)));
  return median(std::move(values));
}

Result<std::vector<FlowResult>> measure_flow(Bench& bench, const std::string& subject, const Flow& flow) {
  std::vector<FlowResult> results;
  std::vector<double> rates;
  for (int i = 0; i < bench.repeats; ++i) {
    ATHANOR_TRY(result, run_flow(bench, flow));
    rates.push_back(result.received_per_second);
    results.push_back(result);
  }
  bench.report.add({"latency",
                    subject,
                    {{"received/s", median(rates)},
                     {"put p50 us", median_us(results, &FlowResult::due_to_acknowledged, 0.5)},
                     {"put p99 us", median_us(results, &FlowResult::due_to_acknowledged, 0.99)},
                     {"+receive p50", median_us(results, &FlowResult::acknowledged_to_received, 0.5)},
                     {"+receive p99", median_us(results, &FlowResult::acknowledged_to_received, 0.99)},
                     {"whole p50", median_us(results, &FlowResult::due_to_received, 0.5)},
                     {"whole p99", median_us(results, &FlowResult::due_to_received, 0.99)}}});
  return results;
}

}  // namespace

Result<void> measure_latency(Bench& bench) {
  const double low_rate = 200;
  const std::string low = fmt::format("{:.0f} events/s by 1", low_rate);
  ATHANOR_TRY(quiet,
              measure_flow(bench, low, {.producers = 4, .consumers = 4, .entries = 1, .events_per_second = low_rate}));
  bench.report.goal("latency", "us from acknowledged to received, p50 at a low rate",
                    median_us(quiet, &FlowResult::acknowledged_to_received, 0.5), 1'000, true);

  constexpr Flow kFull{
      .producers = 4, .consumers = 32, .entries = 10, .events_per_second = std::numeric_limits<double>::infinity()};
  ATHANOR_TRY(full, measure_flow(bench, "as many as go, by 10", kFull));
  std::vector<double> rates;
  for (const FlowResult& result : full) rates.push_back(result.received_per_second);

  Flow half = kFull;
  half.producers = 32;
  half.events_per_second = median(rates) / 2;
  ATHANOR_TRY(busy,
              measure_flow(bench, fmt::format("half of that, {:.0f} events/s by 10", half.events_per_second), half));
  bench.report.goal("latency", "us from acknowledged to received, p99 at half of capacity",
                    median_us(busy, &FlowResult::acknowledged_to_received, 0.99), 5'000, true);
  return {};
}

}  // namespace athanor::bench
