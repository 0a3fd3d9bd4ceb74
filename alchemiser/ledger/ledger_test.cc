#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/broker/simulated_broker.h"
#include "alchemiser/ledger/journal.h"
#include "alchemiser/ledger/records.h"
#include "alchemiser/testing/crash_disk.h"

namespace athanor::alchemiser {
namespace {

const Pause kNoPause = [](base::Duration) {};

TEST(Records, RefuseNamesThatLeadElsewhere) {
  CrashDisk disk;
  Records records = Records::open(disk, "state", kNoPause).value();
  for (const char* name : {"", "../book", "a/../../b", "/etc/passwd", "a b", "a\n", "caf\xc3\xa9"}) {
    const auto recorded = records.record_once(name, "x");
    ASSERT_FALSE(recorded.has_value()) << name;
    EXPECT_EQ(recorded.error().message, "'" + std::string(name) + "' cannot name a record.");
    const auto found = records.find(name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().message, "'" + std::string(name) + "' cannot name a record.");
  }
}

TEST(Records, TheFirstOneStands) {
  CrashDisk disk;
  Records records = Records::open(disk, "state", kNoPause).value();
  EXPECT_EQ(records.find("2004-08/plan").value(), std::nullopt);
  EXPECT_EQ(records.record_once("2004-08/plan", "first").value(), "first");
  EXPECT_EQ(records.record_once("2004-08/plan", "second").value(), "first");
  EXPECT_EQ(records.find("2004-08/plan").value(), "first");
  EXPECT_THAT(records.groups().value(), testing::ElementsAre("2004-08"));
  EXPECT_THAT(records.names("2004-08").value(), testing::ElementsAre("plan"));
  EXPECT_TRUE(records.names("2004-09").value().empty());
}

TEST(Records, AreRecordedByWhoeverHasTheTurn) {
  CrashDisk disk;
  Records records = Records::open(disk, "state", kNoPause).value();
  const auto turn = records.hold_turn();
  ASSERT_TRUE(turn.has_value()) << turn.error().message;
  EXPECT_EQ(records.record_once("2004-08/plan", "first").value(), "first");
  const auto second = records.hold_turn();
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, testing::StartsWith("The account is busy: "));
}

TEST(Records, AreThereWholeOrNotAtAllAfterAnyCrash) {
  const std::string long_text(10'000, 'x');
  for (const bool power_cut : {false, true}) {
    bool crashed = true;
    for (std::uint64_t operations = 0; crashed; ++operations) {
      CrashDisk disk;
      std::optional<std::string> acknowledged;
      disk.operations_left = operations;
      if (auto records = Records::open(disk, "state", kNoPause)) {
        if (auto recorded = records->record_once("m/a", long_text)) acknowledged = *recorded;
      }
      crashed = disk.has_crashed();
      power_cut ? disk.restart_after_power_cut() : disk.restart_after_kill();
      Records records = Records::open(disk, "state", kNoPause).value();
      const auto found = records.find("m/a").value();
      if (acknowledged) {
        EXPECT_EQ(found, acknowledged) << operations;
      }
      if (found) {
        EXPECT_EQ(*found, long_text) << operations;
      }
      EXPECT_EQ(records.record_once("m/a", found ? "other" : long_text).value(), long_text) << operations;
    }
  }
}

TEST(Locks, GiveUpOnAHolderThatHangs) {
  CrashDisk disk;
  base::Duration waited{0};
  const auto held = disk.lock("state/.lock");
  const auto second = hold(disk, "state/.lock", [&](base::Duration wait) { waited += wait; });
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::Throttled);
  EXPECT_EQ(waited, base::Duration{30'000});
}

TEST(Journal, CutsATornLineAndReportsDamage) {
  CrashDisk disk;
  {
    Journal journal = Journal::open(disk, "dir/book").value();
    ASSERT_TRUE(journal.append("one").has_value());
    ASSERT_TRUE(journal.append("two").has_value());
  }
  const auto file = disk.open("dir/book", io::OpenMode::ReadWrite).value();
  const auto size = file->size_bytes().value();
  ASSERT_TRUE(file->write_at(size, "0123456789abcdef thr").has_value());
  EXPECT_THAT(Journal::open(disk, "dir/book").value().lines(), testing::ElementsAre("one", "two"));
  EXPECT_EQ(file->size_bytes().value(), size);
  ASSERT_TRUE(file->write_at(size, "no checksum at all\n").has_value());
  EXPECT_THAT(Journal::open(disk, "dir/book").value().lines(), testing::ElementsAre("one", "two"));
  ASSERT_TRUE(file->write_at(18, "X").has_value());  // inside "one"
  const auto damaged = Journal::open(disk, "dir/book");
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::Corrupt);
}

Order order(const char* key, const char* side, const char* shares) {
  return {.client_order_id = key,
          .symbol = "IBM",
          .side = side,
          .shares = Decimal::parse(shares).value(),
          .price = "100"_decimal};
}

TEST(SimulatedBroker, RefusesLikeARealOne) {
  CrashDisk disk;
  auto broker = SimulatedBroker::open(disk, "broker", {.initial_cash = "1000"_decimal}, kNoPause).value();
  EXPECT_EQ(broker.submit(order("a", "BUY", "11"))->reason, "insufficient buying power");
  EXPECT_EQ(broker.submit(order("b", "SELL", "1"))->reason, "insufficient shares");
  EXPECT_EQ(broker.submit(order("c", "BUY", "0"))->reason, "shares and price must be above 0");
  EXPECT_EQ(broker.account()->cash, "1000"_decimal);
}

TEST(SimulatedBroker, TakesAnOrderOnce) {
  CrashDisk disk;
  auto broker = SimulatedBroker::open(disk, "broker", {.initial_cash = "1000"_decimal}, kNoPause).value();
  auto other = SimulatedBroker::open(disk, "broker", {.initial_cash = "1000"_decimal}, kNoPause).value();
  EXPECT_TRUE(broker.submit(order("a", "BUY", "4"))->filled);
  EXPECT_TRUE(other.submit(order("a", "BUY", "4"))->filled);
  const auto another = other.submit(order("a", "BUY", "5"));
  ASSERT_FALSE(another.has_value());
  EXPECT_EQ(another.error().message, "The order a was placed before with different contents.");
  EXPECT_TRUE(other.submit(order("b", "SELL", "1"))->filled);
  for (auto* one : {&broker, &other}) {
    EXPECT_EQ(one->account()->cash, "700"_decimal);
    EXPECT_EQ(one->account()->positions.at("IBM"), "3"_decimal);
    EXPECT_EQ(one->order_count().value(), 2u);
  }
}

TEST(SimulatedBroker, FillsInPartOnRequest) {
  CrashDisk disk;
  auto broker =
      SimulatedBroker::open(disk, "broker", {.initial_cash = "1000"_decimal, .fills_in_part_one_in = 1}, kNoPause)
          .value();
  const auto report = broker.submit(order("a", "BUY", "4")).value();
  EXPECT_FALSE(report.filled);
  EXPECT_EQ(report.reason, "partially filled");
  EXPECT_EQ(report.filled_shares, "2"_decimal);
  EXPECT_EQ(broker.account()->cash, "800"_decimal);
}

}  // namespace
}  // namespace athanor::alchemiser
