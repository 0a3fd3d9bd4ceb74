#include "engine/loop.h"

#include <gtest/gtest.h>

#include <future>

#include "observe/counters.h"

namespace athanor::engine {
namespace {

// Takes nothing: these decisions write no records.
class EmptyLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override { return end(); }
  log::LogPosition end() const override { return log::LogPosition{0}; }
  Result<log::LogPosition> commit() override { return end(); }
  log::LogPosition commit_position() const override { return end(); }
  Result<log::Record> read(log::LogPosition) const override { return not_found("There is no record."); }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }
};

class NoFunctions final : public function::Executor {
 public:
  void start(function::Start) override {}
  void retire(const std::string&) override {}
};

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() { static_cast<void>(loop_.start().has_value()); }

  // Keeps the engine busy until `release`.
  void occupy() {
    std::promise<void> begun;
    loop_.post([&begun, ended = release_.get_future().share()](Call&) {
      begun.set_value();
      ended.wait();
    });
    begun.get_future().wait();
  }
  void release() {
    release_.set_value();
    std::promise<void> reached;
    loop_.post([&reached](Call&) { reached.set_value(); });
    reached.get_future().wait();
  }
  bool post(std::uint64_t bytes) {
    return loop_.try_post({}, bytes, [this](Call&) { ++decided_; }) != Loop::Posted::Full;
  }

  EmptyLog log_;
  base::ManualClock clock_;
  NoFunctions functions_;
  observe::Counters counters_;
  std::promise<void> release_;
  int decided_ = 0;  // the engine's thread, but for after release()
  Loop loop_{log_,
             clock_,
             functions_,
             counters_,
             {},
             {.commands_max = 6, .bytes_max = 1'000, .light_bytes = 10},
             [](const Error&) {}};
};

TEST_F(LoopTest, RefusesHeavyRequestsWhenTooManyBytesWait) {
  occupy();
  EXPECT_TRUE(post(600));
  EXPECT_TRUE(post(600)) << "the last one may be over the limit, so that none is too large for an empty inbox";
  EXPECT_FALSE(loop_.takes(11));
  EXPECT_FALSE(post(11));
  EXPECT_TRUE(loop_.takes(10));
  EXPECT_TRUE(post(10)) << "light ones come in all the same";
  release();
  EXPECT_EQ(decided_, 3);
  EXPECT_TRUE(loop_.takes(11));
}

TEST_F(LoopTest, RefusesWhenTooManyRequestsWait) {
  occupy();
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(post(1)) << i;
  EXPECT_FALSE(post(1));
  release();
  EXPECT_EQ(decided_, 6);
  EXPECT_TRUE(post(1));
}

TEST_F(LoopTest, CountsWhatIsDecidedUntilItIs) {
  std::promise<void> begun, ended;
  const auto posted = loop_.try_post({}, 1'000, [&](Call&) {
    begun.set_value();
    ended.get_future().wait();
  });
  EXPECT_EQ(posted, Loop::Posted::First);
  loop_.wake();
  begun.get_future().wait();
  EXPECT_FALSE(loop_.takes(11)) << "it is in memory still";
  ended.set_value();
  release();
  EXPECT_TRUE(loop_.takes(11));
}

}  // namespace
}  // namespace athanor::engine
