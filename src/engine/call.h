// What a decision is given: who asks, what time it is, chance, the journal to write to, and the works to read.
//
// Decisions are plain functions that run to their end on the engine thread. What they write is applied at once; what
// they answer leaves once everything they saw is committed (engine/engine.h).
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "log/journal.h"

namespace athanor::archive {
class Archives;
class Replays;
}  // namespace athanor::archive
namespace athanor::bus {
class RuleBook;
}
namespace athanor::delivery {
class Dispatcher;
}
namespace athanor::function {
class Functions;
class Invocations;
}  // namespace athanor::function
namespace athanor::observe {
class Counters;
}
namespace athanor::queue {
class Queues;
class Receivers;
}  // namespace athanor::queue

namespace athanor::stack {
class Stacks;
}

namespace athanor::engine {

// Who sent the request, and the account and region in which its names resolve.
struct Caller {
  std::string account = "123456789012";
  std::string region = "us-east-1";
  std::string endpoint;       // "http://127.0.0.1:4566", from the request's Host: queue URLs begin with it
  std::string access_key_id;  // empty when the request was not signed
  std::string trace_header;   // the request's X-Amzn-Trace-Id, whatever it is
};

struct Works {
  bus::RuleBook& rules;
  delivery::Dispatcher& deliveries;
  queue::Queues& queues;
  queue::Receivers& receivers;
  function::Functions& functions;
  function::Invocations& invocations;
  archive::Archives& archives;
  archive::Replays& replays;
  stack::Stacks& stacks;
  observe::Counters& counters;
};

struct Call {
  const Caller& caller;
  base::Time now;
  base::Random& random;
  log::Journal& journal;
  Works& works;
  // False while the disk is full: refuse (disk_is_full) what takes up room for good; go on with what makes room.
  bool disk_has_room = true;
};

// How a decision that has to wait (a long poll, a function) answers: once, on the engine thread.
template <class T>
using Reply = std::function<void(Result<T>)>;

}  // namespace athanor::engine
