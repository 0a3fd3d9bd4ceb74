// The executor and its Runtime API, with processes played by the test.
#include "runtime/process_executor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "http/client.h"
#include "io/posix_file_system.h"
#include "io/test_directory.h"
#include "runtime/function_log.h"

namespace athanor::runtime {
namespace {

using function::Outcome;
using function::OutcomeKind;
using testing::HasSubstr;

constexpr std::chrono::seconds kPatience{10};  // for what has to happen, in real time

constexpr std::string_view kApi = "/2018-06-01/runtime/";

// base::ManualClock is for a single thread.
class SharedClock final : public base::Clock {
 public:
  base::Time now() const override { return base::Time{base::Duration{now_.load()}}; }
  void advance(base::Duration by) { now_ += by.count(); }

 private:
  std::atomic<base::Duration::rep> now_{1'700'000'000'000};
};

class PlayedProcesses final : public io::ProcessHost {
 public:
  Result<int> spawn(io::ProcessSpec spec) override {
    if (refuses) return *refuses;
    const std::lock_guard lock{mutex_};
    specs_.push_back(std::move(spec));
    spawned_.notify_all();
    return static_cast<int>(specs_.size());
  }
  std::optional<Error> refuses;  // set while no process can start

  void has_started(int) override {}
  void read_on() override { told_to_read_on.set_value(); }
  void flush_output(int) override {
    std::function<void()> happens;
    {
      const std::lock_guard lock{mutex_};
      happens = when_flushed_;
    }
    if (happens) happens();
  }
  void kill_group(int process) override {
    std::function<void(std::string)> on_exit;
    {
      const std::lock_guard lock{mutex_};
      ++killed_;
      if (die_slowly) return;
      on_exit = std::exchange(specs_.at(static_cast<std::size_t>(process) - 1).on_exit, nullptr);
    }
    if (on_exit) on_exit("signal: killed");
  }
  std::uint64_t peak_memory_bytes(int) const override { return 0; }

  std::promise<void> told_to_read_on;
  std::atomic<bool> die_slowly = false;
  // What happens on the executor's thread while an answer is being taken.
  void when_flushed(std::function<void()> happens) {
    const std::lock_guard lock{mutex_};
    when_flushed_ = std::move(happens);
  }
  int killed() {
    const std::lock_guard lock{mutex_};
    return killed_;
  }

  // The nth process started, from 1, once it has been; an empty one if it never is.
  io::ProcessSpec get(std::size_t n) {
    std::unique_lock lock{mutex_};
    return spawned_.wait_for(lock, kPatience, [&] { return specs_.size() >= n; }) ? specs_[n - 1] : io::ProcessSpec{};
  }
  // Its port; 0 if there is none.
  std::uint16_t port_of(std::size_t n) {
    for (const std::string& variable : get(n).environment) {
      if (constexpr std::string_view kName = "AWS_LAMBDA_RUNTIME_API=127.0.0.1:"; variable.starts_with(kName))
        return static_cast<std::uint16_t>(std::stoi(variable.substr(kName.size())));
    }
    return 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable spawned_;
  std::vector<io::ProcessSpec> specs_;
  std::function<void()> when_flushed_;
  int killed_ = 0;
};

// What the executable `bootstrap` does, step by step.
class Bootstrap {
 public:
  explicit Bootstrap(std::uint16_t port) : endpoint_{.host = "127.0.0.1", .port = port} {}

  // Asks for work. Returns the id of the invocation.
  std::string next() {
    const auto response = send("GET", "invocation/next", {});
    if (response) deadline_ms = response->header("Lambda-Runtime-Deadline-Ms");
    return response ? std::string{response->header("Lambda-Runtime-Aws-Request-Id")} : response.error().message;
  }
  std::string deadline_ms;  // of that invocation, as the function is told
  // The same in two steps.
  void ask() { asked_ = ask_for_work(); }
  // Returns once the executor has heard it: of two requests it keeps one waiting, and answers the other.
  void ask_and_be_heard() {
    const int one = ask_for_work(), other = ask_for_work();
    pollfd answered[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
    ASSERT_EQ(::poll(answered, 2, int(std::chrono::milliseconds{kPatience}.count())), 1);
    const bool is_other = answered[1].revents != 0;
    ::close(is_other ? other : one);
    asked_ = is_other ? one : other;
  }
  std::string wait_for_work() {
    std::string response(4'096, '\0');
    const timeval patience{kPatience.count(), 0};
    ::setsockopt(asked_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    response.resize(
        static_cast<std::size_t>(std::max<ssize_t>(::recv(asked_, response.data(), response.size(), 0), 0)));
    ::close(asked_);
    constexpr std::string_view kHeader = "Lambda-Runtime-Aws-Request-Id: ";
    const auto id = response.find(kHeader);
    if (id == std::string::npos) return "nothing";
    return response.substr(id + kHeader.size(), response.find('\r', id) - id - kHeader.size());
  }
  void answer(const std::string& id) {
    const auto response = send("POST", "invocation/" + id + "/response", "{}");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 202);
  }
  // As a runtime does that streams its answer; returns once it is heard.
  void fail_behind_answer(const std::string& id, std::string_view error_body) {
    const int connection = write(fmt::format(
        "POST {}invocation/{}/response HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nLambda-Runtime-Function-Response-Mode: "
        "streaming\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n"
        "Lambda-Runtime-Function-Error-Type: Shop.Closed\r\nLambda-Runtime-Function-Error-Body: {}\r\n\r\n",
        kApi, id, endpoint_.port, error_body));
    pollfd answered{connection, POLLIN, 0};
    EXPECT_EQ(::poll(&answered, 1, int(std::chrono::milliseconds{kPatience}.count())), 1);
    ::close(connection);
  }
  void fail_init(const std::string& error) { ASSERT_TRUE(send("POST", "init/error", error)); }
  // What a browser page that has found the port gets.
  std::uint16_t ask_as(const http::Header& header) {
    const auto response = send("GET", "invocation/next", {}, {header});
    return response ? response->status : 0;
  }
  // Returns once the executor has done and answered everything asked before, or has closed the port.
  void wait_for_executor() { (void)send("POST", "nothing", {}); }

 private:
  int ask_for_work() const {
    return write(fmt::format("GET {}invocation/next HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", kApi, endpoint_.port));
  }
  // On a connection of its own, which it returns.
  int write(const std::string& text) const {
    const sockaddr_in address{
        .sin_family = AF_INET, .sin_port = htons(endpoint_.port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(connection, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return connection;
  }
  Result<http::Response> send(const char* method, const std::string& path, std::string body,
                              http::Headers headers = {}) {
    http::Request request;
    request.headers = std::move(headers);
    request.method = method;
    request.target = std::string{kApi} + path;
    request.body = std::move(body);
    return client_.send(endpoint_, request);
  }

  int asked_ = -1;
  http::Endpoint endpoint_;
  http::Client client_{{.response_timeout = kPatience}};
};

class ProcessExecutorTest : public testing::Test {
 protected:
  ProcessExecutorTest() {
    std::filesystem::create_directories(directory_ + "/code/" + kCode);
    code_.emplace(files_, directory_ + "/code", directory_ + "/code");
    EXPECT_TRUE(code_->open());
    executor_.emplace(ProcessExecutor::Settings{.processes_max = kProcessesMax, .log_directory = directory_ + "/logs"},
                      wall_, clock_, processes_, files_, *code_);
    EXPECT_TRUE(executor_->listen());
  }
  std::future<Outcome> start(const std::string& id, std::function<void()> before_payload = [] {}) {
    const auto outcome = std::make_shared<std::promise<Outcome>>();
    executor_->start({.request_id = id,
                      .function = {.arn = "arn:f",
                                   .name = "f",
                                   .code_id = kCode,
                                   .revision_id = revision_id_,
                                   .timeout = timeout_,
                                   .reserved_concurrency = reserved_concurrency_},
                      .payload = [before_payload]() -> Result<std::string> {
                        before_payload();
                        return std::string{"{}"};
                      },
                      .done = [outcome](Outcome ended) { outcome->set_value(std::move(ended)); }});
    return outcome->get_future();
  }
  // The first process, which has answered its first invocation but not asked for another.
  std::unique_ptr<Bootstrap> answered_once() {
    auto first = start("1");
    auto bootstrap = std::make_unique<Bootstrap>(processes_.port_of(1));
    EXPECT_EQ(bootstrap->next(), "1");
    bootstrap->answer("1");
    EXPECT_TRUE(is_success(first));
    return bootstrap;
  }
  static bool is_success(std::future<Outcome>& outcome) {
    return outcome.wait_for(kPatience) == std::future_status::ready && outcome.get().is_success();
  }

  // Without the time and the stream at the start of each.
  std::vector<std::string> lines_of_log() const {
    std::ifstream file{directory_ + "/logs/aws/lambda/f.log"};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
      lines.push_back(line.substr(line.find(' ', line.find(' ') + 1) + 1));
    return lines;
  }

  static constexpr std::size_t kProcessesMax = 2;
  std::string revision_id_ = "1";
  std::chrono::seconds timeout_ = function::FunctionSpec{}.timeout;
  std::optional<std::int64_t> reserved_concurrency_;
  const std::string kCode = std::string(64, 'c');
  const io::TestDirectory home_;
  const std::string& directory_ = home_.path();
  base::ManualClock wall_;
  SharedClock clock_;
  io::PosixFileSystem files_;
  PlayedProcesses processes_;
  std::optional<CodeStore> code_;
  std::optional<ProcessExecutor> executor_;
};

TEST_F(ProcessExecutorTest, WhatFindsNoProcessWasNotTried) {
  for (const auto& [code, kind] : {std::pair{ErrorCode::Unavailable, OutcomeKind::Refused},
                                   std::pair{ErrorCode::NotFound, OutcomeKind::InitError}}) {
    processes_.refuses = Error{code, "No process can be started.", {}};
    auto outcome = start("1");
    ASSERT_EQ(outcome.wait_for(kPatience), std::future_status::ready);
    EXPECT_EQ(outcome.get().kind, kind);
  }
}

// Whatever happens between taking the answer and reporting it.
TEST_F(ProcessExecutorTest, AnAnswerThatWasTakenCounts) {
  for (const bool ends : {false, true}) {
    SCOPED_TRACE(ends ? "the process ends" : "the function's time is up");
    processes_.when_flushed(nullptr);
    auto outcome = start("1");
    const std::size_t process = ends ? 2 : 1;
    Bootstrap bootstrap{processes_.port_of(process)};
    ASSERT_EQ(bootstrap.next(), "1");
    processes_.when_flushed([&, ends, on_exit = processes_.get(process).on_exit] {
      ends ? on_exit("exit status 0") : clock_.advance(std::chrono::seconds{3});
    });
    bootstrap.answer("1");
    EXPECT_TRUE(is_success(outcome));
    revision_id_ = "2";  // the next has a process of its own
  }
}

TEST_F(ProcessExecutorTest, PagesInABrowserGetNoInvocation) {
  auto outcome = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  for (const http::Header& header : {http::Header{"Host", "evil.example:80"}, http::Header{"Host", "evil.example"},
                                     http::Header{"Origin", "http://evil.example"}, http::Header{"Origin", "null"},
                                     http::Header{"Sec-Fetch-Site", "cross-site"}})
    EXPECT_EQ(bootstrap.ask_as(header), 403) << header.name << ": " << header.value;
  EXPECT_EQ(bootstrap.ask_as({"Host", "runtime"}), 200) << "as a program of a few lines may call it";
  bootstrap.answer("1");
  EXPECT_TRUE(is_success(outcome));
}

TEST_F(ProcessExecutorTest, AnInvocationRunsElsewhereWhenItsProcessNeverAsksForIt) {
  const auto hanging = answered_once();
  auto second = start("2");  // on the existing process, which is about to ask
  hanging->wait_for_executor();
  clock_.advance(ProcessExecutor::Settings{}.init_timeout);
  hanging->wait_for_executor();
  const std::uint16_t port = processes_.port_of(2);
  ASSERT_NE(port, 0);
  Bootstrap other{port};
  ASSERT_EQ(other.next(), "2");
  other.answer("2");
  EXPECT_TRUE(is_success(second));
}

// Lambda runs what comes meanwhile elsewhere, and bounds such work by the function's timeout.
TEST_F(ProcessExecutorTest, WorkBehindAnAnswerHoldsNobodyUpAndIsNotCutOff) {
  const auto working = answered_once();
  auto second = start("2");
  working->wait_for_executor();
  clock_.advance(kAsksWithin);
  working->wait_for_executor();
  Bootstrap other{processes_.port_of(2)};
  ASSERT_EQ(other.next(), "2");
  clock_.advance(std::chrono::seconds{2});
  working->wait_for_executor();
  working->ask_and_be_heard();
  auto third = start("3");
  EXPECT_EQ(working->wait_for_work(), "3");
  other.answer("2");
  EXPECT_TRUE(is_success(second));
}

TEST_F(ProcessExecutorTest, WorkBehindAnAnswerCountsTowardsTheReservedConcurrency) {
  reserved_concurrency_ = 1;
  const auto working = answered_once();
  auto second = start("2");
  clock_.advance(std::chrono::seconds{2});
  working->wait_for_executor();
  EXPECT_EQ(working->next(), "2");
  working->answer("2");
  ASSERT_TRUE(is_success(second));

  auto third = start("3");
  clock_.advance(function::FunctionSpec{}.timeout);  // such work gets no more time
  working->wait_for_executor();
  EXPECT_EQ(Bootstrap{processes_.port_of(2)}.next(), "3");
}

// A caller told of a timeout may invoke again at once. Killed processes take a moment to die, or hang.
TEST_F(ProcessExecutorTest, ProcessesThatDieHaveRoomForAsManyOthers) {
  processes_.die_slowly = true;
  std::vector<std::future<Outcome>> outcomes;
  for (std::size_t n = 1; n <= 2 * kProcessesMax; ++n) {
    outcomes.push_back(start(fmt::format("{}", n)));
    ASSERT_NE(processes_.port_of(n), 0);
    if (n % kProcessesMax != 0) continue;
    clock_.advance(ProcessExecutor::Settings{}.init_timeout);
    for (auto& outcome : outcomes) ASSERT_EQ(outcome.wait_for(kPatience), std::future_status::ready);
    outcomes.clear();
  }
  auto refused = start("one too many");
  ASSERT_EQ(refused.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(refused.get().kind, OutcomeKind::Refused);
  processes_.get(1).on_exit("signal: killed");
  auto started = start("5");
  EXPECT_EQ(Bootstrap{processes_.port_of(2 * kProcessesMax + 1)}.next(), "5");
}

// Updating or deleting a function ends no invocation, and one is under way until the process asks for the next.
TEST_F(ProcessExecutorTest, WorkBehindAnAnswerIsNotCutOffByAnotherRevision) {
  auto first = start("1");
  Bootstrap working{processes_.port_of(1)};
  ASSERT_EQ(working.next(), "1");
  executor_->retire("arn:f");  // before the answer
  working.answer("1");
  ASSERT_TRUE(is_success(first));
  executor_->retire("arn:f");  // after it
  revision_id_ = "2";
  auto second = start("2");
  Bootstrap other{processes_.port_of(2)};
  ASSERT_EQ(other.next(), "2");
  clock_.advance(std::chrono::seconds{2});
  working.wait_for_executor();
  EXPECT_EQ(processes_.killed(), 0);
  other.answer("2");
  ASSERT_TRUE(is_success(second));
  working.ask();
  EXPECT_EQ(working.wait_for_work(), "nothing");
  working.wait_for_executor();
  EXPECT_EQ(processes_.killed(), 1) << "when it asked for more";
}

TEST_F(ProcessExecutorTest, WorkBehindAnAnswerOfAnOldRevisionEndsAtItsTimeout) {
  const auto working = answered_once();
  executor_->retire("arn:f");
  clock_.advance(function::FunctionSpec{}.timeout);
  working->wait_for_executor();
  working->wait_for_executor();
  EXPECT_EQ(processes_.killed(), 1);
}

TEST_F(ProcessExecutorTest, WorkBehindAnAnswerOfAnOldRevisionCountsTowardsTheReservedConcurrency) {
  reserved_concurrency_ = 1;
  const auto working = answered_once();
  executor_->retire("arn:f");
  revision_id_ = "2";
  clock_.advance(kAsksWithin);
  auto refused = start("2");
  ASSERT_EQ(refused.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(refused.get().kind, OutcomeKind::Refused);
  working->ask();
  EXPECT_EQ(working->wait_for_work(), "nothing");
  auto third = start("3");
  EXPECT_EQ(Bootstrap{processes_.port_of(2)}.next(), "3");
}

TEST_F(ProcessExecutorTest, AProcessThatWaitsIsTakenBeforeOneThatMayNeverAsk) {
  auto first = start("1");
  auto second = start("2");
  Bootstrap waiting{processes_.port_of(1)};
  Bootstrap hanging{processes_.port_of(2)};
  ASSERT_EQ(waiting.next(), "1");
  ASSERT_EQ(hanging.next(), "2");
  waiting.answer("1");
  hanging.answer("2");
  ASSERT_TRUE(is_success(first) && is_success(second));
  waiting.ask_and_be_heard();
  hanging.ask_and_be_heard();
  auto third = start("3");
  ASSERT_EQ(hanging.wait_for_work(), "3") << "it was used last";
  hanging.answer("3");
  ASSERT_TRUE(is_success(third));
  auto fourth = start("4");
  EXPECT_EQ(waiting.wait_for_work(), "4");
}

TEST_F(ProcessExecutorTest, TheFirstReportOfAProcessTellsHowLongItTookToStart) {
  auto first = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  clock_.advance(std::chrono::milliseconds{70});
  ASSERT_EQ(bootstrap.next(), "1");
  clock_.advance(std::chrono::milliseconds{5});
  bootstrap.answer("1");
  ASSERT_EQ(first.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(first.get().log_tail, HasSubstr("\tDuration: 5.00 ms\tBilled Duration: 75 ms\tMemory Size: 128 MB\t"
                                              "Max Memory Used: 0 MB\tInit Duration: 70.00 ms\t\n"));
  bootstrap.ask_and_be_heard();
  auto second = start("2");
  ASSERT_EQ(bootstrap.wait_for_work(), "2");
  bootstrap.answer("2");
  ASSERT_EQ(second.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(second.get().log_tail, HasSubstr("\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t"
                                               "Max Memory Used: 0 MB\t\n"));
}

TEST_F(ProcessExecutorTest, AnErrorBehindAPartOfAnAnswerIsTheFunctions) {
  const std::pair<std::string, std::string> rows[] = {
      {"eyJlcnJvclR5cGUiOiJTaG9wLkNsb3NlZCJ9", R"({"errorType":"Shop.Closed"})"},
      {"%", R"({"errorType":"Shop.Closed","errorMessage":"The function failed after it had begun its response."})"}};
  const auto first = answered_once();
  for (const auto& [told, payload] : rows) {
    first->ask_and_be_heard();
    auto failing = start("2");
    ASSERT_EQ(first->wait_for_work(), "2");
    first->fail_behind_answer("2", told);
    ASSERT_EQ(failing.wait_for(kPatience), std::future_status::ready);
    const Outcome outcome = failing.get();
    EXPECT_EQ(outcome.kind, OutcomeKind::FunctionError);
    EXPECT_EQ(outcome.payload, payload);
    EXPECT_EQ(outcome.error_type, "Shop.Closed");
  }
}

// The sender of an event hears of its failure late or never: the log says why.
TEST_F(ProcessExecutorTest, TheLogSaysHowAnInitFailed) {
  auto hanging = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  clock_.advance(ProcessExecutor::Settings{}.init_timeout);
  bootstrap.wait_for_executor();
  ASSERT_EQ(hanging.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(hanging.get().log_tail,
              HasSubstr("INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n"));
  auto failing = start("2");
  Bootstrap{processes_.port_of(2)}.fail_init(R"({"errorType":"Function.NoConfig"})");
  ASSERT_EQ(failing.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(failing.get().log_tail, HasSubstr("\tStatus: error\tError Type: Function.NoConfig\n"));
  auto ending = start("3");
  processes_.get(3).on_exit("exit status 0");
  ASSERT_EQ(ending.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(ending.get().log_tail, HasSubstr("\tStatus: error\tError Type: Runtime.ExitError\n"
                                               "RequestId: 3 Error: Runtime exited without providing a reason\n"));
}

// On Lambda an init of more than ten seconds is begun again as a part of the first invocation, within its timeout.
TEST_F(ProcessExecutorTest, ALongInitCountsTowardsTheFirstInvocation) {
  timeout_ = std::chrono::seconds{30};
  auto slow = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  clock_.advance(std::chrono::seconds{12});
  bootstrap.wait_for_executor();
  ASSERT_EQ(bootstrap.next(), "1");
  EXPECT_EQ(bootstrap.deadline_ms,
            fmt::format("{}", (wall_.now() + std::chrono::seconds{18}).time_since_epoch().count()));
  clock_.advance(std::chrono::seconds{17});
  bootstrap.wait_for_executor();
  bootstrap.answer("1");
  ASSERT_TRUE(is_success(slow));

  auto next = start("2");  // has all of its own time
  ASSERT_EQ(bootstrap.next(), "2");
  clock_.advance(std::chrono::seconds{29});
  bootstrap.wait_for_executor();
  bootstrap.answer("2");
  EXPECT_TRUE(is_success(next));
}

TEST_F(ProcessExecutorTest, AnInvocationEndsWhereItsLongInitHasUsedUpItsTime) {
  timeout_ = std::chrono::seconds{30};
  auto slow = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  clock_.advance(std::chrono::seconds{12});
  bootstrap.wait_for_executor();
  ASSERT_EQ(bootstrap.next(), "1");
  clock_.advance(std::chrono::milliseconds{18'004});  // what the end comes late is not billed
  bootstrap.wait_for_executor();
  ASSERT_EQ(slow.wait_for(kPatience), std::future_status::ready);
  const Outcome timed_out = slow.get();
  EXPECT_EQ(timed_out.kind, OutcomeKind::Timeout);
  EXPECT_THAT(timed_out.log_tail, HasSubstr("\tDuration: 18004.00 ms\tBilled Duration: 30000 ms\t"));

  auto slower = start("2");
  Bootstrap other{processes_.port_of(2)};
  clock_.advance(std::chrono::seconds{29});
  other.wait_for_executor();
  other.wait_for_executor();
  ASSERT_EQ(slower.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  clock_.advance(std::chrono::seconds{1});
  other.wait_for_executor();
  ASSERT_EQ(slower.wait_for(kPatience), std::future_status::ready);
  const Outcome outcome = slower.get();
  EXPECT_EQ(outcome.kind, OutcomeKind::InitError);
  EXPECT_THAT(outcome.payload, HasSubstr("Init timed out after 30 seconds"));
}

// A function writes as it likes: parts of a line, or of a character, are joined in the log, and the tail is what was
// printed.
TEST_F(ProcessExecutorTest, ALineIsOneHoweverItIsWritten) {
  auto outcome = start("1");
  Bootstrap bootstrap{processes_.port_of(1)};
  ASSERT_EQ(bootstrap.next(), "1");
  const io::ProcessSpec process = processes_.get(1);
  for (const char* part : {"abc", "d\xC3",
                           "\xA9"
                           "f\ngh",
                           "i"})
    process.on_output(part);
  bootstrap.answer("1");
  ASSERT_EQ(outcome.wait_for(kPatience), std::future_status::ready);
  EXPECT_THAT(outcome.get().log_tail, HasSubstr("$LATEST\nabcdéf\nghi\nEND RequestId: 1\n"));
  std::string long_line = std::string(kLogLineBytes - 1, 'l') + "é";
  long_line.append(100'000, 'm');
  for (std::size_t at = 0; at < long_line.size(); at += 16'384) process.on_output(long_line.substr(at, 16'384));
  bootstrap.wait_for_executor();
  executor_.reset();

  const auto printed = lines_of_log();
  ASSERT_EQ(printed.size(), 8U);
  EXPECT_EQ(printed[2], "abcdéf");
  EXPECT_EQ(printed[3], "ghi");
  EXPECT_EQ(printed[6].size(), kLogLineBytes - 1) << "an event of CloudWatch Logs has no more";
  EXPECT_TRUE(printed[7] == "é" + std::string(100'000, 'm'));
}

// As when a disk hangs: what functions print meanwhile is not all held in memory.
TEST_F(ProcessExecutorTest, WhatIsPrintedWaitsInItsPipeWhileTheExecutorIsHeldUp) {
  std::promise<void> reading, read;
  auto outcome = start("1", [&] {
    reading.set_value();
    read.get_future().wait();
  });
  Bootstrap bootstrap{processes_.port_of(1)};
  bootstrap.ask();
  reading.get_future().wait();
  const io::ProcessSpec process = processes_.get(1);
  const std::string chunk(64 << 10, '.');
  std::size_t printed = 0;
  for (; process.takes_output() && printed < 64 << 20; printed += chunk.size()) process.on_output(chunk);
  EXPECT_LE(printed, 2 << 20);
  read.set_value();
  ASSERT_EQ(processes_.told_to_read_on.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(process.takes_output());
}

}  // namespace
}  // namespace athanor::runtime
