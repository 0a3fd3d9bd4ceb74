// Operations that are more than one decision, over HTTP, with an engine whose functions and disk are the test's.
#include "server/operations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "function/records.h"
#include "http/client.h"
#include "http/server.h"
#include "io/posix_file_system.h"
#include "observe/counters.h"
#include "server/handler.h"
#include "wire/call.h"

namespace athanor::server {
namespace {

// Only counts. Appended to by the engine's thread, committed by that or the log's.
class CountingLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override {
    return log::LogPosition{end_++};
  }
  log::LogPosition end() const override { return log::LogPosition{end_}; }
  Result<log::LogPosition> commit() override {
    committed_ = end_.load();
    return commit_position();
  }
  log::LogPosition commit_position() const override { return log::LogPosition{committed_}; }
  Result<log::Record> read(log::LogPosition) const override { return not_found("There is no record."); }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

 private:
  std::atomic<std::uint64_t> end_ = 0, committed_ = 0;
};

// Every function answers at once.
class QuickFunctions final : public function::Executor {
 public:
  explicit QuickFunctions(const log::Log& log) : log_(log) {}
  void start(function::Start start) override {
    saw_what_was_not_durable = saw_what_was_not_durable || log_.commit_position() < log_.end();
    start.done({.payload = "{}"});
  }
  void retire(const std::string&) override {}

  std::atomic<bool> saw_what_was_not_durable = false;

 private:
  const log::Log& log_;
};

// Code that only memory has may not run: after a power cut it would be code that nobody uploaded.
TEST(Operations, AFunctionThatIsInvokedRunsByWhatIsDurable) {
  CountingLog log;
  base::ManualClock clock;
  QuickFunctions functions{log};
  observe::Counters counters;
  engine::Loop loop{log, clock, functions, counters, {}, {}, [](const Error&) {}};
  ASSERT_TRUE(loop.start());
  io::PosixFileSystem files;
  runtime::CodeStore code{files, "none", "none"};
  const Settings settings;
  Parts parts{.loop = loop, .code = code, .clock = clock, .settings = settings, .report = [](std::string_view) {}};
  http::Server server{{}, clock, [&](http::Request request, http::Responder respond) {
                        wire::Recognised recognised;
                        ASSERT_TRUE(wire::recognise(request, recognised));
                        find_handler("lambda", "Invoke")
                            ->serve(std::make_shared<Exchange>(parts, std::move(recognised), engine::Caller{}, "id",
                                                               request.body.size(), std::move(respond)),
                                    request);
                      }};
  ASSERT_TRUE(server.start());

  // Both in one batch, since the engine is busy until both are there.
  std::promise<void> begun, both_wait;
  loop.post([&](engine::Call&) {
    begun.set_value();
    both_wait.get_future().wait();
  });
  begun.get_future().wait();
  loop.post([&](engine::Call& call) {
    call.journal.write(function::FunctionPut{.arn = "arn:aws:lambda:us-east-1:123456789012:function:f", .name = "f"});
  });
  auto response = std::async(std::launch::async, [port = server.port()] {
    http::Request request;
    request.method = "POST";
    request.target = "/2015-03-31/functions/f/invocations";
    request.body = "{}";
    return http::Client{}.send({.host = "127.0.0.1", .port = port}, request);
  });
  while (loop.waiting_bytes() == 0 && response.wait_for(std::chrono::seconds{0}) == std::future_status::timeout)
    std::this_thread::yield();
  both_wait.set_value();
  const auto answer = response.get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_FALSE(functions.saw_what_was_not_durable);
  server.stop();
  loop.stop();
}

}  // namespace
}  // namespace athanor::server
