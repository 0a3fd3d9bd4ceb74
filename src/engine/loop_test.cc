#include "engine/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "bus/event.h"
#include "engine/test_few_threads.h"
#include "engine/test_loop.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() { (void)loop_.start().has_value(); }

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
  int decided_ = 0;  // on the engine thread, except after release()
  Loop loop_{log_,
             clock_,
             functions_,
             counters_,
             {},
             {.commands_max = 6, .bytes_max = 1'000, .light_bytes = 10},
             [](const Error&) {}};
};

TEST(LoopStart, ThrowsAndEndsWellWhereNoThreadCanBeHad) {
  constexpr rlim_t kThreads = 4;  // log, engine, reader, compactor
  for (rlim_t allowed = 0; allowed < kThreads; ++allowed) {
    const pid_t process = ::fork();
    if (process == 0) {
      bool is_refused = false;
      {
        EmptyLog log;
        base::ManualClock clock;
        NoFunctions functions;
        observe::Counters counters;
        Loop loop{log, clock, functions, counters, {}, {}, [](const Error&) {}};
        allow_threads(allowed);
        try {
          (void)loop.start().has_value();
        } catch (const std::system_error&) {
          is_refused = true;
        }
      }
      ::_exit(is_refused ? 0 : 1);
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    EXPECT_EQ(status, 0) << allowed;
  }
}

// A function pointer has no state of its own.
std::mutex turns_mutex;
std::set<std::string> turns_of;

TEST(LoopTurns, AreToldByTheEngineThreadAndTheLogThread) {
  EmptyLog log;
  base::ManualClock clock;
  NoFunctions functions;
  observe::Counters counters;
  const auto note_thread = [] {
    char name[16];
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    const std::lock_guard lock{turns_mutex};
    turns_of.insert(name);
  };
  Loop loop{log, clock, functions, counters, {}, {.each_turn = note_thread}, [](const Error&) {}};
  ASSERT_TRUE(loop.start());
  loop.stop();
  EXPECT_THAT(turns_of, ::testing::UnorderedElementsAre("engine", "log"));
}

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

TEST(LoopStop, RunsWhatWasPostedBeforeAndSavesASnapshotOfIt) {
  SlowLog log;
  base::ManualClock clock;
  NoFunctions functions;
  observe::Counters counters;
  Loop loop{log, clock, functions, counters, {}, {}, [](const Error&) {}};
  ASSERT_TRUE(loop.start());
  std::promise<void> go;
  std::promise<void> begun;
  std::string ran;
  loop.post([&](Call&) {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  const auto write = [&](char name, std::size_t bytes) {
    loop.post([&ran, name, bytes](Call& call) {
      ran += name;
      call.journal.write(bus::EventAccepted{.detail = std::string(bytes, 'x')});
    });
  };
  write('1', 5'000'000);  // more than may wait for the disk
  write('2', 1);
  go.set_value();
  log.wait_for_commit();
  write('3', 1);
  std::thread stopping{[&] { loop.stop(); }};
  while (loop.try_post({}, 0, [](Call&) {}) != Loop::Posted::Full) std::this_thread::yield();
  log.let_go();
  stopping.join();
  EXPECT_EQ(ran, "123");
  EXPECT_EQ(log.snapshot_at(), log.end().value);
  EXPECT_EQ(log.commit_position(), log.end());
}

// A log whose disk refuses everything from some moment on.
class FailingLog final : public EmptyLog {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view payload) override {
    return log::LogPosition{end_.fetch_add(payload.size())};
  }
  log::LogPosition end() const override { return log::LogPosition{end_}; }
  Result<log::LogPosition> commit() override {
    if (fails_to_commit) return *fails_to_commit;
    committed_ = end_.load();
    return commit_position();
  }
  log::LogPosition commit_position() const override { return log::LogPosition{committed_}; }
  bool has_room() const override { return !fails_to_make_room; }
  Result<void> make_room() override { return *fails_to_make_room; }
  Result<void> save_snapshot(const log::Snapshot&) override {
    if (fails_to_save) return *fails_to_save;
    return {};
  }

  std::optional<Error> fails_to_commit, fails_to_save, fails_to_make_room;

 private:
  std::atomic<std::uint64_t> end_{0}, committed_{0};
};

// At once; whoever waits for an answer is told that the outcome is unknown.
TEST(LoopFailure, IsToldWhicheverThreadMeetsIt) {
  struct Case {
    const char* name;
    std::optional<Error> FailingLog::* fails;
    int commands;  // that come together: one alone is committed by the engine thread
  };
  const Case cases[] = {{"a commit by the engine's thread", &FailingLog::fails_to_commit, 1},
                        {"a commit by the log's thread", &FailingLog::fails_to_commit, 2},
                        {"a snapshot", &FailingLog::fails_to_save, 1},
                        {"the look for room", &FailingLog::fails_to_make_room, 1}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    FailingLog log;
    log.*c.fails = Error{ErrorCode::Unavailable, "EIO", {}};
    base::ManualClock clock;
    NoFunctions functions;
    observe::Counters counters;
    std::promise<std::string> told;
    std::promise<bool> answered;
    Loop loop{log,
              clock,
              functions,
              counters,
              {.snapshot_every_bytes = log.fails_to_save ? 1U : 1'000U},
              {},
              [&](const Error& error) { told.set_value(error.message); }};
    ASSERT_TRUE(loop.start());
    std::promise<void> begun, go;
    loop.post([&](Call&) {
      begun.set_value();
      go.get_future().wait();
    });
    begun.get_future().wait();
    loop.post([&](Call& call) {
      call.journal.write(bus::EventAccepted{.detail = "x"});
      loop.engine().when_committed([&](bool durable) { answered.set_value(durable); });
    });
    for (int more = 1; more < c.commands; ++more) loop.post([](Call&) {});
    go.set_value();
    EXPECT_EQ(told.get_future().get(), "EIO");
    const bool durable = answered.get_future().get();
    if (log.fails_to_commit) EXPECT_FALSE(durable);
    loop.stop();
  }
}

TEST(LoopStop, SaysThatTheDiskFailedInIt) {
  const Error io_error{ErrorCode::Unavailable, "Cannot sync.", {}}, full{ErrorCode::DiskFull, "There is no room.", {}};
  struct Case {
    const char* name;
    std::optional<Error> commit, save;
    bool is_said;
  };
  const Case cases[] = {
      {"nothing fails", {}, {}, false},
      {"the last commit", io_error, {}, true},
      {"the last commit, on a full disk", full, {}, true},
      {"the last snapshot", {}, io_error, true},
      {"the last snapshot, on a full disk: the log has everything", {}, full, false},
  };
  for (const Case& c : cases) {
    FailingLog log;
    base::ManualClock clock;
    NoFunctions functions;
    observe::Counters counters;
    std::vector<std::string> said;
    Loop loop{log, clock, functions, counters, {}, {}, [&](const Error& error) { said.push_back(error.message); }};
    ASSERT_TRUE(loop.start());
    std::promise<void> written;
    loop.post([&](Call& call) {
      call.journal.write(bus::EventAccepted{.detail = "x"});
      log.fails_to_commit = c.commit;
      log.fails_to_save = c.save;
      written.set_value();
    });
    written.get_future().wait();
    loop.stop();
    EXPECT_EQ(said.size(), c.is_said ? 1U : 0U) << c.name;
  }
}

}  // namespace
}  // namespace athanor::engine
