#include "service/events/event_buses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "engine/test_engine.h"

namespace athanor::service::events {
namespace {

TEST(EventBuses, AreAHundredBesidesTheDefaultOne) {
  engine::TestEngine test;
  test.engine.execute({}, [](engine::Call& call) {
    ASSERT_TRUE(update_event_bus(call, {.description = "changed"}));
    for (std::size_t i = 0; i < limits::kBusesPerRegion; ++i)
      EXPECT_TRUE(create_event_bus(call, {.name = fmt::format("b{}", i)})) << i;
    EXPECT_EQ(create_event_bus(call, {.name = "more"}).error().code, ErrorCode::LimitExceeded);
  });
}

}  // namespace
}  // namespace athanor::service::events
