#include "function/invocations.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "log/test_saved.h"

namespace athanor::function {
namespace {

using namespace std::chrono_literals;

constexpr const char* kArn = "arn:aws:lambda:us-east-1:123456789012:function:f";

// Applies what is written to the works of this folder, at the clock's time.
class TestJournal final : public log::Journal {
 public:
  TestJournal(Functions& functions, Invocations& invocations, const base::ManualClock& clock)
      : functions_(functions), invocations_(invocations), clock_(clock) {}
  log::LogPosition next_position() const override { return log::LogPosition{next_}; }

 protected:
  log::LogPosition write_encoded(log::RecordType type, std::string_view payload, const void*) override {
    const log::LogPosition position{next_++};
    const auto apply = [&]<class R>(auto& work, R) {
      if (type == R::kType) work.apply(*log::decode<R>(payload), position, clock_.now());
    };
    apply(invocations_, FunctionDeleted{});
    apply(functions_, FunctionPut{});
    apply(functions_, FunctionDeleted{});
    apply(functions_, InvokeConfigPut{});
    apply(functions_, ConcurrencyPut{});
    apply(invocations_, InvokeRequested{});
    apply(invocations_, InvocationSettled{});
    apply(invocations_, InvocationFailed{});
    apply(invocations_, InvocationsGivenUp{});
    return position;
  }

 private:
  Functions& functions_;
  Invocations& invocations_;
  const base::ManualClock& clock_;
  std::uint64_t next_ = 1;
};

class InvocationsTest : public ::testing::Test {
 protected:
  InvocationsTest() { journal_.write(FunctionPut{.arn = kArn, .name = "f"}); }

  void invoke(const std::string& id) { journal_.write(InvokeRequested{kArn, id, "{}"}); }
  std::vector<std::string> start() {
    std::vector<std::string> ids;
    for (const Attempt& attempt : invocations_.start_due(clock_.now(), journal_)) ids.push_back(attempt.request_id);
    return ids;
  }
  std::vector<std::string> ids_given_up() const {
    std::vector<std::string> ids;
    for (const GivenUp& g : given_up_) ids.push_back(g.request_id);
    return ids;
  }
  void fail(const std::string& id) {
    invocations_.finished(id, {.kind = OutcomeKind::FunctionError, .payload = "{}", .error_type = "Broken"},
                          clock_.now(), journal_);
  }

  base::ManualClock clock_;
  Functions functions_;
  std::vector<GivenUp> given_up_;
  Invocations invocations_{functions_, 4, [this](const GivenUp& g, base::Time) { given_up_.push_back(g); }};
  TestJournal journal_{functions_, invocations_, clock_};
  using Ids = std::vector<std::string>;
};

TEST_F(InvocationsTest, RefusesWhatItCannotRun) {
  EXPECT_EQ(invocations_.accept("arn:none", {}, clock_.now()), HandoverOutcome::NoSuchFunction);
  EXPECT_EQ(invocations_.accept(kArn, {.payload_bytes = 1'048'577}, clock_.now()), HandoverOutcome::TooLarge);
}

// After a crash a replay hands its last page over again. Found by seed 15192 of athanor-sim: more ran at once than the
// server may have processes.
TEST_F(InvocationsTest, DoesNotRunBesideItselfWhenItIsHandedOverAgain) {
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  invoke("1");
  EXPECT_EQ(start(), Ids{}) << "it runs";
  EXPECT_EQ(invocations_.running(), 1U);
  fail("1");
  clock_.advance(1min);
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"}) << "it waited, and has one try less";
  fail("1");
  EXPECT_EQ(start(), Ids{});
}

TEST_F(InvocationsTest, TriesThreeTimesAfterOneAndTwoMinutes) {
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  EXPECT_EQ(start(), Ids{}) << "it runs";
  fail("1");
  EXPECT_EQ(start(), Ids{});
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now() + 1min);
  clock_.advance(1min);
  EXPECT_EQ(start(), Ids{"1"});
  fail("1");
  clock_.advance(2min - 1ms);
  EXPECT_EQ(start(), Ids{});
  clock_.advance(1ms);
  EXPECT_EQ(start(), Ids{"1"});
  EXPECT_TRUE(given_up_.empty());
  fail("1");
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].condition, "RetriesExhausted");
  EXPECT_EQ(given_up_[0].attempts, 3U);
  EXPECT_EQ(given_up_[0].error_type, "Broken");
  EXPECT_FALSE(invocations_.next_due(clock_.now()));
  EXPECT_FALSE(invocations_.oldest_position_needed());
}

TEST_F(InvocationsTest, KeepsToTheFunctionsOwnSettings) {
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.retries_max = 0}});
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  fail("1");
  EXPECT_EQ(given_up_.size(), 1U);

  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.event_age_max = 60s}});
  journal_.write(ConcurrencyPut{kArn, 1});
  invoke("2");
  invoke("3");
  EXPECT_EQ(start(), Ids{"2"}) << "one at a time";
  clock_.advance(61s);
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 2U) << "the other waited too long";
  EXPECT_EQ(given_up_[1].condition, "EventAgeExceeded");
}

// Ages are kept in their own order: looking through what starts earlier would not find it.
TEST_F(InvocationsTest, GivesUpWhatIsTooOldHoweverManyStartBeforeIt) {
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.event_age_max = 90s}});
  invoke("old");
  EXPECT_EQ(start(), Ids{"old"});
  fail("old");
  journal_.write(ConcurrencyPut{kArn, 0});
  clock_.advance(10s);
  for (int i = 0; i < 1'000; ++i) invoke(std::to_string(i));
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now() + 80s + 1ms);
  clock_.advance(80s);
  EXPECT_EQ(start(), Ids{});
  EXPECT_TRUE(given_up_.empty());
  clock_.advance(1ms);
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].request_id, "old");
  EXPECT_EQ(invocations_.waiting(), 1'000U);
}

TEST_F(InvocationsTest, GivesUpWhatIsTooOldInBoundedSteps) {
  journal_.write(ConcurrencyPut{kArn, 0});
  for (int i = 0; i < 1'500; ++i) invoke(std::to_string(i));
  clock_.advance(6h + 1ms);
  journal_.write(ConcurrencyPut{kArn, 1});
  EXPECT_EQ(start(), Ids{}) << "what is too old does not start, given up or not";
  EXPECT_EQ(given_up_.size(), 1'000U);
  EXPECT_LE(invocations_.next_due(clock_.now()), clock_.now()) << "the next step follows at once";
  EXPECT_EQ(start(), Ids{});
  EXPECT_EQ(given_up_.size(), 1'500U);
  EXPECT_FALSE(invocations_.next_due(clock_.now()));
}

// The next tick tries again: nothing is forgotten without a record that gives it up.
TEST_F(InvocationsTest, KeepsWhatIsTooOldWhereTheLogTakesNoRecord) {
  class FullJournal final : public log::Journal {
   public:
    log::LogPosition next_position() const override { return {}; }

   protected:
    log::LogPosition write_encoded(log::RecordType, std::string_view, const void*) override { return {}; }
  } full;
  invoke("1");
  clock_.advance(6h + 1ms);
  EXPECT_TRUE(invocations_.start_due(clock_.now(), full).empty());
  EXPECT_EQ(invocations_.waiting(), 1U);
  EXPECT_EQ(start(), Ids{});
  EXPECT_EQ(given_up_.size(), 1U);
}

TEST_F(InvocationsTest, DoesNotTryAgainInTheLastMoment) {
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.event_age_max = 60s}});
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  fail("1");
  ASSERT_EQ(given_up_.size(), 1U) << "the next would be 60 s later";
  EXPECT_EQ(given_up_[0].condition, "EventAgeExceeded");
}

TEST_F(InvocationsTest, GivesUpAtOnceWhatIsDueForAReservedConcurrencyOfZero) {
  journal_.write(ConcurrencyPut{kArn, 0});
  invoke("waits");
  EXPECT_EQ(start(), Ids{});
  EXPECT_TRUE(given_up_.empty()) << "it would go nowhere";
  journal_.write(ConcurrencyPut{kArn, std::nullopt});
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.on_failure = "arn:queue"}});
  EXPECT_EQ(start(), Ids{"waits"});
  fail("waits");

  journal_.write(ConcurrencyPut{kArn, 0});
  invoke("new");
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now());
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].request_id, "new");
  EXPECT_EQ(given_up_[0].condition, "ZeroReservedConcurrency");
  EXPECT_EQ(given_up_[0].attempts, 0U);
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now() + 1min) << "the other's second try, which is none";
  clock_.advance(1min);
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 2U);
  EXPECT_EQ(given_up_[1].attempts, 1U);
  EXPECT_FALSE(invocations_.next_due(clock_.now()));
}

TEST_F(InvocationsTest, RunsAtMostAsManyAsThereAreProcesses) {
  journal_.write(ConcurrencyPut{kArn, 10});
  for (int i = 0; i < 6; ++i) invoke(std::to_string(i));
  EXPECT_EQ(start(), (Ids{"0", "1", "2", "3"}));
  EXPECT_FALSE(invocations_.try_begin(kArn));
  invocations_.finished("1", {}, clock_.now(), journal_);
  EXPECT_EQ(start(), Ids{"4"});
  invocations_.finished("0", {.kind = OutcomeKind::Refused}, clock_.now(), journal_);
  clock_.advance(1s);
  EXPECT_EQ(start(), Ids{"5"}) << "what waited goes first";
  invocations_.finished("5", {}, clock_.now(), journal_);
  EXPECT_EQ(start(), Ids{"0"}) << "a refusal is no attempt: it starts again";
}

// What has waited for an hour does not have an hour's worth of seconds to catch up on.
TEST_F(InvocationsTest, WaitsASecondAfterEachRefusalHoweverLateItIs) {
  invoke("1");
  clock_.advance(1h);
  for (int refusal = 0; refusal < 3; ++refusal) {
    EXPECT_EQ(start(), Ids{"1"});
    invocations_.finished("1", {.kind = OutcomeKind::Refused}, clock_.now(), journal_);
    EXPECT_EQ(start(), Ids{});
    EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now() + 1s);
    clock_.advance(1s);
  }
}

TEST_F(InvocationsTest, TakesAFunctionsErrorForNoVerdictOfItsOwn) {
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  invocations_.finished("1", {.kind = OutcomeKind::FunctionError, .payload = "{}", .error_type = "EventAgeExceeded"},
                        clock_.now(), journal_);
  EXPECT_TRUE(given_up_.empty());
  clock_.advance(1min);
  EXPECT_EQ(start(), Ids{"1"});
}

// A function may say anything about its failure: what is kept of it has to fit in a record.
TEST_F(InvocationsTest, CutsWhatAFunctionSaysOfItsFailure) {
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.retries_max = 0}});
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  std::string long_text;
  for (int i = 0; i < 3'000'000; ++i) long_text += "\u20ac";
  invocations_.finished("1", {.kind = OutcomeKind::InitError, .payload = long_text, .error_type = long_text},
                        clock_.now(), journal_);
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].error_type.size(), 255U) << "85 characters of three bytes";
  EXPECT_EQ(given_up_[0].error_message.size(), 65'535U);
}

// What waits for the pause to end is neither tried nor lost, and no other function waits with it.
TEST_F(InvocationsTest, TriesAFunctionThatCrashesAgainAndAgainOneByOne) {
  const auto crash = [&](const std::string& id) {
    invocations_.finished(id, {.kind = OutcomeKind::Crash}, clock_.now(), journal_);
  };
  for (int i = 1; i <= 9; ++i) invoke(std::to_string(i));
  EXPECT_EQ(start(), (Ids{"1", "2", "3"}));
  for (const std::string id : {"1", "2", "3"}) crash(id);
  EXPECT_EQ(start(), (Ids{"4", "5", "6"})) << "no pause yet";
  for (const std::string id : {"4", "5", "6"}) crash(id);
  EXPECT_EQ(start(), Ids{});
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now() + 2 * kCrashPauseMin);

  const std::string other = std::string{kArn} + "-z";
  journal_.write(FunctionPut{.arn = other, .name = "z"});
  journal_.write(InvokeRequested{other, "z", "{}"});
  EXPECT_EQ(start(), Ids{"z"});
  EXPECT_TRUE(invocations_.try_begin(kArn)) << "who waits for the answer gets it at once";
  invocations_.end(kArn);

  clock_.advance(2 * kCrashPauseMin);
  EXPECT_EQ(start(), Ids{"7"}) << "one, to see whether it is well again";
  invocations_.finished("7", {}, clock_.now(), journal_);
  EXPECT_EQ(start(), (Ids{"8", "9"})) << "it is";
  EXPECT_TRUE(given_up_.empty());
}

TEST_F(InvocationsTest, StartsOneOfEachFunctionInTurn) {
  const std::string other = std::string{kArn} + "-z";
  journal_.write(FunctionPut{.arn = other, .name = "z"});
  for (int i = 0; i < 9; ++i) invoke(std::to_string(i));
  journal_.write(InvokeRequested{other, "z", "{}"});
  const auto started = start();
  EXPECT_EQ(started.size(), 4U);
  EXPECT_NE(std::find(started.begin(), started.end(), "z"), started.end());
}

// A function that hangs keeps its processes: the next function still finds one, and so does the one after it.
TEST_F(InvocationsTest, LeavesProcessesToOtherFunctions) {
  Invocations many{functions_, 16, [](const GivenUp&, base::Time) {}};
  TestJournal journal{functions_, many, clock_};
  const auto started = [&](const std::string& arn) {
    journal.write(FunctionPut{.arn = arn, .name = arn});
    for (int i = 0; i < 20; ++i) journal.write(InvokeRequested{arn, arn + std::to_string(i), "{}"});
    return many.start_due(clock_.now(), journal).size();
  };
  EXPECT_EQ(started(kArn), 12U);
  EXPECT_FALSE(many.try_begin(kArn));
  EXPECT_EQ(started("b"), 3U);
  EXPECT_EQ(started("a"), 1U);
  EXPECT_EQ(started("c"), 0U) << "none is free";
  many.finished(std::string{kArn} + "0", {}, clock_.now(), journal);
  const auto next = many.start_due(clock_.now(), journal);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].request_id, "c0") << "the others have their share";
}

TEST_F(InvocationsTest, TellsAFullReservationFromAFullServer) {
  Invocations two{functions_, 2, [](const GivenUp&, base::Time) {}};
  TestJournal journal{functions_, two, clock_};
  journal.write(FunctionPut{.arn = "a", .name = "a"});
  journal.write(ConcurrencyPut{"a", 1});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(two.try_begin(kArn));
  EXPECT_FALSE(two.try_begin("a"));
  EXPECT_FALSE(two.is_at_reservation(*functions_.find("a")));
  two.end(kArn);
  ASSERT_TRUE(two.try_begin("a"));
  EXPECT_TRUE(two.is_at_reservation(*functions_.find("a")));
  EXPECT_FALSE(two.is_at_reservation(*functions_.find(kArn)));
}

TEST_F(InvocationsTest, StartsFunctionsInTurnWhenPlacesComeFreeOneByOne) {
  Invocations single{functions_, 1, [](const GivenUp&, base::Time) {}};
  TestJournal journal{functions_, single, clock_};
  for (const std::string arn : {"a", "b", "c"}) {
    journal.write(FunctionPut{.arn = arn, .name = arn});
    for (const std::string number : {"0", "1"}) journal.write(InvokeRequested{arn, arn + number, "{}"});
  }
  Ids order;
  for (auto attempts = single.start_due(clock_.now(), journal); !attempts.empty();
       attempts = single.start_due(clock_.now(), journal)) {
    ASSERT_EQ(attempts.size(), 1U);
    order.push_back(attempts[0].request_id);
    single.finished(order.back(), {}, clock_.now(), journal);
  }
  EXPECT_EQ(order, (Ids{"a0", "b0", "c0", "a1", "b1", "c1"}));
}

TEST_F(InvocationsTest, CountsWhatRunsAgainstTheLimitSoThatRecoveryDecidesTheSame) {
  Invocations small{functions_, 4, [](const GivenUp&, base::Time) {}, 2};
  TestJournal journal{functions_, small, clock_};
  EXPECT_EQ(small.accept(kArn, {.request_id = "1"}, clock_.now()), HandoverOutcome::Accepted);
  EXPECT_EQ(small.accept(kArn, {.request_id = "2"}, clock_.now()), HandoverOutcome::Accepted);
  EXPECT_EQ(small.start_due(clock_.now(), journal).size(), 2U);
  EXPECT_EQ(small.accept(kArn, {.request_id = "3"}, clock_.now()), HandoverOutcome::QueueFull);
  small.finished("1", {}, clock_.now(), journal);
  EXPECT_EQ(small.accept(kArn, {.request_id = "3"}, clock_.now()), HandoverOutcome::Accepted);
}

TEST_F(InvocationsTest, GivesUpWhatWaitsForADeletedFunction) {
  const std::string other = std::string{kArn} + "-z";
  journal_.write(FunctionPut{.arn = other, .name = "z"});
  journal_.write(InvokeRequested{other, "2", "{}"});
  for (const std::string id : {"4", "3", "1"}) invoke(id);
  journal_.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  journal_.write(FunctionPut{.arn = kArn, .name = "f"});
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now());
  EXPECT_EQ(start(), Ids{"2"});
  EXPECT_EQ(ids_given_up(), (Ids{"4", "3", "1"}));
  EXPECT_EQ(given_up_[0].condition, "RetriesExhausted");
  EXPECT_EQ(given_up_[0].attempts, 0U);
  EXPECT_EQ(given_up_[0].error_type, "ResourceNotFoundException");
  EXPECT_EQ(given_up_[0].error_message, "The function was deleted.");
  EXPECT_EQ(invocations_.waiting(), 0U);
  invoke("5");
  EXPECT_EQ(start(), Ids{"5"}) << "one of the same name begins anew";
}

// In steps, between which others are answered; meanwhile it counts for no function, and a restart continues with it.
TEST_F(InvocationsTest, GivesUpWhatADeletedFunctionHeldInBoundedSteps) {
  journal_.write(FunctionPut{.arn = kArn, .name = "f", .dead_letter_arn = "arn:letters"});
  for (int i = 0; i < 2'500; ++i) invoke(std::to_string(i));
  journal_.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  EXPECT_TRUE(given_up_.empty());
  EXPECT_FALSE(invocations_.is_full(kArn));
  EXPECT_EQ(start(), Ids{});
  EXPECT_EQ(given_up_.size(), 1'000U);
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now()) << "the next step follows at once";

  Invocations restarted{functions_, 4, [this](const GivenUp& g, base::Time) { given_up_.push_back(g); }};
  TestJournal journal{functions_, restarted, clock_};
  ASSERT_TRUE(restarted.load(log::saved(invocations_)));
  EXPECT_EQ(log::saved(restarted), log::saved(invocations_));
  for (const std::size_t given_up : {2'000U, 2'500U}) {
    EXPECT_TRUE(restarted.start_due(clock_.now(), journal).empty());
    EXPECT_EQ(given_up_.size(), given_up);
  }
  EXPECT_EQ(given_up_.back().request_id, "2499");
  EXPECT_EQ(given_up_.back().report_to.dead_letter_arn, "arn:letters");
  EXPECT_FALSE(restarted.next_due(clock_.now()));
  EXPECT_FALSE(restarted.oldest_position_needed());
}

// Older logs say which were running, and the same record gives up all others. Their letters keep their old places.
TEST_F(InvocationsTest, GivesUpAtOnceWhatAnOlderRecordSays) {
  for (const std::string id : {"4", "3", "2", "1"}) invoke(id);
  journal_.write(FunctionDeleted{kArn, {"2"}});
  EXPECT_EQ(ids_given_up(), (Ids{"1", "3", "4"})) << "by their ids";
  journal_.write(InvocationFailed{"2"});
  EXPECT_EQ(given_up_.back().request_id, "2");
}

// A reset leaves nothing behind that would reach a queue of the next tests.
TEST_F(InvocationsTest, GivesUpAtOnceAlsoWhatRuns) {
  for (const std::string id : {"2", "1"}) invoke(id);
  EXPECT_EQ(start().size(), 2U);
  journal_.write(FunctionDeleted{kArn});
  EXPECT_EQ(ids_given_up(), (Ids{"1", "2"}));
  EXPECT_EQ(invocations_.running(), 0U);
  invocations_.finished("2", {}, clock_.now(), journal_);
  EXPECT_EQ(invocations_.running(), 0U);
}

// Their processes may finish, and what they answer counts. The function that would try them again is gone.
TEST_F(InvocationsTest, TakesTheOutcomesOfWhatRanWhenItsFunctionWasDeleted) {
  journal_.write(FunctionPut{.arn = kArn, .name = "f", .dead_letter_arn = "arn:letters"});
  journal_.write(InvokeConfigPut{kArn, InvokeConfig{.on_failure = "arn:destination"}});
  journal_.write(ConcurrencyPut{kArn, 3});
  for (const std::string id : {"fails", "refused", "succeeds", "waits"}) invoke(id);
  EXPECT_EQ(start().size(), 3U);
  journal_.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].request_id, "waits");
  EXPECT_EQ(invocations_.running(), 3U) << "they take their places until they end";
  EXPECT_FALSE(invocations_.next_due(clock_.now()));

  invocations_.finished("succeeds", {}, clock_.now(), journal_);
  fail("fails");
  ASSERT_EQ(given_up_.size(), 2U);
  EXPECT_EQ(given_up_[1].request_id, "fails");
  EXPECT_EQ(given_up_[1].condition, "RetriesExhausted");
  EXPECT_EQ(given_up_[1].error_type, "Broken");
  EXPECT_EQ(given_up_[1].attempts, 1U);
  EXPECT_EQ(given_up_[1].report_to.on_failure, "arn:destination");
  EXPECT_EQ(given_up_[1].report_to.dead_letter_arn, "arn:letters");

  invocations_.finished("refused", {.kind = OutcomeKind::Refused}, clock_.now(), journal_);
  EXPECT_EQ(invocations_.next_due(clock_.now()), clock_.now());
  EXPECT_EQ(start(), Ids{});
  ASSERT_EQ(given_up_.size(), 3U);
  EXPECT_EQ(given_up_[2].error_message, "The function was deleted.");
  EXPECT_EQ(given_up_[2].report_to.dead_letter_arn, "arn:letters");
  EXPECT_EQ(invocations_.running(), 0U);
  EXPECT_FALSE(invocations_.next_due(clock_.now()));
  EXPECT_FALSE(invocations_.oldest_position_needed());
}

TEST_F(InvocationsTest, LeavesTheNextOfItsNameAloneWithWhatADeletedFunctionRuns) {
  Invocations small{functions_, 4, [this](const GivenUp& g, base::Time) { given_up_.push_back(g); }, 1};
  TestJournal journal{functions_, small, clock_};
  journal.write(InvokeRequested{kArn, "1", "{}"});
  EXPECT_EQ(small.start_due(clock_.now(), journal).size(), 1U);
  journal.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  journal.write(FunctionPut{.arn = kArn, .name = "f"});
  EXPECT_FALSE(small.is_full(kArn));
  journal.write(InvokeRequested{kArn, "2", "{}"});
  EXPECT_TRUE(small.is_full(kArn));
  small.finished("1", {.kind = OutcomeKind::Crash}, clock_.now(), journal);
  EXPECT_TRUE(small.is_full(kArn));
  EXPECT_EQ(given_up_.size(), 1U) << "it is no invocation of the new one, which would try it again";
  EXPECT_EQ(small.start_due(clock_.now(), journal).size(), 1U);

  journal.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  journal.write(FunctionPut{.arn = kArn, .name = "f"});
  journal.write(InvokeRequested{kArn, "3", "{}"});
  journal.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  EXPECT_TRUE(small.start_due(clock_.now(), journal).empty());
  ASSERT_EQ(given_up_.size(), 2U);
  EXPECT_EQ(given_up_[1].request_id, "3") << "what runs is not given up";
  EXPECT_EQ(small.running(), 1U);
}

TEST_F(InvocationsTest, PausesNoFunctionForTheCrashesOfADeletedOneOfItsName) {
  Invocations many{functions_, 4 * kCrashesWithoutPause, [](const GivenUp&, base::Time) {}};
  TestJournal journal{functions_, many, clock_};
  for (std::uint32_t i = 0; i < kCrashesWithoutPause; ++i)
    journal.write(InvokeRequested{kArn, std::to_string(i), "{}"});
  const auto old = many.start_due(clock_.now(), journal);
  EXPECT_EQ(old.size(), kCrashesWithoutPause);
  journal.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  journal.write(FunctionPut{.arn = kArn, .name = "f"});
  for (const Attempt& attempt : old)
    many.finished(attempt.request_id, {.kind = OutcomeKind::Crash}, clock_.now(), journal);
  journal.write(InvokeRequested{kArn, "new", "{}"});
  EXPECT_EQ(many.start_due(clock_.now(), journal).size(), 1U);
}

// After a crash nothing runs: nobody knows how it would have ended.
TEST_F(InvocationsTest, GivesUpAfterARestartWhatRanWhenItsFunctionWasDeleted) {
  journal_.write(FunctionPut{.arn = kArn, .name = "f", .dead_letter_arn = "arn:letters"});
  invoke("1");
  EXPECT_EQ(start(), Ids{"1"});
  journal_.write(FunctionDeleted{.arn = kArn, .in_steps = true});
  journal_.write(FunctionPut{.arn = kArn, .name = "f"});
  EXPECT_EQ(start(), Ids{});
  EXPECT_TRUE(given_up_.empty());

  Invocations restarted{functions_, 4, [this](const GivenUp& g, base::Time) { given_up_.push_back(g); }};
  TestJournal journal{functions_, restarted, clock_};
  ASSERT_TRUE(restarted.load(log::saved(invocations_)));
  EXPECT_EQ(log::saved(restarted), log::saved(invocations_));
  EXPECT_EQ(restarted.oldest_position_needed(), invocations_.oldest_position_needed());
  EXPECT_EQ(restarted.next_due(clock_.now()), clock_.now());
  EXPECT_TRUE(restarted.start_due(clock_.now(), journal).empty());
  ASSERT_EQ(given_up_.size(), 1U);
  EXPECT_EQ(given_up_[0].error_message, "The function was deleted.");
  EXPECT_EQ(given_up_[0].report_to.dead_letter_arn, "arn:letters");
  EXPECT_FALSE(restarted.next_due(clock_.now()));
}

// Snapshots used to be like this: each invocation named its function, and said itself if that was deleted.
struct OlderInvocation {
  std::string request_id;
  std::string function_arn;
  std::uint64_t position = 0, origin = 0;
  base::Time accepted{}, due{};
  std::uint32_t attempts = 0;
  std::uint64_t order = 0;
  std::optional<FailureQueues> left_over;
  static constexpr auto members() {
    using O = OlderInvocation;
    return Members{member("request_id", &O::request_id), member("function_arn", &O::function_arn),
                   member("position", &O::position),     member("origin", &O::origin),
                   member("accepted", &O::accepted),     member("due", &O::due),
                   member("attempts", &O::attempts),     member("order", &O::order),
                   member("left_over", &O::left_over)};
  }
};
struct OlderSaved {
  std::vector<std::string> origins;
  std::vector<OlderInvocation> invocations;
  static constexpr auto members() {
    return Members{member("origins", &OlderSaved::origins), member("invocations", &OlderSaved::invocations)};
  }
};

TEST_F(InvocationsTest, ReadsOlderSnapshots) {
  const base::Time now = clock_.now();
  ASSERT_TRUE(invocations_.load(
      log::encode(OlderSaved{{"rule"},
                             {{"1", kArn, 7, 1, now, now, 1, 2},
                              {"2", kArn, 8, 0, now, now, 0, 1},
                              {"3", kArn, 9, 1, now, now, 0, 3, FailureQueues{{}, "arn:letters"}}}})));
  EXPECT_EQ(start(), (Ids{"2", "1"}));
  ASSERT_EQ(ids_given_up(), Ids{"3"});
  EXPECT_EQ(*given_up_[0].origin, "rule");
  EXPECT_EQ(given_up_[0].report_to.dead_letter_arn, "arn:letters");
}

TEST_F(InvocationsTest, RunsAgainAfterARestartWhatWasRunning) {
  invoke("1");
  start();
  fail("1");
  clock_.advance(1min);
  invoke("2");
  EXPECT_EQ(start().size(), 2U);
  invocations_.finished("2", {}, clock_.now(), journal_);
  Invocations restarted{functions_, 4, [this](const GivenUp& g, base::Time) { given_up_.push_back(g); }};
  TestJournal journal{functions_, restarted, clock_};
  ASSERT_TRUE(restarted.load(log::saved(invocations_)));
  EXPECT_EQ(restarted.oldest_position_needed(), invocations_.oldest_position_needed());
  for (int retry = 1; retry <= 2; ++retry) {
    const auto attempts = restarted.start_due(clock_.now(), journal);
    ASSERT_EQ(attempts.size(), 1U);
    EXPECT_EQ(attempts[0].request_id, "1");
    restarted.finished("1", {.kind = OutcomeKind::FunctionError}, clock_.now(), journal);
    clock_.advance(2min);
  }
  EXPECT_EQ(ids_given_up(), Ids{"1"}) << "what was tried before it counts";
}

}  // namespace
}  // namespace athanor::function
