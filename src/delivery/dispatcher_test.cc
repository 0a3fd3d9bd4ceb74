#include "delivery/dispatcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/limits.h"
#include "bus/records.h"
#include "delivery/delivery_seed.h"
#include "delivery/origin.h"
#include "log/codec.h"
#include "log/test_saved.h"

namespace athanor::delivery {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/default";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/r";
constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};

// A target that is full until it is opened.
class FullTarget final : public TargetKind {
 public:
  bool takes(std::string_view) const override { return true; }
  AttemptResult attempt(const Delivery& delivery, base::Time) override {
    ++attempts;
    body_bytes_last = delivery.body_bytes;
    seeds.insert(delivery.seed);
    return open ? answer : AttemptResult{Verdict::RetryLater, "THROTTLING", "It is full."};
  }
  bool open = false;
  AttemptResult answer;
  std::size_t attempts = 0;
  std::uint64_t body_bytes_last = 0;
  std::set<std::uint64_t> seeds;
};

class DeadLetters final : public DeadLetterSink {
 public:
  bool send(std::string_view, const Delivery& letter, base::Time) override {
    origins.push_back(letter.origin);
    return true;
  }
  std::vector<std::shared_ptr<const std::string>> origins;
};

class DispatcherTest : public ::testing::Test, private log::Journal {
 protected:
  DispatcherTest() {
    rules_.apply(bus::EventBusPut{.arn = kBus, .name = "default"}, {}, kTime);
    rules_.apply(bus::RulePut{.arn = kRule, .bus_arn = kBus, .name = "r", .number = 1, .state = "ENABLED"}, {}, kTime);
    rules_.apply(bus::TargetsPut{kRule, {target("a"), target("b")}}, {}, kTime);
  }
  static bus::Target target(const char* id) { return {.id = id, .arn = "arn:aws:x", .rule_arn = kRule}; }

  void accept_event(std::uint64_t position) { accept_event(position, fmt::format("id-{}", position)); }
  void accept_event(std::uint64_t position, std::string id) {
    bus::EventAccepted event{.id = std::move(id)};
    event.detail = "{}";
    event.rules = {1};
    deliveries_.apply(event, log::LogPosition{position}, kTime);
  }
  void retry(base::Time now) {
    now_ = now;
    deliveries_.retry_what_is_due(*this, now);
  }
  static bool waits(const Dispatcher& deliveries, std::uint64_t position, std::string_view target_id) {
    return deliveries.is_waiting(log::LogPosition{position}, kRule, target_id);
  }

  bus::RuleBook rules_;
  FullTarget kind_;
  DeadLetters dead_letters_;
  observe::Counters counters_;
  Dispatcher deliveries_{rules_, {&kind_}, dead_letters_, counters_};
  Dispatcher* restarted_ = nullptr;  // applies what deliveries_ writes
  std::size_t records_ = 0;

 private:
  log::LogPosition next_position() const override { return log::LogPosition{1'000 + records_}; }
  log::LogPosition write_encoded(log::RecordType, std::string_view, const void* record) override {
    const auto& retried = *static_cast<const DeliveriesRetried*>(record);
    deliveries_.apply(retried, next_position(), now_);
    if (restarted_) restarted_->apply(retried, next_position(), now_);
    return log::LogPosition{1'000 + records_++};
  }
  base::Time now_{};
};

TEST_F(DispatcherTest, KnowsByPositionWhatWaits) {
  EXPECT_EQ(deliveries_.oldest_position_needed(), std::nullopt);
  for (const std::uint64_t position : {80U, 160U, 240U}) accept_event(position);
  Dispatcher loaded{rules_, {&kind_}, dead_letters_, counters_};
  ASSERT_TRUE(loaded.load(log::saved(deliveries_)));
  EXPECT_EQ(log::saved(loaded), log::saved(deliveries_));
  for (const Dispatcher* deliveries : {&deliveries_, &loaded}) {
    EXPECT_EQ(deliveries->waiting(), 6U);
    EXPECT_EQ(deliveries->oldest_position_needed(), log::LogPosition{80});
    for (const char* id : {"a", "b"}) EXPECT_TRUE(waits(*deliveries, 160, id));
    EXPECT_FALSE(waits(*deliveries, 160, "c"));
    EXPECT_FALSE(waits(*deliveries, 161, "a"));
  }
  kind_.open = true;
  retry(*deliveries_.next_due());
  EXPECT_EQ(deliveries_.waiting(), 5U);
  retry(kTime + std::chrono::minutes{1});
  EXPECT_EQ(deliveries_.waiting(), 0U);
  EXPECT_FALSE(waits(deliveries_, 160, "a"));
  EXPECT_EQ(deliveries_.oldest_position_needed(), std::nullopt);
}

// What is drawn at random, such as a message's id, differs between events, even for one at the same position in another
// log or after a restore; and is the same whenever the same record is applied.
TEST_F(DispatcherTest, DrawsByTheEventAndNotByItsPlace) {
  for (const char* id : {"6f1c0000-0000-8000-8000-00000000000a", "6f1c0000-0000-8000-8000-00000000000b",
                         "6f1c0000-0000-8000-8000-00000000000a"})
    accept_event(80, id);
  EXPECT_EQ(kind_.seeds.size(), 4U) << "two events to two targets";
  retry(kTime + std::chrono::hours{1});
  EXPECT_EQ(kind_.seeds.size(), 4U) << "another attempt is no other delivery";
  ReplayedDelivery replayed{.position = log::LogPosition{80}, .rule = 1, .target_id = "a"};
  replayed.deduplication_id = "6f1c0000-0000-8000-8000-00000000000a";
  deliveries_.apply(EventsReplayed{"replay", {replayed}}, {}, kTime);
  EXPECT_EQ(kind_.seeds.size(), 5U) << "a replay is";
}

// Two with the same seed would be one invocation, or two messages with one id.
TEST(DeliverySeed, IsAnotherForEachTargetOfEachRule) {
  const auto seed = [](const char* rule, const char* id, const char* replay) {
    return seed_of("event", hash_of({.id = id, .rule_arn = rule}, replay));
  };
  const std::set<std::uint64_t> seeds{seed("rule", "id", ""), seed("other", "id", ""), seed("rule", "other", ""),
                                      seed("rule", "id", "replay")};
  EXPECT_EQ(seeds.size(), 4U);
}

TEST_F(DispatcherTest, TriesAgainAsOftenAsThePolicySays) {
  bus::Target failing = target("a");
  failing.dead_letter_arn = "arn:aws:sqs:letters";
  failing.retry_policy = {.retries_max = 3};
  rules_.apply(bus::TargetsPut{kRule, {failing}}, {}, kTime);
  rules_.apply(bus::TargetsRemoved{kRule, {"b"}}, {}, kTime);
  accept_event(80);
  while (deliveries_.waiting() > 0 && kind_.attempts < 10) retry(*deliveries_.next_due());
  EXPECT_EQ(kind_.attempts, 4U);
  ASSERT_EQ(dead_letters_.origins.size(), 1U);
  const auto reason = log::decode<Origin>(*dead_letters_.origins[0])->dead_letter;
  EXPECT_EQ(reason->retry_attempts, 3U);
  EXPECT_EQ(reason->exhausted_retry_condition, "MaximumRetryAttempts");
}

// A wait that is drawn short once is not short every time: the retries would be used up at once.
TEST_F(DispatcherTest, DrawsEachWaitAnew) {
  rules_.apply(bus::TargetsRemoved{kRule, {"b"}}, {}, kTime);
  accept_event(80);
  for (int i = 0; i < 12; ++i) retry(*deliveries_.next_due());
  std::set<base::Duration> waits_at_the_same_cap;
  for (int i = 0; i < 3; ++i) {
    const base::Time now = *deliveries_.next_due();
    retry(now);
    waits_at_the_same_cap.insert(*deliveries_.next_due() - now);
  }
  EXPECT_EQ(waits_at_the_same_cap.size(), 3U);
}

// Otherwise no event older than its target's policy allows could be replayed.
TEST_F(DispatcherTest, AReplayedEventIsAsOldAsItsReplay) {
  deliveries_.apply(EventsReplayed{"replay", {{.position = log::LogPosition{80}, .rule = 1, .target_id = "a"}}}, {},
                    kTime);
  EXPECT_TRUE(waits(deliveries_, 80, "a"));
}

TEST_F(DispatcherTest, AReplayPassesOverATargetThatIsGone) {
  deliveries_.apply(EventsReplayed{"replay", {{.position = log::LogPosition{80}, .rule = 1, .target_id = "gone"}}}, {},
                    kTime);
  EXPECT_EQ(kind_.attempts, 0U);
}

TEST_F(DispatcherTest, WhatCannotBeMadeForATargetIsADeadLetter) {
  bus::Target failing = target("a");
  failing.dead_letter_arn = "arn:aws:sqs:letters";
  rules_.apply(bus::TargetsPut{kRule, {failing}}, {}, kTime);
  ReplayedDelivery unmade{.position = log::LogPosition{80}, .rule = 1, .target_id = "a"};
  unmade.error = "It is no JSON.";
  deliveries_.apply(EventsReplayed{"replay", {unmade}}, {}, kTime);
  EXPECT_EQ(kind_.attempts, 0U);
  ASSERT_EQ(dead_letters_.origins.size(), 1U);
  const auto reason = log::decode<Origin>(*dead_letters_.origins[0])->dead_letter;
  EXPECT_EQ(reason->error_code, "INVALID_JSON");
  EXPECT_EQ(reason->error_message, "It is no JSON.");
}

TEST_F(DispatcherTest, GoesOnAfterARestartAsItWouldHaveWithoutOne) {
  bus::Target impatient = target("a");
  impatient.retry_policy = {.event_age_max = std::chrono::hours{1}};
  rules_.apply(bus::TargetsPut{kRule, {impatient}}, {}, kTime);
  accept_event(80);
  while (*deliveries_.next_due() < kTime + std::chrono::minutes{45}) retry(*deliveries_.next_due());
  Dispatcher restarted{rules_, {&kind_}, dead_letters_, counters_};
  ASSERT_TRUE(restarted.load(log::saved(deliveries_)));
  restarted_ = &restarted;
  while (deliveries_.waiting() > 0) {
    ASSERT_EQ(restarted.next_due(), deliveries_.next_due());
    retry(*deliveries_.next_due());
  }
  EXPECT_EQ(restarted.waiting(), 0U) << "too old, by when it was accepted";
}

TEST_F(DispatcherTest, TriesAgainNoMoreInAStepThanHoldsNobodyUp) {
  for (std::uint64_t i = 0; i < 600; ++i) accept_event(8 * i);
  kind_.open = true;
  const base::Time all_are_due = kTime + std::chrono::minutes{1};
  retry(all_are_due);
  EXPECT_EQ(deliveries_.waiting(), 200U);
  EXPECT_LE(*deliveries_.next_due(), all_are_due);
  retry(all_are_due);
  EXPECT_EQ(deliveries_.waiting(), 0U);
  retry(all_are_due);
  EXPECT_EQ(records_, 2U);
}

// A target's Input may have 8 KB, and a million dead letters of it may be waiting.
TEST_F(DispatcherTest, DeadLettersOfOneReasonHoldTheirTargetOnce) {
  bus::Target failing = target("a");
  failing.dead_letter_arn = "arn:aws:sqs:letters";
  rules_.apply(bus::TargetsPut{kRule, {failing}}, {}, kTime);
  rules_.apply(bus::TargetsRemoved{kRule, {"b"}}, {}, kTime);
  kind_.open = true;
  kind_.answer = {Verdict::Impossible, "NO_RESOURCE", "It is not there."};
  for (const std::uint64_t position : {80U, 160U}) accept_event(position);
  kind_.answer.error_code = "NO_PERMISSIONS";
  accept_event(240);
  const auto& origins = dead_letters_.origins;
  ASSERT_EQ(origins.size(), 3U);
  EXPECT_EQ(origins[0], origins[1]);
  EXPECT_EQ(log::decode<Origin>(*origins[1])->dead_letter->error_code, "NO_RESOURCE");
  EXPECT_EQ(log::decode<Origin>(*origins[2])->dead_letter->error_code, "NO_PERMISSIONS");
}

// A target reports with its own message and code that the result of a template is too large for it.
TEST_F(DispatcherTest, LeavesItToTheTargetToRefuseWhatIsTooLarge) {
  bus::Target doubling = target("a");
  doubling.input_transformer = {.input_paths = {{"d", "$.detail.d"}}, .input_template = "[<d>, <d>]"};
  rules_.apply(bus::TargetsPut{kRule, {doubling}}, {}, kTime);
  bus::EventAccepted event;
  const std::string detail = fmt::format(R"({{"d":"{}"}})", std::string(limits::kMessageBytes / 2, 'x'));
  event.detail = detail;
  const auto plan = deliveries_.plan_replay(event, log::LogPosition{8}, kTime, {1}, "replay");
  EXPECT_GT(plan.at(0).body_bytes, limits::kMessageBytes);
  EXPECT_EQ(plan.at(0).error, "");

  rules_.apply(bus::TargetsRemoved{kRule, {"b"}}, {}, kTime);
  event.rules = {1};
  deliveries_.apply(event, log::LogPosition{8}, kTime);
  EXPECT_GT(kind_.body_bytes_last, limits::kMessageBytes);
}

}  // namespace
}  // namespace athanor::delivery
