#include "service/lambda/invoke.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/test_engine.h"
#include "function/records.h"

namespace athanor::service::lambda {
namespace {

TEST(Invoke, RefusesAnEventWhenAsManyWaitAsMay) {
  engine::TestEngine test{{.waiting_per_function_max = 2}};
  const auto invoke_event = [&](const std::string& request_id) -> Result<api::InvocationResponse> {
    Result<api::InvocationResponse> answer = Error{ErrorCode::Internal, "No answer.", {}};
    test.engine.execute({}, [&](engine::Call& call) {
      const api::InvocationRequest request{.function_name = "f", .invocation_type = "Event"};
      invoke(call, request, request_id, {}, [&](Result<api::InvocationResponse> said) { answer = std::move(said); });
    });
    return answer;
  };
  test.engine.execute({}, [](engine::Call& call) {
    call.journal.write(function::FunctionPut{.arn = "arn:aws:lambda:us-east-1:123456789012:function:f", .name = "f"});
  });

  EXPECT_EQ(invoke_event("a")->status_code, 202);
  EXPECT_EQ(invoke_event("b")->status_code, 202);
  const log::LogPosition end = test.log.end();
  EXPECT_EQ(invoke_event("c").error().code, ErrorCode::Throttled);
  EXPECT_EQ(test.log.end(), end) << "what is refused is not written";
}

TEST(Invoke, TakesAClientContextUpToItsBound) {
  const auto is_taken = [](std::size_t bytes) {
    const std::string context = base::to_base64(fmt::format(R"({{"a":"{:x<{}}"}})", "", bytes * 3 / 4 - 8));
    EXPECT_EQ(context.size(), bytes);
    return prepare_invoke({.function_name = "f", .client_context = context}).has_value();
  };
  EXPECT_TRUE(is_taken(3'580));
  EXPECT_FALSE(is_taken(3'584));
}

TEST(Invoke, PassesOnTheQualifierAndATraceHeaderThatNamesATrace) {
  const std::string arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
  const std::string trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  engine::TestEngine test{};
  test.engine.execute({},
                      [&](engine::Call& call) { call.journal.write(function::FunctionPut{.arn = arn, .name = "f"}); });
  struct Row {
    api::InvocationRequest request;
    std::string trace, invoked_arn, passed_on;
  };
  const Row rows[] = {
      {{.function_name = "f"}, "", arn, ""},
      {{.function_name = "f"}, "Self=1", arn, ""},
      {{.function_name = arn}, trace, arn, trace},
      {{.function_name = "f", .qualifier = "$LATEST"}, "", arn + ":$LATEST", ""},
      {{.function_name = "f:$LATEST"},
       "Root=1-5759e988-bd862e3fe1be46a994272793",
       arn + ":$LATEST",
       "Root=1-5759e988-bd862e3fe1be46a994272793"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.request.function_name + " " + row.trace);
    std::optional<function::Start> started;
    test.engine.execute({.trace_header = row.trace}, [&](engine::Call& call) {
      const auto run = [&](function::Start start, auto ended) {
        started = std::move(start);
        ended(call, function::Outcome{});
      };
      invoke(call, row.request, "id", run, [](const auto&) {});
    });
    ASSERT_TRUE(started);
    EXPECT_EQ(started->invoked_arn, row.invoked_arn);
    EXPECT_EQ(started->trace_header, row.passed_on);
  }
}

}  // namespace
}  // namespace athanor::service::lambda
