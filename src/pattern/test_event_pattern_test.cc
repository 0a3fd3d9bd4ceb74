#include "pattern/test_event_pattern.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace athanor::pattern {
namespace {

TEST(TestEventPattern, WantsAWholeEvent) {
  const std::string event =
      R"({"id":"1","account":"2","source":"s","time":"t","region":"r","detail-type":"d","detail":{"a":1}})";
  EXPECT_TRUE(*test_event_pattern(R"({"detail":{"a":[1]}})", event));
  EXPECT_FALSE(*test_event_pattern(R"({"detail":{"a":[2]}})", event));
  for (const char* bad : {"", "[]", "{}", R"({"id":"1","account":"2","source":"s","time":"t","region":"r"})"}) {
    EXPECT_EQ(test_event_pattern(R"({"a":[1]})", bad).error().message, "Parameter Event is not valid.") << bad;
  }
  EXPECT_EQ(test_event_pattern("{}", event).error().code, ErrorCode::InvalidEventPattern);
}

TEST(TestEventPattern, TakesTheLargestEventThatPutEventsTakesAndNoLarger) {
  const auto of_bytes = [](std::size_t bytes) {
    std::string event =
        R"({"id":"1","account":"2","source":"s","time":"t","region":"r","detail-type":"d","detail":{"a":")";
    event.resize(bytes - 3, 'x');
    return event + R"("}})";
  };
  constexpr const char* kPattern = R"({"detail":{"a":[{"prefix":"x"}]}})";
  const auto largest = test_event_pattern(kPattern, of_bytes(kTestedEventBytesMax));
  ASSERT_TRUE(largest);
  EXPECT_TRUE(*largest);
  EXPECT_EQ(test_event_pattern(kPattern, of_bytes(kTestedEventBytesMax + 1)).error().message,
            "Parameter Event is not valid.");
}

TEST(TestEventPattern, TakesTheDeepestEventThatPutEventsTakes) {
  std::string event = R"({"id":"1","account":"2","source":"s","time":"t","region":"r","detail-type":"d","detail":)";
  for (std::size_t i = 0; i < limits::kJsonDepth; ++i) event += R"({"a":)";
  event += "1" + std::string(limits::kJsonDepth + 1, '}');
  EXPECT_TRUE(*test_event_pattern(R"({"detail":{"a":{"a":{"b":[{"exists":false}]}}}})", event));
}

// A list of watched symbols, and an event with many: it agrees with what a rule delivers.
TEST(TestEventPattern, TakesLongListsAgainstLargeArrays) {
  std::string pattern = R"({"detail":{"v":["s0")";
  for (int i = 1; i < 500; ++i) pattern += ",\"s" + std::to_string(i) + '"';
  std::string event =
      R"({"id":"1","account":"2","source":"s","time":"t","region":"r","detail-type":"d","detail":{"v":[)";
  for (int i = 0; i < 20'000; ++i) event += "\"t" + std::to_string(i) + "\",";
  EXPECT_TRUE(*test_event_pattern(pattern + "]}}", event + R"("s499"]}})"));
  EXPECT_FALSE(*test_event_pattern(pattern + "]}}", event + R"("s500"]}})"));
}

}  // namespace
}  // namespace athanor::pattern
