#include "service/events/put_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/records.h"
#include "engine/test_engine.h"
#include "function/records.h"
#include "service/events/names.h"

namespace athanor::service::events {
namespace {

using ::testing::ElementsAre;

TEST(PutEventsLimit, RefusesWhatWouldWaitToWhileTooManyDeliveriesDo) {
  // No invocation may wait, so that each delivery is tried again later.
  engine::TestEngine test{{.waiting_per_function_max = 0, .waiting_deliveries_max = 2}};
  const engine::Caller caller;
  const auto put = [&](const std::vector<const char*>& sources) {
    api::PutEventsRequest request;
    for (const char* source : sources)
      request.entries.push_back({.source = source, .detail_type = "Sold", .detail = "{}"});
    std::vector<std::string> answers;
    test.engine.execute(caller, [&](engine::Call& call) {
      const auto answer = put_events(call, request, *prepare_put_events(request));
      for (const auto& entry : answer->entries) answers.push_back(entry.error_code.value_or("accepted"));
    });
    return answers;
  };
  test.engine.execute(caller, [&](engine::Call& call) {
    const std::string function = "arn:aws:lambda:us-east-1:123456789012:function:f";
    call.journal.write(function::FunctionPut{.arn = function, .name = "f"});
    const auto route = [&](std::uint64_t number, const std::string& source, const std::string& target) {
      const std::string rule = "arn:aws:events:us-east-1:123456789012:rule/" + source;
      call.journal.write(bus::RulePut{.arn = rule,
                                      .bus_arn = bus_arn(caller, std::nullopt),
                                      .name = source,
                                      .number = number,
                                      .event_pattern = R"({"source":[")" + source + R"("]})",
                                      .state = "ENABLED"});
      call.journal.write(bus::TargetsPut{rule, {bus::Target{.id = "t", .arn = target, .rule_arn = rule}}});
    };
    route(1, "shop", function);
    route(2, "bank", "arn:aws:sqs:us-east-1:123456789012:q");
  });

  EXPECT_THAT(put({"shop", "shop", "shop", "till", "bank"}),
              ElementsAre("accepted", "accepted", "ThrottlingException", "accepted", "accepted"))
      << "only what would wait, too";
  test.clock.advance(std::chrono::hours{25});  // both are given up
  test.engine.tick();
  EXPECT_THAT(put({"shop"}), ElementsAre("accepted"));
}

}  // namespace
}  // namespace athanor::service::events
