// Events from end to end: put at a rate, taken by waiting consumers or by a function, each with its times.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bench/histogram.h"
#include "bench/suites.h"

namespace athanor::bench {

// A rule's target, with a rule of its own.
struct Destination {
  enum class Kind : std::uint8_t {
    Queue,             // consumers wait for its messages, and delete them
    Function,          // answers at once
    HangingFunction,   // never answers: its process is killed at the timeout, after 3 s
    CrashingFunction,  // its process ends at every event
    MissingQueue,      // does not exist
  };
  Kind kind = Kind::Queue;
  std::string name = "bench";

  // Whether to wait for what is sent there.
  bool answers() const { return kind == Kind::Queue || kind == Kind::Function; }
};

struct Flow {
  std::size_t producers = 4;                                           // connections
  std::size_t consumers = 4;                                           // connections, for each queue
  std::size_t entries = 1;                                             // in each PutEvents
  double events_per_second = std::numeric_limits<double>::infinity();  // infinite: as fast as answers come
  std::size_t underway_max =
      std::numeric_limits<std::size_t>::max();  // put but not yet taken; at this number no more are put
  std::vector<Destination> destinations = std::vector<Destination>(1);  // event n goes to number n, modulo their count
  std::chrono::milliseconds further_warm_up{0};                         // in addition to each load's own
};

// Figures for the events that were due in the measured time.
struct FlowResult {
  Histogram due_to_acknowledged;
  Histogram acknowledged_to_received, due_to_received;  // by the queues' consumers
  Histogram acknowledged_to_invoked, due_to_invoked;    // by the functions
  double received_per_second = 0;
  double invoked_per_second = 0;
};

// Runs the flow against a server of its own, in a directory named `name`. An error when an event is refused, reaches a
// consumer twice, or has not arrived 30 s after the end.
Result<FlowResult> run_flow(Bench& bench, std::string_view name, const Flow& flow);

// What a suite measures: consumers or functions.
struct Taker {
  std::string_view suite, taken, take;  // "latency", "received", "receive"
  double FlowResult::* per_second;
  Histogram FlowResult::* acknowledged_to_taken;
  Histogram FlowResult::* due_to_taken;
};
// Runs the flow as often as loads are repeated, and adds a row with the taker's figures.
Result<std::vector<FlowResult>> measure_flow(Bench& bench, const Taker& taker, const std::string& subject,
                                             const Flow& flow);

// The median of a quantile over the runs.
double median_us(const std::vector<FlowResult>& results, Histogram FlowResult::* histogram, double quantile);

}  // namespace athanor::bench
