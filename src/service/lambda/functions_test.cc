#include "service/lambda/functions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_world.h"
#include "function/records.h"
#include "log/test_log.h"
#include "observe/counters.h"

namespace athanor::service::lambda {
namespace {

TEST(ListFunctions, GivesNoMoreThanFiftyAPage) {
  log::MemoryLog log;
  base::ManualClock clock;
  engine::StillWorld world;
  observe::Counters counters;
  engine::Engine engine{log, clock, world, counters, {}};
  engine.execute({}, [](engine::Call& call) {
    for (int i = 0; i < 51; ++i) {
      const std::string name = fmt::format("f{:02}", i);
      call.journal.write(function::FunctionPut{.arn = function_arn(call.caller, name), .name = name});
    }
    const auto page = list_functions(call, {.marker = {}, .max_items = 10'000}).value();
    EXPECT_EQ(page.functions.size(), 50);
    EXPECT_EQ(list_functions(call, {.marker = page.next_marker, .max_items = 10'000})->functions.size(), 1);
  });
}

}  // namespace
}  // namespace athanor::service::lambda
