#include "stack/stacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/codec.h"
#include "log/test_saved.h"

namespace athanor::stack {
namespace {

StackPut stack_named(const std::string& region, const std::string& name) {
  StackPut stack;
  stack.id = stack_id_prefix(region, "123456789012") + name + "/1";
  stack.name = name;
  stack.status = "CREATE_COMPLETE";
  stack.parameters = {{"Stage", "dev"}};
  stack.resources = {
      {.logical_id = "Bus", .type = "AWS::Events::EventBus", .physical_id = "b", .arn = "arn:b", .properties = "{}"}};
  stack.outputs = {{.name = "BusName", .value = name, .description = "", .export_name = name + "-bus"}};
  stack.created = base::Time{std::chrono::seconds{1'700'000'000}};
  return stack;
}

TEST(Stacks, FindsByIdNameAndExportWithinItsRegion) {
  Stacks stacks;
  for (const auto& stack : {stack_named("us-east-1", "b"), stack_named("us-east-1", "a"),
                            stack_named("us-east-1", "a-b"), stack_named("eu-west-1", "c")}) {
    stacks.apply(stack, {}, {});
  }
  const std::string prefix = stack_id_prefix("us-east-1", "123456789012");
  ASSERT_NE(stacks.find(prefix, "a"), nullptr);
  EXPECT_EQ(stacks.find(prefix, "a")->name, "a");
  EXPECT_EQ(stacks.find(prefix, "c"), nullptr);
  EXPECT_EQ(stacks.find(prefix, ""), nullptr);
  EXPECT_EQ(stacks.list(prefix).size(), 3u);
  ASSERT_NE(stacks.find_export(prefix, "b-bus"), nullptr);
  EXPECT_EQ(stacks.find_export(prefix, "b-bus")->value, "b");
  EXPECT_EQ(stacks.find_export(prefix, "c-bus"), nullptr);

  stacks.apply(StackDeleted{prefix + "a/1"}, {}, {});
  EXPECT_EQ(stacks.find(prefix, "a"), nullptr);
}

TEST(Stacks, ComeBackFromASnapshotAndFromTheirRecords) {
  Stacks stacks;
  const auto record = log::decode<StackPut>(log::encode(stack_named("us-east-1", "a")));
  ASSERT_TRUE(record.has_value());
  stacks.apply(*record, {}, {});
  stacks.apply(stack_named("us-east-1", "b"), {}, {});

  Stacks loaded;
  ASSERT_TRUE(loaded.load(log::saved(stacks)).has_value());
  EXPECT_EQ(log::saved(loaded), log::saved(stacks));
  const auto prefix = stack_id_prefix("us-east-1", "123456789012");
  EXPECT_EQ(*loaded.find(prefix, "a"), stack_named("us-east-1", "a"));
  const auto foreign = Stacks{}.load("\x07nonsense");
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace athanor::stack
