// Operations that are more than one decision, over HTTP, with an engine whose functions and disk are the test's own.
#include "server/operations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "auth/credentials.h"
#include "function/records.h"
#include "http/client.h"
#include "http/server.h"
#include "io/posix_file_system.h"
#include "observe/counters.h"
#include "server/router.h"
#include "server/test_counting_log.h"

namespace athanor::server {
namespace {

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

class Operations : public ::testing::Test {
 protected:
  Operations() { EXPECT_TRUE(loop_.start() && server_.start()); }
  ~Operations() override {
    server_.stop();
    loop_.stop();
  }

  std::future<Result<http::Response>> send(std::string method, std::string target, std::string body = {}) {
    http::Request request{
        .method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body)};
    return std::async(std::launch::async, [port = server_.port(), request = std::move(request)] {
      return http::Client{}.send({.host = "127.0.0.1", .port = port}, request);
    });
  }

  // Until `release_` has its value.
  void hold_reader() {
    loop_.read_log([released = release_.get_future().share()](const log::Log&) { released.wait(); });
  }
  static bool is_open(std::future<Result<http::Response>>& response) {
    return response.wait_for(std::chrono::milliseconds{20}) == std::future_status::timeout;
  }

  CountingLog log_;
  base::ManualClock clock_;
  std::promise<void> release_;
  QuickFunctions functions_{log_};
  observe::Counters counters_;
  engine::Loop loop_{log_, clock_, functions_, counters_, {}, {}, [](const Error&) {}};
  io::PosixFileSystem files_;
  runtime::CodeStore code_{files_, "none", "none"};
  Settings settings_{.dev = true};
  Parts parts_{.loop = loop_, .code = code_, .clock = clock_, .settings = settings_, .report = [](std::string_view) {}};
  auth::CredentialStore credentials_;
  Router router_{parts_, credentials_, counters_, 7};
  http::Server server_{{}, clock_, [this](http::Request request, http::Responder respond) {
                         router_.serve(std::move(request), std::move(respond));
                       }};
};

// Code that exists only in memory must not run: after a power cut it would never have been uploaded.
TEST_F(Operations, AFunctionThatIsInvokedRunsByWhatIsDurable) {
  // Both in one batch, since the engine is busy until both have arrived.
  std::promise<void> begun, both_wait;
  loop_.post([&](engine::Call&) {
    begun.set_value();
    both_wait.get_future().wait();
  });
  begun.get_future().wait();
  loop_.post([&](engine::Call& call) {
    call.journal.write(function::FunctionPut{.arn = "arn:aws:lambda:us-east-1:123456789012:function:f", .name = "f"});
  });
  auto response = send("POST", "/2015-03-31/functions/f/invocations", "{}");
  while (loop_.waiting_bytes() == 0 && response.wait_for(std::chrono::seconds{0}) == std::future_status::timeout)
    std::this_thread::yield();
  both_wait.set_value();
  const auto answer = response.get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_FALSE(functions_.saw_what_was_not_durable);
}

// Work that may take a second must not run on the network thread, which serves all other requests.
TEST_F(Operations, WhatTakesLongIsDoneByTheReader) {
  struct Row {
    std::string method, target, body;
    std::uint16_t status;
  };
  const Row rows[] = {
      {"POST", "/2015-03-31/functions", "no JSON", 400},
      {"PUT", "/2015-03-31/functions/f/code", "no JSON", 400},
      {"GET", "/metrics", "", 200},
  };
  hold_reader();
  std::vector<std::future<Result<http::Response>>> responses;
  for (const Row& row : rows) responses.push_back(send(row.method, row.target, row.body));
  EXPECT_EQ(send("GET", "/_athanor/health").get()->status, 200);
  for (auto& response : responses) EXPECT_TRUE(is_open(response));
  release_.set_value();
  for (std::size_t i = 0; i < responses.size(); ++i) {
    const auto answer = responses[i].get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, rows[i].status) << rows[i].target << ": " << answer->body;
  }
}

TEST_F(Operations, ALargeBodyIsHashedByTheReader) {
  settings_.dev = false;
  hold_reader();
  auto large = send("POST", "/2015-03-31/functions", std::string(9 * 1'048'576, 'x'));
  EXPECT_EQ(send("POST", "/2015-03-31/functions", "x").get()->status, 403);
  EXPECT_TRUE(is_open(large));
  release_.set_value();
  EXPECT_EQ(large.get()->status, 403);
}

}  // namespace
}  // namespace athanor::server
