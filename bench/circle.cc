#include "bench/circle.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "api/sqs.h"
#include "bench/invocation_times.h"
#include "bench/schedule.h"

namespace athanor::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};
// How often a function's times are checked while nothing else happens.
constexpr std::chrono::microseconds kLookEvery{100};

bool is_function(const Destination& destination) {
  return destination.kind != Destination::Kind::Queue && destination.kind != Destination::Kind::MissingQueue;
}

std::string detail_type_of(const std::vector<Destination>& destinations, std::size_t index) {
  return destinations.size() == 1 ? std::string{kDetailType} : fmt::format("{} {}", kDetailType, index);
}

Result<void> create_destinations(Athanor& server, const std::vector<Destination>& destinations,
                                 const InvocationTimes& times) {
  using Kind = Destination::Kind;
  static const std::map<Kind, std::string> kDoes{
      {Kind::Function, "answer"}, {Kind::HangingFunction, "hang"}, {Kind::CrashingFunction, "crash"}};
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Destination& to = destinations[i];
    if (to.kind == Kind::Queue) ATHANOR_CHECK(server.create_queue(to.name));
    if (is_function(to)) {
      ATHANOR_CHECK(
          server.create_function(to.name, {{"BENCH_DOES", kDoes.at(to.kind)}, {"BENCH_TIMES", times.name()}}));
    }
    const std::string pattern = destinations.size() == 1
                                    ? std::string{kPattern}
                                    : fmt::format(R"({{"detail-type":["{}"]}})", detail_type_of(destinations, i));
    ATHANOR_CHECK(server.create_rule({.name = to.name,
                                      .pattern = pattern,
                                      .target_arn = is_function(to) ? function_arn(to.name) : queue_arn(to.name)}));
  }
  return {};
}

// A put for every event, and a receive and a delete for those that go to a queue, on one thread.
class Circle {
 public:
  Circle(Bench& bench, Athanor& server, const Flow& flow, const InvocationTimes& times)
      : bench_(bench), server_(server), flow_(flow), times_(times), connections_(http_reply("")) {
    for (std::size_t i = 0; i < flow.producers; ++i) free_producers_.push_back(i);
    batch_of_.resize(flow.producers);
    for (const Destination& to : flow.destinations) {
      if (to.kind != Destination::Kind::Queue) continue;
      for (std::size_t i = 0; i < flow.consumers; ++i) consumers_.push_back({.queue_url = server.queue_url(to.name)});
    }
  }

  Result<FlowResult> run() {
    ATHANOR_CHECK(connections_.open(server_.port(), flow_.producers + consumers_.size()));
    for (std::size_t i = 0; i < consumers_.size(); ++i) ATHANOR_CHECK(receive(i));
    const TimePoint begin = steady_clock::now();
    measured_from_ = begin + bench_.warm_up() + flow_.further_warm_up;
    const TimePoint end = measured_from_ + bench_.measured();
    Schedule schedule{begin, flow_.events_per_second / double(flow_.entries)};
    for (TimePoint now = begin; now < end; now = steady_clock::now()) {
      while (may_put()) {
        const auto due = schedule.take(now);
        if (!due) break;
        ATHANOR_CHECK(put(*due));
      }
      const TimePoint next = may_put() ? schedule.next() : underway() > 0 && has_functions() ? now + kLookEvery : end;
      ATHANOR_CHECK(poll(std::min(next, end)));
    }
    const TimePoint patience = end + kPatience;
    while (underway() > 0 || free_producers_.size() < flow_.producers) {
      ATHANOR_CHECK(poll(has_functions() ? steady_clock::now() + kLookEvery : patience));
      if (steady_clock::now() >= patience) {
        return Error{ErrorCode::Timeout,
                     fmt::format("{} of {} events did not arrive at their target.", underway(), events_.size()),
                     {}};
      }
    }
    if (events_.empty() || events_.back().due < measured_from_)
      return Error{ErrorCode::Timeout, "The server did nothing: no event was put in the measured time.", {}};
    return result(end);
  }

 private:
  struct Event {
    TimePoint due, acknowledged, received;
  };
  struct Consumer {
    std::string queue_url;
    bool deletes = false;
  };

  const Destination& destination_of(std::size_t event) const {
    return flow_.destinations[event % flow_.destinations.size()];
  }
  bool has_functions() const { return awaited_invocations_ > 0; }
  // Events put and still awaited.
  std::size_t underway() const { return awaited_receives_ - received_ + awaited_invocations_ - times_.count(); }
  bool may_put() const { return !free_producers_.empty() && underway() < flow_.underway_max; }

  Result<void> poll(TimePoint until) {
    return connections_.poll(until, [this](std::size_t connection, std::string_view reply, TimePoint received) {
      return connection < flow_.producers ? on_put(connection, http_body(reply), received)
                                          : on_consumer(connection - flow_.producers, http_body(reply), received);
    });
  }

  Result<void> put(TimePoint due) {
    const std::size_t producer = free_producers_.back();
    free_producers_.pop_back();
    const std::size_t first = events_.size();
    batch_of_[producer] = first;
    auto request = sample_put_events(first, flow_.entries, random_);
    for (std::size_t i = 0; i < flow_.entries; ++i) {
      request.entries[i].detail_type = detail_type_of(flow_.destinations, (first + i) % flow_.destinations.size());
      const auto kind = destination_of(first + i).kind;
      if (kind == Destination::Kind::Queue) ++awaited_receives_;
      if (kind == Destination::Kind::Function) ++awaited_invocations_;
    }
    events_.resize(first + flow_.entries, {.due = due});
    if (has_functions() && events_.size() > InvocationTimes::kEventsMax)
      return Error{ErrorCode::LimitExceeded, "There are more events than slots for the times of invocations.", {}};
    return connections_.send(producer, signed_request<api::PutEvents>(request, server_.port(), bench_.clock.now()));
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
            {.queue_url = consumers_[consumer].queue_url, .max_number_of_messages = 10, .wait_time_seconds = 20},
            server_.port(), bench_.clock.now()));
  }
  Result<void> on_consumer(std::size_t consumer, std::string_view body, TimePoint received) {
    if (consumers_[consumer].deletes) {
      if (body.find(R"("Failed")") != std::string_view::npos)
        return Error{ErrorCode::Unavailable, fmt::format("A message was not deleted: {}", body), {}};
      return receive(consumer);
    }
    constexpr std::string_view kHandle = R"("ReceiptHandle":")";
    constexpr std::string_view kSequence = R"(\"sequence\":\")";
    api::DeleteMessageBatchRequest request{.queue_url = consumers_[consumer].queue_url};
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
      return Error{ErrorCode::Corrupt, fmt::format("Event {} arrived twice, or was never put.", digits), {}};
    events_[sequence].received = received;
    ++received_;
    return {};
  }

  FlowResult result(TimePoint end) {
    FlowResult result;
    std::size_t received_in_time = 0;
    std::size_t invoked_in_time = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      Event& event = events_[i];
      const auto kind = destination_of(i).kind;
      if (kind == Destination::Kind::Function) event.received = times_.at(i).value();
      const bool is_in_time = event.received >= measured_from_ && event.received < end;
      if (kind == Destination::Kind::Queue) received_in_time += is_in_time;
      if (kind == Destination::Kind::Function) invoked_in_time += is_in_time;
      if (event.due < measured_from_) continue;
      result.due_to_acknowledged.record(event.acknowledged - event.due);
      // An event may well reach its consumer before its sender has read the answer: that counts as no time at all.
      if (kind == Destination::Kind::Queue) {
        result.due_to_received.record(event.received - event.due);
        result.acknowledged_to_received.record(event.received - event.acknowledged);
      } else if (kind == Destination::Kind::Function) {
        result.due_to_invoked.record(event.received - event.due);
        result.acknowledged_to_invoked.record(event.received - event.acknowledged);
      }
    }
    result.received_per_second = double(received_in_time) / seconds(bench_.measured());
    result.invoked_per_second = double(invoked_in_time) / seconds(bench_.measured());
    return result;
  }

  Bench& bench_;
  Athanor& server_;
  const Flow& flow_;
  const InvocationTimes& times_;
  Connections connections_;
  base::Random random_{7};
  std::vector<std::size_t> free_producers_;
  std::vector<std::size_t> batch_of_;  // the first event of each producer's latest batch
  std::vector<Consumer> consumers_;
  std::vector<Event> events_;  // by sequence
  std::size_t awaited_receives_ = 0, awaited_invocations_ = 0;
  std::size_t received_ = 0;
  TimePoint measured_from_;
};

}  // namespace

Result<FlowResult> run_flow(Bench& bench, std::string_view name, const Flow& flow) {
  ATHANOR_TRY(directory, bench.fresh_directory(name));
  ATHANOR_TRY(times, InvocationTimes::create());
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(create_destinations(*server, flow.destinations, *times));
  return Circle{bench, *server, flow, *times}.run();
}

Result<std::vector<FlowResult>> measure_flow(Bench& bench, const Taker& taker, const std::string& subject,
                                             const Flow& flow) {
  std::vector<FlowResult> results;
  std::vector<double> rates;
  for (int i = 0; i < bench.repeats; ++i) {
    ATHANOR_TRY(result, run_flow(bench, taker.suite, flow));
    rates.push_back(result.*taker.per_second);
    results.push_back(result);
  }
  bench.report.add({std::string{taker.suite},
                    subject,
                    {{fmt::format("{}/s", taker.taken), median(rates)},
                     {"put p50 us", median_us(results, &FlowResult::due_to_acknowledged, 0.5)},
                     {"put p99 us", median_us(results, &FlowResult::due_to_acknowledged, 0.99)},
                     {fmt::format("+{} p50", taker.take), median_us(results, taker.acknowledged_to_taken, 0.5)},
                     {fmt::format("+{} p99", taker.take), median_us(results, taker.acknowledged_to_taken, 0.99)},
                     {"whole p50", median_us(results, taker.due_to_taken, 0.5)},
                     {"whole p99", median_us(results, taker.due_to_taken, 0.99)}}});
  return results;
}

double median_us(const std::vector<FlowResult>& results, Histogram FlowResult::* histogram, double quantile) {
  std::vector<double> values;
  for (const FlowResult& result : results) values.push_back(micros((result.*histogram).at(quantile)));
  return median(std::move(values));
}

}  // namespace athanor::bench
