// Heavy requests wait in the kernel while more is being received, or waits for the handler, than it takes at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "http/server.h"
#include "http/test_wire.h"

namespace athanor::http {
namespace {

using ::testing::HasSubstr;

// A handler for which as many bytes wait as the test says.
class HeldBack : public ::testing::Test {
 protected:
  void start(std::chrono::seconds held_back_max = std::chrono::hours{1}) {
    const Server::Settings settings{.light_body_bytes = 1'000,
                                    .waiting_bytes = [this] { return waiting_.load(); },
                                    .undecided_bytes_max = 100'000,
                                    .held_back_max = held_back_max};
    server_ = std::make_unique<Server>(settings, clock_, [this](Request request, Responder respond) {
      {
        const std::lock_guard lock{mutex_};
        handled_ += request.target;
      }
      respond({200, {}, request.target});
    });
    ASSERT_TRUE(server_->start());
    for (auto& wire : wires_) {
      wire = std::make_unique<Wire>(server_->port());
      let_come(*wire);
    }
    const std::lock_guard lock{mutex_};
    handled_.clear();
  }
  // Waits for the answer to a light request: whatever was sent before it has arrived, too.
  void let_come(Wire& wire) {
    wire.post("/light", 1'000);
    EXPECT_THAT(wire.answer(), HasSubstr("/light"));
  }

  std::string handled() {
    const std::lock_guard lock{mutex_};
    return handled_;
  }

  base::ManualClock clock_;
  std::atomic<std::uint64_t> waiting_{100'000};
  std::mutex mutex_;
  std::string handled_;
  std::unique_ptr<Server> server_;
  std::array<std::unique_ptr<Wire>, 4> wires_;
};

TEST_F(HeldBack, WaitsForRoomInTheOrderInWhichItCame) {
  start();
  for (const std::size_t i : {2U, 0U, 1U}) wires_[i]->post("/" + std::to_string(i), 50'000);
  let_come(*wires_[3]);
  EXPECT_EQ(handled(), "/light");
  waiting_ = 99'999;
  for (const std::size_t i : {2U, 0U, 1U}) EXPECT_THAT(wires_[i]->answer(), HasSubstr("/" + std::to_string(i)));
  EXPECT_EQ(handled(), "/light/2/0/1");
}

TEST_F(HeldBack, WaitsForWhatIsBeingReceivedWhoseRestComesIn) {
  start();
  waiting_ = 1;
  wires_[0]->announce("/begun", 100'000);
  wires_[0]->send(std::string(99'000, 'x'));  // at that rate it does not count as slow for a second
  let_come(*wires_[3]);
  wires_[1]->post("/next", 2'000);
  let_come(*wires_[3]);
  EXPECT_EQ(handled(), "/light/light");
  waiting_ = 100'000;
  wires_[0]->send(std::string(1'000, 'x'));
  EXPECT_THAT(wires_[0]->answer(), HasSubstr("/begun"));
  waiting_ = 1;
  EXPECT_THAT(wires_[1]->answer(), HasSubstr("/next"));
}

TEST_F(HeldBack, DoesNotWaitForWhatDoesNotCome) {
  start();
  waiting_ = 1;
  wires_[0]->announce("/begun", 100'000);
  let_come(*wires_[3]);
  wires_[1]->post("/next", 2'000);
  EXPECT_THAT(wires_[1]->answer(), HasSubstr("/next")) << "in a moment";
  wires_[0]->send(std::string(100'000, 'x'));
  EXPECT_THAT(wires_[0]->answer(), HasSubstr("/begun"));
}

// Both together send `undecided_bytes_max` bytes, and then nothing more.
TEST_F(HeldBack, WaitsForNoneThatBeganQuicklyForLong) {
  start();
  waiting_ = 1;
  wires_[0]->announce("/begun", 1'000'000);
  wires_[0]->send(std::string(100'000, 'x'));
  wires_[2]->send("POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n");
  wires_[2]->send(std::string(100'000, 'x'));
  let_come(*wires_[3]);
  for (const char* path : {"/1", "/2"}) {
    wires_[1]->post(path, 2'000);
    EXPECT_THAT(wires_[1]->answer(), HasSubstr(path));
  }
}

TEST_F(HeldBack, ComesInAllTheSameWhenTheHandlerHasNothingToDo) {
  start();
  waiting_ = 0;
  wires_[0]->announce("/never-sent", 100'000);
  let_come(*wires_[3]);
  for (const char* path : {"/1", "/2"}) {
    wires_[1]->post(path, 2'000);
    EXPECT_THAT(wires_[1]->answer(), HasSubstr(path));
  }
}

TEST_F(HeldBack, IsTheHandlersToRefuseWhenItHasWaitedForLong) {
  start(std::chrono::seconds{0});
  wires_[0]->post("/late", 2'000);
  EXPECT_THAT(wires_[0]->answer(), HasSubstr("/late")) << "behind the next tick, within a second";
}

TEST_F(HeldBack, IsClosedUnreadOrAnsweredWhenTheServerStops) {
  start();
  wires_[0]->post("/held", 2'000);
  let_come(*wires_[3]);
  server_->stop(std::chrono::hours{1});
  const bool is_answered = wires_[0]->answer().ends_with("/held");
  EXPECT_EQ(handled(), is_answered ? "/light/held" : "/light");
}

// The slow body and the request that waits for it are on different threads.
TEST(Server, HoldsBackNobodyForWhatComesSlowlyToAnotherThread) {
  base::ManualClock clock;
  Server server{
      {.threads = 2, .light_body_bytes = 1'000, .waiting_bytes = [] { return 1U; }, .undecided_bytes_max = 100'000},
      clock,
      [](Request request, Responder respond) { respond({200, {}, request.target}); }};
  ASSERT_TRUE(server.start());
  std::array<std::unique_ptr<Wire>, 2> slow, other;  // connections go to threads in turn
  for (auto& wire : slow) wire = std::make_unique<Wire>(server.port());
  for (auto& wire : other) wire = std::make_unique<Wire>(server.port());
  slow[0]->announce("/never-sent", 100'000);
  for (auto& wire : other) {
    wire->post("/next", 2'000);
    EXPECT_TRUE(wire->is_readable(std::chrono::seconds{1})) << "in a moment, and not when it has waited for long";
  }
}

}  // namespace
}  // namespace athanor::http
