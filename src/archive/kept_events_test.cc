#include "archive/kept_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/event.h"
#include "bus/records.h"
#include "log/codec.h"

namespace athanor::archive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const base::Time kNoon{std::chrono::hours{24 * 20'000 + 12}};
constexpr std::chrono::days kDay{1};

std::vector<std::uint64_t> keepers(std::vector<std::uint64_t> archives, base::Time ingested) {
  const bus::EventAccepted event{.id = "e", .detail = "{}", .archives = std::move(archives)};
  // Archive 1 keeps events forever, 2 for a day; 3 has been deleted.
  return KeptEvents({{1, 0}, {2, 1}}, kNoon).keepers_of(bus::EventAccepted::kType, ingested, log::encode(event));
}

TEST(KeptEvents, AnEventIsKeptByTheArchivesThatItNamesAndThatAreThere) {
  EXPECT_THAT(keepers({}, kNoon), IsEmpty());
  EXPECT_THAT(keepers({3}, kNoon), IsEmpty());
  EXPECT_THAT(keepers({1, 2, 3}, kNoon), ElementsAre(1, 2));
}

TEST(KeptEvents, RetentionEndsAWholeHourAtATime) {
  EXPECT_THAT(keepers({2}, kNoon - kDay), ElementsAre(2));
  EXPECT_THAT(keepers({2}, kNoon - kDay - std::chrono::milliseconds{1}), IsEmpty());
  EXPECT_THAT(keepers({1}, kNoon - 9'999 * kDay), ElementsAre(1));
  const KeptEvents kept({{1, 0}, {2, 1}}, kNoon);
  EXPECT_TRUE(kept.keeps(2, kNoon - kDay));
  EXPECT_FALSE(kept.keeps(2, kNoon - 2 * kDay));
  EXPECT_FALSE(kept.keeps(3, kNoon));
}

TEST(KeptEvents, NothingButEventsIsKept) {
  const KeptEvents kept({{1, 0}}, kNoon);
  EXPECT_THAT(kept.keepers_of(bus::RulePut::kType, kNoon, log::encode(bus::RulePut{})), IsEmpty());
  EXPECT_THAT(kept.keepers_of(bus::EventAccepted::kType, kNoon, "\xff\xff\xff"), IsEmpty());
}

}  // namespace
}  // namespace athanor::archive
