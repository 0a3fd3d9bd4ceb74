#include "service/events/put_events.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace athanor::service::events {
namespace {

api::PutEventsRequest with_resources(std::vector<std::string> resources) {
  return {{{.source = "s", .resources = std::move(resources), .detail_type = "t", .detail = "{}"}}};
}

// Each stands in the event's record, if only by its length.
TEST(PutEvents, CountsResourcesThatAreEmpty) {
  constexpr std::size_t kLeft = limits::kPutEventsBytes - 4;
  EXPECT_TRUE(prepare_put_events(with_resources(std::vector<std::string>(kLeft))));
  EXPECT_EQ(prepare_put_events(with_resources(std::vector<std::string>(kLeft + 1))).error().code,
            ErrorCode::InvalidInput);
  EXPECT_TRUE(prepare_put_events(with_resources(std::vector<std::string>(kLeft / 2, "xx"))));
}

}  // namespace
}  // namespace athanor::service::events
