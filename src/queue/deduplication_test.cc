#include "queue/deduplication.h"

#include <gtest/gtest.h>

namespace athanor::queue {
namespace {

constexpr base::Time kNoon{std::chrono::hours{480'000}};

// A clock that was set back leaves what was accepted out of the order of time: what is forgotten from the front is one
// acceptance, and not what the same key was accepted for later.
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

}  // namespace
}  // namespace athanor::queue
