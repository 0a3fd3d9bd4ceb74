#include "service/events/put_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/text.h"
#include "bus/records.h"
#include "engine/test_engine.h"
#include "log/codec.h"
#include "service/events/names.h"

namespace athanor::service::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

api::PutEventsRequest with_resources(std::vector<std::string> resources) {
  return {{{.source = "s", .resources = std::move(resources), .detail_type = "t", .detail = "{}"}}};
}

// Each takes space in the event's record, if only for its length.
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

// What the log contains of each event.
class PutEventsToBuses : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b"}) write(bus::EventBusPut{.arn = bus_arn({}, name), .name = name});
  }

  template <class Record>
  void write(const Record& record) {
    test_.engine.execute({}, [&](engine::Call& call) { call.journal.write(record); });
  }
  api::PutEventsResponse put(const api::PutEventsRequest& request) {
    api::PutEventsResponse response;
    test_.engine.execute(
        {}, [&](engine::Call& call) { response = *put_events(call, request, *prepare_put_events(request)); });
    return response;
  }
  std::vector<bus::EventAccepted> accepted() const {
    std::vector<bus::EventAccepted> events;
    for (const log::Record& record : test_.log.records) {
      if (record.type == bus::EventAccepted::kType) events.push_back(*log::decode<bus::EventAccepted>(record.payload));
    }
    return events;
  }

  engine::TestEngine test_;
};

TEST_F(PutEventsToBuses, GivesEachEntryToItsOwnBus) {
  api::PutEventsRequest request;
  for (const char* bus : {"a", "b", "b", "nowhere", "a"})
    request.entries.push_back({.source = "s", .detail_type = "t", .detail = "{}", .event_bus_name = bus});
  request.entries[2].detail = "no JSON";
  const api::PutEventsResponse response = put(request);
  EXPECT_EQ(response.failed_entry_count, 1);
  ASSERT_EQ(response.entries.size(), 5U);
  EXPECT_EQ(response.entries[2].error_code, "MalformedDetail");
  const auto events = accepted();
  ASSERT_EQ(events.size(), 3U) << "what goes to no bus is accepted and goes nowhere";
  for (const auto& [event, bus, entry] : {std::tuple{0U, "a", 0U}, {1U, "b", 1U}, {2U, "a", 4U}}) {
    EXPECT_EQ(events[event].bus_arn, bus_arn({}, bus));
    EXPECT_EQ(events[event].id, response.entries[entry].event_id);
  }
}

TEST_F(PutEventsToBuses, MatchesEachEntryByItsOwnTime) {
  constexpr base::Time kTen{std::chrono::hours{480'010}};
  write(bus::RulePut{.arn = "arn:aws:events:us-east-1:123456789012:rule/a/r",
                     .bus_arn = bus_arn({}, "a"),
                     .name = "r",
                     .number = 1,
                     .event_pattern = R"({"time":[")" + base::to_iso8601(kTen) + R"("]})",
                     .state = "ENABLED"});
  api::PutEventsRequest request;
  for (const int minutes : {1, 0, 2})
    request.entries.push_back({.time = kTen + std::chrono::minutes{minutes},
                               .source = "s",
                               .detail_type = "t",
                               .detail = "{}",
                               .event_bus_name = "a"});
  EXPECT_EQ(put(request).failed_entry_count, 0);
  const auto events = accepted();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_THAT(events[0].rules, IsEmpty());
  EXPECT_THAT(events[1].rules, ElementsAre(1U));
  EXPECT_THAT(events[2].rules, IsEmpty());
}

}  // namespace
}  // namespace athanor::service::events
