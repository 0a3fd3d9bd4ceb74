#include "service/events/archives.h"

#include <gtest/gtest.h>

#include "archive/records.h"
#include "archive/replays.h"
#include "base/limits.h"
#include "bus/records.h"
#include "engine/state.h"
#include "engine/test_engine.h"

namespace athanor::service::events {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/";

class Archives : public ::testing::Test {
 protected:
  void SetUp() override {
    write(bus::EventBusPut{.arn = kBus, .name = "b"});
    write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1});
  }

  template <class Record>
  log::LogPosition write(const Record& record) {
    log::LogPosition position;
    engine_.execute({}, [&](engine::Call& call) { position = call.journal.write(record); });
    return position;
  }
  log::LogPosition accept(base::Time time) { return write(bus::EventAccepted{.time = time, .archives = {1}}); }

  template <class Request, class Answer>
  Answer ask(Answer (*operation)(engine::Call&, const Request&), const Request& request) {
    Answer answer = Error{ErrorCode::Internal, "No answer.", {}};
    engine_.execute({}, [&](engine::Call& call) { answer = operation(call, request); });
    return answer;
  }
  auto start(const std::string& name, base::Time from, base::Time to) {
    return ask(start_replay, {.replay_name = name,
                              .event_source_arn = kArchive,
                              .event_start_time = from,
                              .event_end_time = to,
                              .destination = {.arn = kBus}});
  }
  const archive::Replay* find(const std::string& name) { return engine_.state().replays.find(kReplay + name); }

  engine::TestEngine test_;
  base::ManualClock& clock_ = test_.clock;
  engine::Engine& engine_ = test_.engine;
};

// Both ends of the range belong to it, even if they are the first or the last event of an hour.
TEST_F(Archives, ReplayFromTheFirstHourThatHoldsAnEventOfTheRange) {
  constexpr std::chrono::minutes kMinute{1};
  const base::Time one = clock_.now();
  const log::LogPosition first = accept(one);
  clock_.advance(std::chrono::hours{1});
  const base::Time two = clock_.now();
  const log::LogPosition second = accept(two);
  clock_.advance(std::chrono::hours{1});
  const base::Time three = clock_.now();
  const log::LogPosition third = accept(three);
  accept(one - kMinute);  // with its own, earlier time: in the third hour all the same

  ASSERT_TRUE(start("ends with the second", one + kMinute, two));
  EXPECT_EQ(find("ends with the second")->start.from, second);
  ASSERT_TRUE(start("begins with the second", two, three - kMinute));
  EXPECT_EQ(find("begins with the second")->start.from, second);
  ASSERT_TRUE(start("between two", two + kMinute, three - kMinute));
  EXPECT_EQ(find("between two")->start.from, third) << "whose events lie on both sides";
  ASSERT_TRUE(start("all", one, three));
  EXPECT_EQ(find("all")->start.from, first);
  ASSERT_TRUE(start("the last accepted", one - kMinute, one - base::Duration{1}));
  EXPECT_EQ(find("the last accepted")->start.from, third);
}

TEST_F(Archives, ReplayFromTheFirstHourThatIsKept) {
  constexpr std::chrono::days kAhead{3};
  write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1, .retention_days = 1});
  const base::Time now = clock_.now();
  const log::LogPosition first = accept(now);
  clock_.advance(kAhead);
  const log::LogPosition second = accept(now);
  ASSERT_TRUE(start("by a clock that is ahead", now - kAhead, now + kAhead));
  EXPECT_EQ(find("by a clock that is ahead")->start.from, second);
  clock_.advance(-kAhead);
  ASSERT_TRUE(start("once it was set back", now - kAhead, now + kAhead));
  EXPECT_EQ(find("once it was set back")->start.from, first);
}

TEST_F(Archives, KnowNothingOfAReplayThatEndedNinetyDaysAgo) {
  const base::Time now = clock_.now();
  const auto list = [&] { return ask(list_replays, api::ListReplaysRequest{})->replays.size(); };
  ASSERT_TRUE(start("p", now - std::chrono::hours{1}, now));
  write(archive::ReplayStateChanged{kReplay + std::string{"p"}, archive::ReplayState::Completed, {}});
  clock_.advance(std::chrono::days{90});
  EXPECT_TRUE(ask(describe_replay, {.replay_name = "p"}));
  EXPECT_EQ(list(), 1U);
  EXPECT_EQ(start("p", now - std::chrono::hours{1}, now).error().code, ErrorCode::AlreadyExists);

  clock_.advance(base::Duration{1});
  EXPECT_EQ(ask(describe_replay, {.replay_name = "p"}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(ask(cancel_replay, {.replay_name = "p"}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(list(), 0U);
  ASSERT_TRUE(start("p", now - std::chrono::hours{1}, now));
  EXPECT_EQ(ask(describe_replay, {.replay_name = "p"})->state, "STARTING");
}

TEST_F(Archives, CancelOnlyAReplayThatRuns) {
  const base::Time now = clock_.now();
  ASSERT_TRUE(start("p", now - std::chrono::hours{1}, now));
  EXPECT_TRUE(ask(cancel_replay, {.replay_name = "p"}));
  using archive::ReplayState;
  for (const auto state :
       {ReplayState::Cancelling, ReplayState::Cancelled, ReplayState::Completed, ReplayState::Failed}) {
    write(archive::ReplayStateChanged{kReplay + std::string{"p"}, state, {}});
    EXPECT_EQ(ask(cancel_replay, {.replay_name = "p"}).error().code, ErrorCode::IllegalStatus);
  }
}

TEST_F(Archives, RunAsManyReplaysAtOnceAsMay) {
  const base::Time now = clock_.now();
  for (std::size_t i = 0; i < limits::kActiveReplays; ++i)
    ASSERT_TRUE(start("p" + std::to_string(i), now - std::chrono::hours{1}, now));
  EXPECT_EQ(start("one more", now - std::chrono::hours{1}, now).error().code, ErrorCode::LimitExceeded);
  write(archive::ReplayStateChanged{kReplay + std::string{"p0"}, archive::ReplayState::Completed, {}});
  EXPECT_TRUE(start("one more", now - std::chrono::hours{1}, now));
}

}  // namespace
}  // namespace athanor::service::events
