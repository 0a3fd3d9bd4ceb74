#include "stack/serverless.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace athanor::stack {
namespace {

using ::testing::HasSubstr;

struct RefusedCase {
  std::string_view name;
  std::string_view text;  // besides the transform
  std::string_view message;
};

class ServerlessRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(ServerlessRefused, InSamsWords) {
  const auto parsed = parse_template(fmt::format("Transform: AWS::Serverless-2016-10-31\n{}", GetParam().text));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::InvalidInput);
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ServerlessRefused,
    ::testing::Values(
        RefusedCase{"other_type", "Resources: {A: {Type: AWS::Serverless::Api}}",
                    "AWS::Serverless::Api is not supported"},
        RefusedCase{"globals_of_another_section", "Globals:\n  Functions: {Timeout: 33}\nResources: {A: {Type: T}}",
                    "'Globals' section is invalid. 'Functions' is not supported. Must be one of the following values - "
                    "['Api', 'CapacityProvider', 'Function',"},
        RefusedCase{"globals_of_a_number", "Globals:\n  Function: 5\nResources: {A: {Type: T}}",
                    "'Globals' section is invalid. Value of Function must be a dictionary (line 3)"},
        RefusedCase{"globals_that_name_a_function",
                    "Globals:\n  Function:\n    FunctionName: x\nResources: {A: {Type: T}}",
                    "'Globals' section is invalid. 'FunctionName' is not a supported property of 'Function'. (line 4)"},
        RefusedCase{"globals_misspelt", "Globals:\n  Function:\n    TimeOut: 3\nResources: {A: {Type: T}}",
                    "'TimeOut' is not a supported property of 'Function', did you mean Timeout? (line 4)"},
        RefusedCase{"ignored_globals_of_a_name",
                    "Globals: {Function: {Timeout: 3}}\nResources:\n  F: {Type: AWS::Serverless::Function, "
                    "IgnoreGlobals: Timeout, Properties: {CodeUri: "
                    "x}}",
                    "Resource F has invalid resource attribute 'IgnoreGlobals'."},
        RefusedCase{"ignored_global_misspelt",
                    "Globals: {Function: {Timeout: 3}}\nResources:\n  F: {Type: AWS::Serverless::Function, "
                    "IgnoreGlobals: [TimeOut], Properties: "
                    "{CodeUri: x}}",
                    "Resource F has invalid resource attribute 'IgnoreGlobals' on item 'TimeOut'."},
        RefusedCase{"made_rule_stands_already",
                    "Resources:\n  OrdersRule: {Type: AWS::Events::Rule}\n  Orders: {Type: AWS::Serverless::Function, "
                    "Properties: {CodeUri: x, Events: {Rule: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}}}",
                    "Transforming resource with id [Orders] attempts to create a new resource with id [OrdersRule] and "
                    "type \"AWS::Events::Rule\". A resource with that id already exists within this template. Please "
                    "use a different id for that resource. (line 4)"},
        RefusedCase{"made_role_stands_behind",
                    "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x}}\n"
                    "  FRole: {Type: AWS::IAM::Role}",
                    "a new resource with id [FRole] and type \"AWS::IAM::Role\""},
        RefusedCase{"made_of_two_functions",
                    "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x, Events: {AB: {Type: "
                    "Schedule, Properties: {Schedule: rate(1 day)}}}}}\n  FA: {Type: AWS::Serverless::Function, "
                    "Properties: {CodeUri: x, Events: {B: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}}}",
                    "Transforming resource with id [FA] attempts to create a new resource with id [FAB]"}),
    [](const auto& info) { return std::string{info.param.name}; });

class ServerlessFunctionRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(ServerlessFunctionRefused, InSamsWords) {
  const auto parsed =
      parse_template(fmt::format("Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {{Type: "
                                 "AWS::Serverless::Function, Properties: {{CodeUri: x, {}}}}}",
                                 GetParam().text));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(parsed.error().message, HasSubstr(" (line 3)"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ServerlessFunctionRefused,
    ::testing::Values(
        RefusedCase{"property_not_supported", "AutoPublishAlias: live", "property AutoPublishAlias is not supported"},
        RefusedCase{
            "property_misspelt", "TimeOut: 3",
            "property TimeOut not defined for resource of type AWS::Serverless::Function, did you mean Timeout?"},
        RefusedCase{"tags_of_a_list", "Tags: [a]", "Property 'Tags' should be a map."},
        RefusedCase{"dead_letter_queue_of_a_number", "DeadLetterQueue: 5",
                    "Property 'DeadLetterQueue' should be a map."},
        RefusedCase{"dead_letter_queue_of_a_function", "DeadLetterQueue: !If [C, {Type: SQS, TargetArn: a}, b]",
                    "Property 'DeadLetterQueue' should be a map."},
        RefusedCase{"dead_letter_queue_misspelt", "DeadLetterQueue: {Type: SQS, TargetARN: a}",
                    "property TargetARN not defined for DeadLetterQueue, did you mean TargetArn?"},
        RefusedCase{"dead_letter_queue_without_an_arn", "DeadLetterQueue: {Type: SQS}",
                    "'DeadLetterQueue' requires Type and TargetArn properties to be specified."},
        RefusedCase{"dead_letter_queue_of_another_type", "DeadLetterQueue: {Type: Foo, TargetArn: a}",
                    "'DeadLetterQueue' requires Type of ['SQS', 'SNS']"},
        RefusedCase{"invoke_config_of_a_number", "EventInvokeConfig: 5",
                    "Property 'EventInvokeConfig' should be a map."},
        RefusedCase{"invoke_config_misspelt", "EventInvokeConfig: {MaximumRetries: 1}",
                    "property MaximumRetries not defined for EventInvokeConfig"},
        RefusedCase{"destinations_of_a_number", "EventInvokeConfig: {DestinationConfig: 5}",
                    "Property 'EventInvokeConfig.DestinationConfig' should be a map."},
        RefusedCase{"destination_of_another_outcome",
                    "EventInvokeConfig: {DestinationConfig: {OnFail: {Destination: a}}}",
                    "property OnFail not defined for EventInvokeConfig.DestinationConfig, did you mean OnFailure?"},
        RefusedCase{"destination_misspelt", "EventInvokeConfig: {DestinationConfig: {OnFailure: {Destnation: a}}}",
                    "property Destnation not defined for EventInvokeConfig.DestinationConfig.OnFailure, did you mean "
                    "Destination?"},
        RefusedCase{"destination_to_be_made", "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}",
                    "OnFailure of its EventInvokeConfig has no Destination: write the queue as a resource of its own"},
        RefusedCase{"events_of_a_list", "Events: [{E: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}]",
                    "Property 'Events' should be a map."},
        RefusedCase{"events_of_a_string", "Events: x", "Property 'Events' should be a map."},
        RefusedCase{"event_of_a_string", "Events: {E: x}", "Property 'Events.E' should be a map."},
        RefusedCase{"event_misspelt", "Events: {E: {Foo: 1, Type: Schedule, Properties: {Schedule: rate(1 day)}}}",
                    "property Foo not defined for Events.E"},
        RefusedCase{"event_without_type", "Events: {E: {Properties: {}}}", "Event E needs Type and Properties"},
        RefusedCase{"event_of_another_type", "Events: {E: {Type: Api, Properties: {}}}",
                    "Event E is of the type Api; only EventBridgeRule, CloudWatchEvent, Schedule are supported"},
        RefusedCase{"event_with_a_target_of_its_own",
                    "Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Arn: a}}}",
                    "property Arn not defined for Events.E.Properties"},
        RefusedCase{"event_whose_name_makes_no_name",
                    "Events: {a-b: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}",
                    "Resource name Aa-b is non alphanumeric."},
        RefusedCase{"event_enabled_by_a_string",
                    "Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Enabled: 'false'}}}",
                    "Property 'Events.E.Properties.Enabled' should be a boolean."},
        RefusedCase{
            "event_with_two_states",
            "Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), State: DISABLED, Enabled: true}}}",
            "State and Enabled Properties cannot both be specified."},
        RefusedCase{"event_with_a_target_misspelt",
                    "Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [x]}, Target: {ID: a}}}}",
                    "property ID not defined for Events.E.Properties.Target, did you mean Id?"},
        RefusedCase{"event_with_a_queue_to_be_made",
                    "Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}}}",
                    "DeadLetterConfig of its event E takes an Arn alone"}),
    [](const auto& info) { return std::string{info.param.name}; });

format::JsonValue expanded(std::string_view resources) {
  const auto parsed = parse_template(fmt::format("Transform: AWS::Serverless-2016-10-31\nResources:\n  {}", resources));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed->section("Resources") : format::JsonValue{};
}

TEST(Serverless, CutsATargetsIdToWhatPutTargetsTakes) {
  const auto id_of = [](std::string_view function) {
    const auto resources =
        expanded(fmt::format("{}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: x, Events: {{Created: "
                             "{{Type: EventBridgeRule, Properties: {{Pattern: {{source: [x]}}}}}}}}}}}}",
                             function));
    return resources.find(fmt::format("{}Created", function))
        ->find("Properties")
        ->find("Targets")
        ->items[0]
        .find("Id")
        ->text;
  };
  EXPECT_EQ(id_of("Orders"), "OrdersCreatedLambdaTarget");
  EXPECT_EQ(id_of(std::string(45, 'F')), std::string(45, 'F') + "CreatedLambdaTarget");
  EXPECT_EQ(id_of(std::string(50, 'F')), std::string(50, 'F') + "CrLambdaTarget");
}

TEST(Serverless, AFunctionsTagsBeginWithSamsOwn) {
  const auto resources = expanded("F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x, Tags: {team: shop}}}");
  EXPECT_EQ(format::print_json(*resources.find("F")->find("Properties")->find("Tags")),
            R"([{"Key":"lambda:createdBy","Value":"SAM"},{"Key":"team","Value":"shop"}])");
}

// As in SAM: Lambda refuses an empty configuration.
TEST(Serverless, AnInvokeConfigWithoutDestinationsHasAnEmptyOne) {
  const auto resources =
      expanded("F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x, EventInvokeConfig: {}}}");
  const auto* destinations = resources.find("FEventInvokeConfig")->find("Properties")->find("DestinationConfig");
  ASSERT_NE(destinations, nullptr);
  EXPECT_EQ(format::print_json(*destinations), "{}");
}

TEST(Serverless, WhatIsMadeOfAFunctionHasItsPolicies) {
  const auto resources = expanded(
      "F: {Type: AWS::Serverless::Function, DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {CodeUri: "
      "x, EventInvokeConfig: {MaximumRetryAttempts: 1}, Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 "
      "day)}}}}}");
  EXPECT_EQ(resources.members.size(), 5U);
  for (const auto& [name, body] : resources.members) {
    for (const char* policy : {"DeletionPolicy", "UpdateReplacePolicy"}) {
      ASSERT_NE(body.find(policy), nullptr) << name;
      EXPECT_EQ(body.find(policy)->text, "Retain") << name;
    }
  }
}

TEST(Serverless, GivesAFunctionNoGlobalThatItIgnores) {
  constexpr std::string_view kTemplate = R"(
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Timeout: 7, MemorySize: 256, CodeUri: x}}}}
Resources:
  F: {{Type: AWS::Serverless::Function, IgnoreGlobals: {}, Properties: {{CodeUri: y, Role: r}}}}
)";
  const auto properties_of = [&](std::string_view ignored) {
    const auto parsed = parse_template(fmt::format(kTemplate, ignored));
    return parsed ? format::print_json(*parsed->section("Resources")->find("F")->find("Properties"))
                  : parsed.error().message;
  };
  const std::string made = R"("Role":"r","Code":"y","Tags":[{"Key":"lambda:createdBy","Value":"SAM"}]})";
  EXPECT_EQ(properties_of("[]"), R"({"Timeout":7,"MemorySize":256,)" + made);
  EXPECT_EQ(properties_of("[Timeout]"), R"({"MemorySize":256,)" + made);
  EXPECT_EQ(properties_of("'*'"), "{" + made);
}

}  // namespace
}  // namespace athanor::stack
