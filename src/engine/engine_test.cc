#include "engine/engine.h"

#include <gtest/gtest.h>

#include <deque>

#include "engine/state.h"
#include "log/test_log.h"

namespace athanor::engine {
namespace {

constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";

class ReadingWorld final : public World {
 public:
  explicit ReadingWorld(const log::Log& log) : log_(log) {}
  void start_function(function::Start) override {}
  void retire_function(const std::string&) override {}
  void read_log(std::function<void(const log::Log&)> work) override { work(log_); }
  void post(std::function<void(Call&)> decision) override { posted.push_back(std::move(decision)); }

  std::deque<std::function<void(Call&)>> posted;

 private:
  const log::Log& log_;
};

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(engine_.recover()); }

  template <class Record>
  void write(const Record& record) {
    engine_.execute({}, [&](Call& call) { call.journal.write(record); });
  }
  std::size_t messages(Engine& engine) { return engine.state().queues.find(kQueue)->messages.counts().visible; }

  log::MemoryLog log_;
  base::ManualClock clock_;
  observe::Counters counters_;
  ReadingWorld world_{log_};
  Engine engine_{log_, clock_, world_, counters_, {}};
};

// What is behind it in its decision may rest on it, and is not there either.
TEST_F(EngineTest, RefusesARecordThatTheLogDoesNotTakeAndGoesOn) {
  engine_.execute({}, [&](Call& call) {
    call.journal.write(queue::QueueCreated{.queue_arn = kQueue});
    call.journal.write(queue::MessageSent{.queue_arn = kQueue, .body = std::string(9'000'000, 'x')});
    call.journal.write(queue::MessageSent{.queue_arn = kQueue, .body = "behind it"});
  });
  ASSERT_TRUE(engine_.refusal());
  EXPECT_EQ(engine_.refusal()->code, ErrorCode::RequestTooLarge);
  EXPECT_FALSE(engine_.has_stopped());
  EXPECT_EQ(messages(engine_), 0U);
  EXPECT_EQ(log_.records_.size(), 1U);

  write(queue::MessageSent{.queue_arn = kQueue, .body = "the next decision"});
  EXPECT_FALSE(engine_.refusal());
  EXPECT_EQ(messages(engine_), 1U);

  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(restarted.state().save(), engine_.state().save());
}

// A snapshot may find no room, or another comes before it is saved.
TEST_F(EngineTest, FreesWhatTheTwoSnapshotsThatWereSavedCanDoWithout) {
  const auto take = [&] {
    write(bus::EventAccepted{});
    return engine_.take_snapshot(true).value();
  };
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{0});
  take();
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{1}) << "the first needs it";
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{3});
}

TEST_F(EngineTest, TakesASnapshotOfALogThatHasNone) {
  write(bus::EventAccepted{});
  Engine next{log_, clock_, world_, counters_, {.snapshot_every_bytes = 1}};
  ASSERT_TRUE(next.recover());
  EXPECT_TRUE(next.take_snapshot(false)) << "else one that is killed now and then never takes any";
  EXPECT_FALSE(next.take_snapshot(true)) << "nothing has been written since";
}

}  // namespace
}  // namespace athanor::engine
