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

TEST(PutEvents, TakesADetailOfAThousandLevels) {
  const auto refusal = [](std::string detail) {
    const auto prepared = prepare_put_events({{{.source = "s", .detail_type = "t", .detail = std::move(detail)}}});
    return prepared->refused[0] ? prepared->refused[0]->error_code : std::nullopt;
  };
  const auto nested = [](std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(refusal(nested(limits::kJsonDepth)), std::nullopt);
  EXPECT_EQ(refusal(" " + nested(limits::kJsonDepth) + "\r\n"), std::nullopt);
  for (const std::string& bad : {nested(limits::kJsonDepth + 1), nested(2) + "1", std::string{"[]"}, std::string{" "}})
    EXPECT_EQ(refusal(bad), "MalformedDetail") << bad;
}

}  // namespace
}  // namespace athanor::service::events
