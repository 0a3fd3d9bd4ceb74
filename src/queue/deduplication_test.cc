#include "queue/deduplication.h"

#include <gtest/gtest.h>

namespace athanor::queue {
namespace {

constexpr base::Time kNoon{std::chrono::hours{480'000}};

// After the clock was set back, acceptances are not in order of time: forgetting one from the front must not forget a
// later acceptance of the same key.
TEST(DeduplicationWindow, ForgetsNoLaterAcceptanceOfTheSameKey) {
  DeduplicationWindow window;
  const auto accept = [&](const char* key, std::uint64_t sequence, base::Time time) {
    window.remember(key, {MessageId{1, sequence}, Sequence{sequence}, time});
  };
  accept("other", 1, kNoon + std::chrono::minutes{1});
  accept("key", 2, kNoon);  // set back
  accept("key", 3, kNoon + kDeduplicationWindow);
  accept("other", 4, kNoon + std::chrono::minutes{1} + kDeduplicationWindow);  // forgets the first two
  const auto* entry = window.find("key", kNoon + std::chrono::minutes{2} + kDeduplicationWindow);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->sequence, Sequence{3});
  EXPECT_EQ(window.find("key", kNoon + 2 * kDeduplicationWindow), nullptr);
}

// The clock was an hour ahead when the first was accepted; now it is right.
TEST(DeduplicationWindow, KeepsNothingForLongerAfterTheClockWasSetBack) {
  constexpr base::Duration kTick{1};
  DeduplicationWindow window;
  window.remember("key", {MessageId{1, 1}, Sequence{1}, kNoon + std::chrono::hours{1}});
  EXPECT_EQ(window.find("key", kNoon), nullptr);
  EXPECT_EQ(window.find("key", kNoon + std::chrono::hours{1} - kDeduplicationWindow), nullptr);
  EXPECT_NE(window.find("key", kNoon + std::chrono::hours{1} - kDeduplicationWindow + kTick), nullptr);

  window.remember("other", {MessageId{1, 2}, Sequence{2}, kNoon});
  EXPECT_EQ(window.find("key", kNoon + std::chrono::hours{1}), nullptr) << "forgotten: it would keep all behind it";
  EXPECT_NE(window.find("other", kNoon - std::chrono::minutes{4}), nullptr) << "set back a little";
}

// Five minutes of heavy traffic delay no one later.
TEST(DeduplicationWindow, ForgetsTwoForEachThatComes) {
  DeduplicationWindow window;
  const auto size = [&] {
    std::size_t n = 0;
    window.for_each([&](const std::string&, const DeduplicationWindow::Entry&) { ++n; });
    return n;
  };
  std::uint64_t sequence = 0;
  for (; sequence < 10; ++sequence) {
    window.remember(std::to_string(sequence), {MessageId{1, sequence}, Sequence{sequence}, kNoon});
  }
  const auto later = kNoon + kDeduplicationWindow;
  for (const std::size_t left : {9U, 8U, 7U}) {
    window.remember(std::to_string(sequence), {MessageId{1, sequence}, Sequence{sequence}, later});
    ++sequence;
    EXPECT_EQ(size(), left);
  }
  // One that is still held is no longer found, and can be accepted again only once.
  EXPECT_EQ(window.find("9", later), nullptr);
  window.remember("9", {MessageId{1, sequence}, Sequence{sequence}, later});
  EXPECT_EQ(size(), 5);
  EXPECT_EQ(window.find("9", later)->sequence, Sequence{sequence});
  window.forget(later, 100);
  EXPECT_EQ(size(), 4);
  EXPECT_EQ(window.overdue(), later + 2 * kDeduplicationWindow);
}

}  // namespace
}  // namespace athanor::queue
