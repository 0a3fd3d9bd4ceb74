// Who plays in every simulated world: queues and functions, and what rules may send to them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace athanor::sim {

enum class Place : std::uint8_t {
  Orders,   // a standard queue
  Fifo,     // a FIFO queue: a group for every parity of the events' numbers
  Dead,     // the dead-letter queue of rules
  Work,     // clients send to it; three receives, then it goes to Spoiled
  Spoiled,  // its dead-letter queue
  Stacked,  // belongs to a stack
  Ticks,    // target of the scheduled rule
  Brief,    // clients send to it; short retention. Only in worlds with small steps
  Function0,
  Function1,
  Function2,  // belongs to a stack
};
inline constexpr std::array kPlaces = {Place::Orders,    Place::Fifo,      Place::Dead,     Place::Work,
                                       Place::Spoiled,   Place::Stacked,   Place::Ticks,    Place::Brief,
                                       Place::Function0, Place::Function1, Place::Function2};
inline constexpr std::array kQueues = {Place::Orders,  Place::Fifo,    Place::Dead,  Place::Work,
                                       Place::Spoiled, Place::Stacked, Place::Ticks, Place::Brief};
inline constexpr std::array kFunctions = {Place::Function0, Place::Function1, Place::Function2};
inline constexpr std::array kTargets = {Place::Orders, Place::Fifo, Place::Function0, Place::Function1};

inline constexpr const char* kBusArn = "arn:aws:events:us-east-1:123456789012:event-bus/trade";
inline constexpr const char* kArchiveArn = "arn:aws:events:us-east-1:123456789012:archive/all";
// In worlds where that has a retention, another keeps the events of one source forever, beside those that expire.
inline constexpr const char* kKeptArchiveArn = "arn:aws:events:us-east-1:123456789012:archive/kept";
inline constexpr char kKeptSource = 'c';

inline const char* name_of(Place place) {
  constexpr const char* kNames[] = {"orders", "fifo.fifo", "dead", "work", "spoiled", "stacked",
                                    "ticks",  "brief",     "f0",   "f1",   "f2"};
  return kNames[static_cast<std::size_t>(place)];
}
inline std::size_t index_of(Place place) { return static_cast<std::size_t>(place); }
inline bool is_of_stack(Place place) { return place == Place::Stacked || place == Place::Function2; }
inline bool is_function(Place place) { return place >= Place::Function0; }
inline std::string arn_of(Place place) {
  return (is_function(place) ? "arn:aws:lambda:us-east-1:123456789012:function:"
                             : "arn:aws:sqs:us-east-1:123456789012:") +
         std::string{name_of(place)};
}

// How a function behaves in one world.
struct Personality {
  bool is_broken = false;          // always fails
  std::uint64_t fails_one_in = 0;  // 0: never
  std::uint64_t times_out_one_in = 0;
};

// A function, as it was put: how its failures are retried.
struct FunctionPut {
  bool exists = false;
  std::uint32_t retries_max = 2;
  std::chrono::seconds event_age_max{21'600};
  friend bool operator==(const FunctionPut&, const FunctionPut&) = default;
};

// A queue, as it was put.
struct QueuePut {
  bool exists = false;
  std::chrono::seconds visibility_timeout{30};
  std::uint32_t receives_max = 3;  // only for Work
  std::chrono::seconds retention{1'209'600};
  friend bool operator==(const QueuePut&, const QueuePut&) = default;
};

// A target of a rule, as it was put.
struct TargetPut {
  Place place = Place::Orders;
  bool has_dead_letters = true;
  std::uint32_t retries_max = 2;
  std::chrono::seconds event_age_max{300};
  friend bool operator==(const TargetPut&, const TargetPut&) = default;
};

// A rule, as it was put: it matches events of some sources, each a letter.
struct RulePut {
  bool exists = false;
  bool is_enabled = true;
  std::string sources;
  std::map<std::string, TargetPut> targets;  // by id

  friend bool operator==(const RulePut&, const RulePut&) = default;
  bool matches(char source) const { return exists && is_enabled && sources.find(source) != std::string::npos; }
};
// The scheduled rule, as it was put.
struct SchedulePut {
  bool exists = false;
  bool is_enabled = true;
  bool has_target = false;
  bool is_cron = false;  // counts from midnight, else from when it was put
  std::chrono::minutes period{1};
  friend bool operator==(const SchedulePut&, const SchedulePut&) = default;
};

inline constexpr std::size_t kRules = 5;
inline constexpr std::size_t kRulesOfOperators = 4;
inline constexpr std::size_t kRuleOfStack = 4;

}  // namespace athanor::sim
