// When to try a request again, and when to stop.
#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace athanor::sdk {

// Time, randomness and waiting, passed in. Borrowed, except for `sleep`.
struct Surroundings {
  const base::Clock& clock;
  base::Random& random;
  std::function<void(base::Duration)> sleep;
};

struct RetryLimits {
  std::int64_t retries_max = 3;       // after the first try
  base::Duration age_max{3'600'000};  // no retry starts this long after the first try
};

// Whether the same request may succeed later: throttling, a server that is unreachable, answers 5xx or not at all.
bool is_retryable(const Error& error);

class Backoff {
 public:
  Backoff(RetryLimits limits, Surroundings& surroundings)
      : limits_(limits), surroundings_(surroundings), start_(surroundings.clock.now()) {}

  // Waits and returns true, or returns false when it is time to give up. The wait is uniform in [0, cap]; cap starts at
  // 100 ms and doubles to 5 s. Our choice: full jitter, like the AWS clients, with a cap low enough for people who
  // wait.
  bool wait();

 private:
  RetryLimits limits_;
  Surroundings& surroundings_;
  base::Time start_;
  std::int64_t retries_done_ = 0;
  base::Duration cap_{100};
};

}  // namespace athanor::sdk
