#include "runtime/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::runtime {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Variables, OfTheFunctionReplaceOursButTheReservedOnes) {
  function::FunctionSpec f{.name = "f", .runtime = "provided.al2023", .handler = "h"};
  const Place place{.code_directory = "/code", .access_key_id = "KEY"};
  auto variables = variables_of(f, place);
  EXPECT_THAT(variables, Contains("_HANDLER=h"));
  EXPECT_THAT(variables, Contains("AWS_ACCESS_KEY_ID=KEY"));
  EXPECT_THAT(variables, Contains("LD_LIBRARY_PATH=/lib64:/usr/lib64:/code:/code/lib:/opt/lib"));
  EXPECT_THAT(variables, Contains("AWS_XRAY_CONTEXT_MISSING=LOG_ERROR"));
  EXPECT_THAT(variables, Not(Contains(StartsWith("AWS_EXECUTION_ENV="))));

  f.runtime = "nodejs22.x";
  f.environment = {{"LD_LIBRARY_PATH", "/mine"}, {"AWS_ACCESS_KEY_ID", "MINE"}, {"LAMBDA_TASK_ROOT", "/mine"}};
  variables = variables_of(f, place);
  EXPECT_THAT(variables, Contains("AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x"));
  EXPECT_THAT(variables, Contains("LD_LIBRARY_PATH=/mine"));
  EXPECT_THAT(variables, Contains("AWS_ACCESS_KEY_ID=MINE"));
  EXPECT_THAT(variables, Contains("LAMBDA_TASK_ROOT=/code"));
}

}  // namespace
}  // namespace athanor::runtime
