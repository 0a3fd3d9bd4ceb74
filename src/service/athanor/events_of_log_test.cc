#include "service/athanor/events_of_log.h"

#include <gtest/gtest.h>

#include "bus/event.h"
#include "log/codec.h"
#include "log/test_log.h"
#include "service/events/names.h"

namespace athanor::service::athanor {
namespace {

constexpr std::size_t kMiB = 1'048'576;

struct Traced {
  // Traces `count` events with the correlation id "c", each that long and matched by that many rules.
  Traced(std::size_t count, std::size_t detail_bytes, std::size_t rules) {
    const engine::Caller caller;
    const std::string bus = events::bus_arn(caller, "b");
    bus::EventAccepted event{.bus_arn = bus, .id = "an id", .source = "s"};
    const std::string detail = R"({"correlation_id":"c","x":")" + std::string(detail_bytes, 'x') + R"("})";
    event.detail = detail;
    event.rules.resize(rules, 1);
    log::MemoryLog log;
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(log.append(bus::EventAccepted::kType, {}, log::encode(event)));
    const auto traced = read_trace(log, caller, {.correlation_id = "c"});
    EXPECT_TRUE(traced);
    events = traced->response.events.size();
    is_cut = traced->response.is_cut.value_or(false);
  }

  std::size_t events = 0;
  bool is_cut = false;
};

// As on a server restored to an earlier moment: a client that followed it would wait, and then miss events.
TEST(ReadTail, RefusesAPositionThatTheLogHasNotReached) {
  const engine::Caller caller;
  log::MemoryLog log;
  ASSERT_TRUE(log.append(bus::EventAccepted::kType, {}, log::encode(bus::EventAccepted{})));
  EXPECT_TRUE(read_tail(log, caller, {.from_position = 1}));
  const auto beyond = read_tail(log, caller, {.from_position = 2});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::InvalidInput);
}

TEST(ReadTrace, IsCutWhereItsAnswerWouldBeTooLarge) {
  const Traced small{100, 10, 1};
  EXPECT_EQ(small.events, 100U);
  EXPECT_FALSE(small.is_cut);
  const Traced large{40, kMiB, 1};
  EXPECT_EQ(large.events, 32U);
  EXPECT_TRUE(large.is_cut);
  const Traced to_many_rules{200, 10, 300};
  EXPECT_LT(to_many_rules.events, 120U);
  EXPECT_TRUE(to_many_rules.is_cut);
}

}  // namespace
}  // namespace athanor::service::athanor
