#include "service/lambda/functions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/test_engine.h"
#include "function/records.h"

namespace athanor::service::lambda {
namespace {

TEST(ListFunctions, GivesNoMoreThanFiftyAPage) {
  engine::TestEngine test;
  test.engine.execute({}, [](engine::Call& call) {
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
