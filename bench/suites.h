// The suites: each asks one question about the whole system. See the comment at the top of each file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/load.h"
#include "bench/process.h"
#include "bench/report.h"
#include "bench/requests.h"
#include "io/system_clock.h"
#include "sdk/aws_client.h"

namespace athanor::bench {

struct Bench {
  bool quick = false;
  int repeats = 3;
  int measured_seconds = 0;  // of each load; 0: as warm_up and measured say
  std::string load_only;     // "64x10": put-events and rivals: only that many connections and events per request
  std::string programs;      // directory of athanor, null-server and timed-function
  std::string directory;     // for the measured program's data; on the measured disk
  Cores cores;
  io::SystemClock clock;
  Report report;

  std::chrono::milliseconds warm_up() const { return std::chrono::milliseconds{quick ? 200 : 1'000}; }
  std::chrono::milliseconds measured() const {
    return measured_seconds > 0 ? std::chrono::seconds{measured_seconds}
                                : std::chrono::milliseconds{quick ? 700 : 3'000};
  }
  bool wants(std::size_t connections, std::size_t events_per_request) const;
  // An empty directory of that name; what was there is removed.
  Result<std::string> fresh_directory(std::string_view name) const;
};

struct Suite {
  std::string_view name;
  std::string_view question;
  Result<void> (*run)(Bench&);
};
std::span<const Suite> suites();

Result<void> measure_disk(Bench& bench);
Result<void> measure_put_events(Bench& bench);
Result<void> measure_latency(Bench& bench);
Result<void> measure_functions(Bench& bench);
Result<void> measure_overload(Bench& bench);
Result<void> measure_slow_clients(Bench& bench);
Result<void> measure_dead_target(Bench& bench);
Result<void> measure_replay(Bench& bench);
Result<void> measure_compaction(Bench& bench);
Result<void> measure_backlog(Bench& bench);
Result<void> measure_start(Bench& bench);
Result<void> measure_read_log(Bench& bench);
Result<void> measure_rivals(Bench& bench);

std::string queue_arn(std::string_view name);
std::string function_arn(std::string_view name);

// A rule on the default bus, with one target. By default, every sample event to the queue.
struct Route {
  std::string name = "bench";
  std::string pattern = std::string{kPattern};
  std::string target_arn = queue_arn("bench");
};

// `athanor serve` on its core, with our key: every request's signature is verified.
class Athanor {
 public:
  // Starts it in `directory` and waits until it reports that it is ready. `options`: further options of `serve`.
  static Result<std::unique_ptr<Athanor>> start(const Bench& bench, const std::string& directory,
                                                const std::vector<std::string>& options = {});
  // Stops it as an operator would, and waits: profilers write their output only at such an end.
  ~Athanor();

  std::uint16_t port() const { return port_; }
  Process& process() { return *process_; }
  sdk::AwsClient& client() { return client_; }

  Result<void> create_queue(const std::string& name = "bench");
  // timed-function, with these variables; see timed_function_main.cc.
  Result<void> create_function(const std::string& name, std::map<std::string, std::string> variables);
  Result<void> create_rule(const Route& route = {});
  std::string queue_url(std::string_view name = "bench") const;
  // Messages in the queue, in flight or not.
  Result<std::int64_t> queue_messages();

  // PutEvents requests, signed when called.
  Traffic put_events(std::size_t entries) const;

 private:
  Athanor(const Bench& bench, std::unique_ptr<Process> process, std::uint16_t port);

  const Bench& bench_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_;
  base::Random random_{7};
  sdk::AwsClient client_;
};

// PutEvents to a new server of its own, with a rule and a queue; fails when the queue lacks what was acknowledged.
Result<LoadResult> load_put_events(Bench& bench, std::size_t connections, std::size_t entries);

// The minimal server of null_server_main.cc. Given a file, it writes to it and syncs before each answer.
struct NullServer {
  static Result<NullServer> start(const Bench& bench, const std::string& file = "");
  std::unique_ptr<Process> process;
  std::uint16_t port = 0;
};

// Names by which suites find one another's rows.
inline constexpr std::string_view kPutEventsSuite = "put-events";
std::string load_subject(std::string_view who, std::size_t connections, std::size_t events_per_request);

}  // namespace athanor::bench
