// The threads around the engine: one runs it, one commits its log, one reads the log for it, one compacts the log.
//
//   network threads --post--> [bounded queue] --> engine thread --> log thread (write, sync) --> engine thread: replies
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/world.h"
#include "log/log.h"

namespace athanor::engine {

class Loop final : public World {
 public:
  struct Settings {
    // Commands waiting at once; one more is answered with a throttling error.
    std::size_t commands_max = 20'000;
    // Bytes of the bodies of requests that wait or are being decided: what a disk writes in half a second, so that 64
    // clients may send a MB each. Light requests, which take messages away or ask for status, are let in regardless:
    // only `commands_max` bounds them.
    std::uint64_t bytes_max = 64 * 1'048'576;
    std::uint64_t light_bytes = 8'192;
    // Called at each turn of the engine's and of the log's thread, by that thread.
    void (*each_turn)() = [] {};
  };

  // `on_stopped` is called once, on the engine thread, when a write or sync of the log failed: the server then ends the
  // process, since nothing can be acknowledged any more.
  Loop(log::Log& log, const base::Clock& clock, function::Executor& executor, observe::Counters& counters,
       engine::Settings engine_settings, Settings settings, std::function<void(const Error&)> on_stopped);
  ~Loop() override;

  // Recovers the state and starts the threads. Blocks until the state is recovered.
  Result<void> start();
  // Runs what was posted, commits, saves a snapshot and joins the threads.
  void stop();

  // Runs the decision of a request with a body of `bytes` on the engine thread, once wake() has been called. Any
  // thread.
  enum class Posted : std::uint8_t {
    Full,    // too much is waiting already: nothing was posted
    First,   // the poster has to call wake(), preferably after posting whatever else it has
    Behind,  // another poster came first and will call it
  };
  Posted try_post(const Caller& caller, std::uint64_t bytes, std::move_only_function<void(Call&)> decision);
  void wake();
  // Whether try_post would take a request of that size now, so that a hopeless one is refused before any work.
  bool takes(std::uint64_t bytes) const;
  // The bytes of the bodies of requests that wait or are being decided.
  std::uint64_t waiting_bytes() const;

  Engine& engine();
  const log::Log& log() const;

  void start_function(function::Start start) override;
  void retire_function(const std::string& function_arn) override;
  void read_log(std::move_only_function<void(const log::Log&)> work) override;
  void post(std::move_only_function<void(Call&)> decision) override;

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace athanor::engine
