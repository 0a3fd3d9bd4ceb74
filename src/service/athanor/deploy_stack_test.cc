// What a deploy creates, keeps and deletes, and what it refuses.
#include "service/athanor/deploy_stack.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/archives.h"
#include "bus/rule_book.h"
#include "function/functions.h"
#include "queue/queues.h"
#include "service/athanor/test_deploy.h"
#include "service/events/event_buses.h"
#include "service/events/rules.h"
#include "stack/stacks.h"

namespace athanor::service::athanor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class DeployStack : public ::testing::Test, protected Deployer {
 protected:
  void put_rule_of_others(const std::string& bus) {
    api::PutRuleRequest rule;
    rule.name = "theirs";
    rule.event_bus_name = bus;
    rule.event_pattern = R"({"source":["x"]})";
    decide([&](engine::Call& call) { return events::put_rule(call, rule); }).value();
  }
};

constexpr std::string_view kWorkflow = R"(
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: !Sub 'trading-${Stage}', Description: events of the furnace}}
  BusPolicy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: account
      Statement: {Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'events:PutEvents', Resource: !GetAtt Bus.Arn}
  Kept:
    Type: AWS::Events::Archive
    Properties: {ArchiveName: kept, SourceArn: !GetAtt Bus.Arn, EventPattern: {source: [{prefix: alchemiser.}]}, RetentionDays: 365}
  Dlq: {Type: AWS::SQS::Queue, Properties: {QueueName: dlq, MessageRetentionPeriod: 1209600, VisibilityTimeout: 60}}
  DlqPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Dlq]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sqs:SendMessage', Resource: !GetAtt Dlq.Arn}]}
  Orders: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadOrders.Arn, maxReceiveCount: 3}}}
  DeadOrders: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Trade:
    Type: AWS::Lambda::Function
    Properties: {Runtime: provided.al2023, Handler: bootstrap, Role: !GetAtt Role.Arn, Code: build/trade, Timeout: 900, MemorySize: '512', Environment: {Variables: {BUS: !Ref Bus, DEPTH: 3}}}
  TradePermission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Trade, Action: 'lambda:InvokeFunction', Principal: events.amazonaws.com, SourceArn: !GetAtt Planned.Arn}}
  TradeAsync: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Trade, Qualifier: $LATEST, MaximumRetryAttempts: 1}}
  Planned:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [alchemiser.portfolio], detail-type: [RebalancePlanned]}
      State: ENABLED
      Targets:
        - {Id: trade, Arn: !GetAtt Trade.Arn, RetryPolicy: {MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600}, DeadLetterConfig: {Arn: !GetAtt Dlq.Arn}}
        - {Id: orders, Arn: !GetAtt Orders.Arn, SqsParameters: {MessageGroupId: g}, InputTransformer: {InputPathsMap: {s: $.source}, InputTemplate: '{"s": <s>}'}}
Outputs:
  BusName: {Value: !Ref Bus, Export: {Name: bus}}
  RuleRef: {Value: !Ref Planned}
  QueueUrl: {Value: !Ref Dlq}
)";

TEST_F(DeployStack, MakesAllThatTheTemplateSays) {
  const auto deployed = deploy(kWorkflow, {}, {{"Trade", "c0de"}});
  EXPECT_THAT(
      states(deployed),
      ElementsAre(Pair("Bus", "CREATED"), Pair("BusPolicy", "CREATED"), Pair("Kept", "CREATED"), Pair("Dlq", "CREATED"),
                  Pair("DlqPolicy", "CREATED"), Pair("DeadOrders", "CREATED"), Pair("Orders", "CREATED"),
                  Pair("Role", "RECORDED"), Pair("Trade", "CREATED"), Pair("Planned", "CREATED"),
                  Pair("TradePermission", "CREATED"), Pair("TradeAsync", "CREATED")));
  ASSERT_TRUE(deployed.has_value());
  EXPECT_EQ(deployed->outputs.at("BusName"), "trading-dev");
  EXPECT_THAT(deployed->outputs.at("RuleRef"), HasSubstr("trading-dev|furnace-Planned-"));
  EXPECT_EQ(deployed->outputs.at("QueueUrl"), "http://127.0.0.1:4566/123456789012/dlq");

  const std::string bus_arn = "arn:aws:events:us-east-1:123456789012:event-bus/trading-dev";
  const auto* bus = works().rules.find_bus(bus_arn);
  ASSERT_NE(bus, nullptr);
  EXPECT_THAT(bus->put.policy, HasSubstr(R"("Sid":"account")"));
  const auto rules = works().rules.rules("arn:aws:events:us-east-1:123456789012:rule/trading-dev/");
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0]->put.event_pattern, R"({"source":["alchemiser.portfolio"],"detail-type":["RebalancePlanned"]})");
  ASSERT_EQ(rules[0]->targets.size(), 2u);
  EXPECT_EQ(rules[0]->targets.at("trade")->retry_policy->retries_max, 3u);
  EXPECT_EQ(rules[0]->targets.at("trade")->dead_letter_arn, "arn:aws:sqs:us-east-1:123456789012:dlq");
  const auto* archive = works().archives.find("arn:aws:events:us-east-1:123456789012:archive/kept");
  ASSERT_NE(archive, nullptr);
  EXPECT_EQ(archive->put.bus_arn, bus_arn);
  const auto* dlq = works().queues.find("arn:aws:sqs:us-east-1:123456789012:dlq");
  ASSERT_NE(dlq, nullptr);
  EXPECT_EQ(dlq->attributes.retention, std::chrono::seconds{1'209'600});
  EXPECT_THAT(dlq->attributes.policy, HasSubstr("events.amazonaws.com"));
  const auto functions = works().functions.list("arn:aws:lambda:us-east-1:123456789012:function:furnace-Trade-");
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0]->put.code_id, "c0de");
  EXPECT_EQ(functions[0]->put.memory_mb, 512);
  EXPECT_THAT(functions[0]->put.environment, UnorderedElementsAre(Pair("BUS", "trading-dev"), Pair("DEPTH", "3")));
  EXPECT_EQ(functions[0]->permissions.size(), 1u);
  EXPECT_EQ(functions[0]->invoke_config->retries_max, 1);
}

TEST_F(DeployStack, ASecondTimeChangesAndWritesNothing) {
  ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  const auto records = log_.records.size();
  caller_.endpoint = "http://localhost:4566";
  const auto again = deploy(kWorkflow, {}, {{"Trade", "c0de"}});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  for (const auto& resource : again->resources) {
    EXPECT_EQ(resource.status, resource.logical_id == "Role" ? "RECORDED" : "UNCHANGED") << resource.logical_id;
  }
  EXPECT_EQ(log_.records.size(), records);
  restart();
  EXPECT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  EXPECT_EQ(log_.records.size(), records);
}

TEST_F(DeployStack, NewCodeChangesTheFunctionAlone) {
  ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  const auto deployed = deploy(kWorkflow, {}, {{"Trade", "beef"}});
  ASSERT_TRUE(deployed.has_value()) << deployed.error().message;
  for (const auto& resource : deployed->resources)
    EXPECT_EQ(resource.status == "UPDATED", resource.logical_id == "Trade");
  EXPECT_EQ(works().functions.list("arn:aws:lambda:us-east-1:123456789012:function:")[0]->put.code_id, "beef");
}

TEST_F(DeployStack, ChangesReplacesAndDeletes) {
  ASSERT_TRUE(deploy(R"(
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: a, Description: old, Tags: [{Key: k, Value: v}]}}
  Rule: {Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: !Ref Bus, EventPattern: {source: [x]}, Targets: [{Id: '1', Arn: !GetAtt Old.Arn}, {Id: '2', Arn: !GetAtt Old.Arn}]}}
  Old: {Type: AWS::SQS::Queue, Properties: {QueueName: old, VisibilityTimeout: 7}}
  Archive: {Type: AWS::Events::Archive, DeletionPolicy: Retain, Properties: {ArchiveName: arc, SourceArn: !GetAtt Bus.Arn}}
)")
                  .has_value());
  const auto deployed = deploy(R"(
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: a}}
  Rule: {Type: AWS::Events::Rule, Properties: {Name: r, EventBusName: !Ref Bus, State: DISABLED, EventPattern: {source: [y]}, Targets: [{Id: '2', Arn: !GetAtt Old.Arn}]}}
  Old: {Type: AWS::SQS::Queue, Properties: {QueueName: new}}
)");
  EXPECT_THAT(states(deployed), ElementsAre(Pair("Bus", "UPDATED"), Pair("Old", "CREATED"), Pair("Rule", "UPDATED"),
                                            Pair("Archive", "UNCHANGED"), Pair("Old", "DELETED")));
  const auto* bus = works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/a");
  EXPECT_EQ(bus->put.description, "");
  EXPECT_TRUE(bus->tags.empty());
  const auto* rule = works().rules.find_rule("arn:aws:events:us-east-1:123456789012:rule/a/r");
  EXPECT_FALSE(rule->is_enabled());
  ASSERT_EQ(rule->targets.size(), 1u);
  EXPECT_EQ(rule->targets.at("2")->arn, "arn:aws:sqs:us-east-1:123456789012:new");
  EXPECT_EQ(works().queues.find("arn:aws:sqs:us-east-1:123456789012:old"), nullptr);
  EXPECT_NE(works().archives.find("arn:aws:events:us-east-1:123456789012:archive/arc"), nullptr);
}

TEST_F(DeployStack, KeepsWhatIsReplacedWhenThePolicySaysSo) {
  constexpr std::string_view kTemplate =
      "Resources: {{Q: {{Type: AWS::SQS::Queue, {}, Properties: {{QueueName: {}}}}}}}";
  const auto deployed = [&](std::string_view policy, std::string_view name) {
    return states(deploy(fmt::format(kTemplate, policy, name)));
  };
  EXPECT_THAT(deployed("UpdateReplacePolicy: Retain", "one"), ElementsAre(Pair("Q", "CREATED")));
  EXPECT_THAT(deployed("UpdateReplacePolicy: Retain", "two"),
              ElementsAre(Pair("Q", "CREATED"), Pair("Q", "UNCHANGED")));
  EXPECT_NE(works().queues.find("arn:aws:sqs:us-east-1:123456789012:one"), nullptr);
  // DeletionPolicy is about deleting a resource, not about replacing it.
  EXPECT_THAT(deployed("DeletionPolicy: Retain", "three"), ElementsAre(Pair("Q", "CREATED"), Pair("Q", "DELETED")));
  EXPECT_EQ(works().queues.find("arn:aws:sqs:us-east-1:123456789012:two"), nullptr);
}

// As `cdk synth` writes them with its default synthesizer.
TEST_F(DeployStack, TakesTemplatesOfTheCdkAsTheyAre) {
  constexpr std::string_view kSynthesised = R"({
    "Resources": {
      "Dlq0A1B2C": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600},
                    "UpdateReplacePolicy": "Delete", "DeletionPolicy": "Delete", "Metadata": {"aws:cdk:path": "Shop/Dlq/Resource"}},
      "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:H4sIAAAA"},
                      "Metadata": {"aws:cdk:path": "Shop/CDKMetadata/Default"}, "Condition": "CDKMetadataAvailable"}},
    "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
                                                       {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]}]}},
    "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version",
                                        "Description": "Version of the CDK Bootstrap resources in this environment. [cdk:skip]"}},
    "Rules": {"CheckBootstrapVersion": {"Assertions": [
      {"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "BootstrapVersion"}]}]},
       "AssertDescription": "CDK bootstrap stack version 6 required."}]}}})";
  EXPECT_THAT(states(deploy(kSynthesised)), ElementsAre(Pair("Dlq0A1B2C", "CREATED"), Pair("CDKMetadata", "RECORDED")));
  const auto records = log_.records.size();
  ASSERT_TRUE(deploy(kSynthesised).has_value());
  EXPECT_EQ(log_.records.size(), records);
}

TEST_F(DeployStack, PutsBackWhatSomebodyDeleted) {
  constexpr std::string_view kTemplate = "Resources: {Q: {Type: AWS::SQS::Queue}}";
  const auto first = deploy(kTemplate);
  ASSERT_TRUE(first.has_value());
  decide([&](engine::Call& call) { return call.works.queues.remove(first->resources[0].arn, call.journal); }).value();
  const auto second = deploy(kTemplate);
  EXPECT_THAT(states(second), ElementsAre(Pair("Q", "CREATED")));
  EXPECT_EQ(second->resources[0].arn, first->resources[0].arn);
}

TEST_F(DeployStack, RefusesBeforeAnythingIsWritten) {
  struct Case {
    std::string_view resources;
    std::string_view message;
  };
  for (const Case& c :
       {Case{"Q: {Type: AWS::SQS::Queu}",
             "[Q] Template format error: Unrecognized resource types: [AWS::SQS::Queu], did you mean AWS::SQS::Queue?"},
        Case{"T: {Type: AWS::DynamoDB::Table}",
             "[T] Template format error: Unrecognized resource types: [AWS::DynamoDB::Table]"},
        Case{"V: {Type: AWS::Lambda::Version}", "[V] Template format error: AWS::Lambda::Version is not supported"},
        Case{"M: {Type: AWS::Lambda::EventSourceMapping}",
             "[M] Template format error: AWS::Lambda::EventSourceMapping is not supported"},
        Case{"R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, Targets: [{Id: '1', Arn: "
             "'arn:aws:sqs:us-east-1:1:q', RetryPolicy: {MaximumEventAge: 60}}]}}",
             "[R] #/Targets/0/RetryPolicy: extraneous key [MaximumEventAge] is not permitted, did you mean "
             "MaximumEventAgeInSeconds? (line 3)"},
        Case{"R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: x}}}",
             "[R] Event pattern is not valid."},
        Case{"R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, State: 'ON'}}",
             "[R] 1 validation error detected"},
        Case{"R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, Targets: [{Id: a, Arn: b}, {Id: "
             "a, Arn: b}]}}",
             "two targets have the Id a"},
        Case{"R: {Type: AWS::Events::Rule}", "[R] Parameter(s) EventPattern or ScheduleExpression must be specified."},
        Case{"R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: daily}}",
             "[R] Parameter ScheduleExpression is not valid."},
        Case{"R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), EventBusName: b}}",
             "[R] ScheduleExpression is supported only on the default event bus."},
        Case{"R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, EventBusName: "
             "'arn:aws:events:eu-west-1:123456789012:event-bus/default'}}",
             "[R] Cross-region API call is not allowed."},
        Case{"B: {Type: AWS::Events::EventBus}", "[B] #: required key [Name] not found"},
        Case{"B: {Type: AWS::Events::EventBus, Properties: {Name: 'a b'}}", "failed to satisfy constraint"},
        Case{"Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: soon}}",
             "[Q] Invalid value for the parameter VisibilityTimeout."},
        Case{"Q: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: k, Value: '{{resolve:ssm:/stage:1}}'}]}}",
             "[Q] Dynamic references are not supported: {{resolve:ssm:/stage:1}}"},
        Case{"Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q, FifoQueue: true}}",
             "[Q] A FIFO queue must have a name that ends in .fifo"},
        Case{"Q: {Type: AWS::SQS::Queue, Properties: {Tags: {a: b}}}",
             "[Q] #/Tags: expected type: JSONArray, found: JSONObject"},
        Case{"A: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n  B: {Type: AWS::SQS::Queue, Properties: "
             "{QueueName: q}}",
             "[B] http://127.0.0.1:4566/123456789012/q is already the resource A"},
        Case{"F: {Type: AWS::Lambda::Function, Properties: {Runtime: provided.al2023, Role: "
             "'arn:aws:iam::123456789012:role/r', Code: build}}",
             "[F] Runtime and Handler are mandatory parameters for functions created with deployment packages."},
        Case{"F: {Type: AWS::Lambda::Function, Properties: {Runtime: provided.al2023, Handler: h, Role: "
             "'arn:aws:iam::123456789012:role/r', Code: build}}",
             "[F] The code of this function was not sent (Code: build)"},
        Case{"F: {Type: AWS::Lambda::Function, Properties: {Runtime: provided.al2023, Handler: h, Role: "
             "'arn:aws:iam::123456789012:role/r', Code: build, "
             "Timeout: x}}",
             "[F] #/Timeout: expected type: Integer, found: String"},
        Case{"F: {Type: AWS::Lambda::Function, Properties: {Runtime: provided.al2023, Handler: h, Role: "
             "'arn:aws:iam::123456789012:role/r', Code: build, "
             "ReservedConcurrentExecutions: -1}}",
             "[F] 1 validation error detected: Value '-1' at 'reservedConcurrentExecutions'"},
        Case{"Q: {Type: AWS::SQS::Queue}\n  P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!GetAtt Q.Url], "
             "PolicyDocument: {}}}",
             "[P] Template error: resource Q does not support attribute type Url in Fn::GetAtt"},
        Case{"Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue nope}}",
             "[Q] No export named nope found."}}) {
    // A good resource before the bad one: it is not created.
    EXPECT_THAT(refusal_of(fmt::format("Resources:\n  Good: {{Type: AWS::SQS::Queue}}\n  {}\n", c.resources)),
                HasSubstr(c.message));
    EXPECT_TRUE(log_.records.empty()) << c.resources;
  }
}

TEST_F(DeployStack, DoesNotTakeOverWhatItDidNotMake) {
  decide([](engine::Call& call) { return events::create_event_bus(call, {.name = "orders"}); }).value();
  EXPECT_THAT(refusal_of("Resources: {B: {Type: AWS::Events::EventBus, Properties: {Name: orders}}}"),
              HasSubstr("[B] orders already exists outside the stack furnace."));
}

TEST_F(DeployStack, GoesOnFromWhereItFailed) {
  constexpr std::string_view kBroken = R"(
Resources:
  Good: {Type: AWS::SQS::Queue, Properties: {QueueName: good}}
  Bad: {Type: AWS::Events::Rule, DependsOn: Good, Properties: {Name: r, EventBusName: nowhere, EventPattern: {source: [x]}}}
)";
  EXPECT_THAT(refusal_of(kBroken), HasSubstr("[Bad] Event bus nowhere does not exist."));
  const auto failed = decide([](engine::Call& call) { return describe_stack(call, {.stack_name = "furnace"}); });
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->stack.stack_status, "CREATE_FAILED");
  EXPECT_EQ(failed->resources.size(), 1u);
  restart();
  EXPECT_THAT(states(deploy("Resources: {Good: {Type: AWS::SQS::Queue, Properties: {QueueName: good}}}")),
              ElementsAre(Pair("Good", "UNCHANGED")));
}

// The archive of the first template, on bus one, and that of the second, on bus two, stand beside each other.
TEST_F(DeployStack, TheTemplateBeforeAFailedOneKeepsWhatThatWasAboutToReplace) {
  const auto with_bus = [](std::string_view bus, std::string_view more = "") {
    return fmt::format(R"(
Resources:
  One: {{Type: AWS::Events::EventBus, Properties: {{Name: one}}}}
  Two: {{Type: AWS::Events::EventBus, Properties: {{Name: two}}}}
  Kept: {{Type: AWS::Events::Archive, Properties: {{SourceArn: !GetAtt {}.Arn}}}}
{})",
                       bus, more);
  };
  constexpr std::string_view kBad =
      "  Bad: {Type: AWS::Events::Rule, DependsOn: Kept, Properties: {EventBusName: nowhere, EventPattern: {source: "
      "[x]}}}";
  const auto first = deploy(with_bus("One"));
  ASSERT_TRUE(first.has_value());
  const std::string archive = first->resources.back().physical_id;
  for (const bool crashes : {false, true}) {
    EXPECT_THAT(refusal_of(with_bus("Two", kBad)), HasSubstr("[Bad] Event bus nowhere does not exist."));
    EXPECT_EQ(works().archives.list("").size(), 2u);
    if (crashes) {
      log_.records.pop_back();  // that of the failure: the stack is in progress
      restart();
    }
    const auto back = deploy(with_bus("One"));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    ASSERT_EQ(works().archives.list("").size(), 1u);
    EXPECT_EQ(works().archives.list("")[0]->put.name, archive);
  }
  EXPECT_THAT(refusal_of(with_bus("Two", kBad)), HasSubstr("[Bad]"));
  EXPECT_THAT(states(deploy(with_bus("Two"))), Contains(Pair("Kept", "UNCHANGED"))) << "that of the failed deploy";
  EXPECT_EQ(works().archives.list("").size(), 1u);
}

// What a failed deploy did not come to is as the deploy before left it.
TEST_F(DeployStack, ADeployThatFailedEarlyForgetsNothingOfTheOneBefore) {
  const auto with = [](std::string_view bus, std::string_view sid, std::string_view queue) {
    return fmt::format(R"(
Resources:
  Rule: {{Type: AWS::Events::Rule, Properties: {{EventBusName: {}, EventPattern: {{source: [x]}}}}}}
  Bus:
    Type: AWS::Events::EventBus
    DependsOn: Rule
    Properties:
      Name: b
      Policy: {{Statement: [{{Sid: {}, Effect: Allow, Principal: '*', Action: 'events:PutEvents'}}]}}
  A: {{Type: AWS::SQS::Queue, Properties: {{QueueName: a}}}}
  B: {{Type: AWS::SQS::Queue, Properties: {{QueueName: b}}}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    DependsOn: Rule
    Properties: {{Queues: [!Ref {}], PolicyDocument: {{Statement: []}}}}
)",
                       bus, sid, queue);
  };
  ASSERT_EQ(refusal_of(with("default", "old", "A")), "deployed");
  EXPECT_THAT(refusal_of(with("nowhere", "new", "B")), HasSubstr("[Rule] Event bus nowhere does not exist."));
  ASSERT_EQ(refusal_of(with("default", "new", "B")), "deployed");
  EXPECT_THAT(works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/b")->put.policy,
              Not(HasSubstr("old")));
  EXPECT_EQ(works().queues.find("arn:aws:sqs:us-east-1:123456789012:a")->attributes.policy, "");
}

// A crash may cut the log after any record of a deploy. The next deploy ends where an undisturbed one would have.
TEST_F(DeployStack, ACrashAtAnyRecordIsMadeGoodByTheNextDeploy) {
  ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  const auto all = log_.records;
  for (std::size_t kept = 0; kept < all.size(); ++kept) {
    log_.records.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept));
    restart();
    const auto deployed = deploy(kWorkflow, {}, {{"Trade", "c0de"}});
    ASSERT_TRUE(deployed.has_value()) << "after " << kept << " records: " << deployed.error().message;
    const auto records = log_.records.size();
    ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
    EXPECT_EQ(log_.records.size(), records) << "after " << kept << " records";
    EXPECT_EQ(works().rules.rules("arn:aws:events:us-east-1:123456789012:rule/").size(), 1u);
    EXPECT_EQ(works().functions.list("").size(), 1u);
    EXPECT_EQ(works().rules.rules("arn:aws:events:us-east-1:123456789012:rule/")[0]->targets.size(), 2u);
  }
}

TEST_F(DeployStack, DeletesAStack) {
  const auto unknown = decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "furnace"}); });
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().message, "Stack with id furnace does not exist");
  ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  const auto deleted = decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "furnace"}); });
  ASSERT_TRUE(deleted.has_value()) << deleted.error().message;
  EXPECT_EQ(deleted->resources.size(), 12u);
  EXPECT_TRUE(works().functions.list("").empty());
  EXPECT_EQ(works().queues.count(), 0u);
  EXPECT_TRUE(works().rules.rules("arn:").empty());
  EXPECT_EQ(decide([](engine::Call& call) { return list_stacks(call, {}); })->stacks.size(), 0u);
}

TEST_F(DeployStack, ACrashAmidADeletionLeavesAStackThatSaysSo) {
  const auto status = [&] {
    const auto found = decide([](engine::Call& call) { return list_stacks(call, {}); });
    return found->stacks.empty() ? "gone" : found->stacks[0].stack_status;
  };
  const auto remove = [&] { return decide([](engine::Call& call) { return delete_stack(call, {"furnace"}); }); };
  ASSERT_TRUE(deploy(kWorkflow, {}, {{"Trade", "c0de"}}).has_value());
  const auto first = log_.records.size();
  ASSERT_TRUE(remove().has_value());
  const auto all = log_.records;
  for (std::size_t kept = first + 1; kept < all.size(); ++kept) {
    log_.records.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept));
    restart();
    EXPECT_EQ(status(), "DELETE_IN_PROGRESS") << "after " << kept - first << " records";
    ASSERT_TRUE(remove().has_value());
    EXPECT_EQ(status(), "gone");
    EXPECT_EQ(works().queues.count(), 0u);
  }
}

TEST_F(DeployStack, AnExportStaysWhileAnotherStackImportsIt) {
  const auto exporter = [&](std::string_view outputs) {
    return refusal_of(
        fmt::format("Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: q}}}}}}\n{}", outputs));
  };
  const auto importer = [&](std::string_view value) {
    return deploy(
        fmt::format("Resources: {{G: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: {}}}}}}}", value), {}, {},
        "hearth");
  };
  const auto furnace_gone = [&] {
    const auto deleted = decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "furnace"}); });
    return deleted ? "deleted" : deleted.error().message;
  };
  constexpr std::string_view kExported = "Outputs: {A: {Value: !GetAtt Q.Arn, Export: {Name: arn}}, B: {Value: b}}";
  ASSERT_EQ(exporter(kExported), "deployed");
  ASSERT_TRUE(importer("!Join ['', [!ImportValue arn]]").has_value());
  EXPECT_EQ(exporter(""), "Export arn cannot be deleted as it is in use by hearth");
  EXPECT_EQ(exporter("Outputs: {A: {Value: other, Export: {Name: arn}}}"),
            "Export arn cannot be updated as it is in use by hearth");
  EXPECT_EQ(furnace_gone(), "Export arn cannot be deleted as it is in use by hearth");
  restart();
  EXPECT_EQ(furnace_gone(), "Export arn cannot be deleted as it is in use by hearth") << "it stands in the log";
  EXPECT_EQ(exporter("Outputs: {Renamed: {Value: !GetAtt Q.Arn, Export: {Name: arn}}}"), "deployed");

  ASSERT_TRUE(importer("plain").has_value());
  EXPECT_EQ(exporter(""), "deployed");
  EXPECT_EQ(furnace_gone(), "deleted");
}

// Otherwise a deploy that keeps a parameter could take back what another deploy has set since the parameter was read.
TEST_F(DeployStack, IsRefusedWhenTheParametersChangedSinceTheyWereRead) {
  constexpr std::string_view kQueue =
      "Parameters: {Stage: {Type: String, Default: dev}}\n"
      "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'orders-${Stage}'}}}";
  using Values = std::map<std::string, std::string>;
  const auto outcome = [&](Values read, Values wanted) {
    const auto deployed = deploy(kQueue, std::move(wanted), {}, "furnace", std::move(read));
    return deployed ? "deployed" : deployed.error().message;
  };
  const std::string changed =
      "The parameters of the stack furnace have changed since they were read. Nothing was deployed.";
  EXPECT_EQ(outcome({}, {{"Stage", "prod"}}), "deployed");
  EXPECT_EQ(outcome({}, {{"Stage", "dev"}}), changed) << "read before the stack was there";
  EXPECT_EQ(outcome({{"Stage", "test"}}, {{"Stage", "test"}}), changed);
  EXPECT_TRUE(works().queues.find("arn:aws:sqs:us-east-1:123456789012:orders-prod") != nullptr);
  EXPECT_EQ(outcome({}, {{"Stage", "prod"}}), "deployed") << "the same request again: its first answer was lost";
  EXPECT_EQ(outcome({{"Stage", "prod"}}, {{"Stage", "test"}}), "deployed");
}

TEST_F(DeployStack, AnExportHasOneOutput) {
  EXPECT_EQ(refusal_of("Resources: {G: {Type: AWS::Logs::LogGroup}}\n"
                       "Outputs: {A: {Value: a, Export: {Name: dup}}, B: {Value: b, Export: {Name: dup}}}"),
            "Export with name dup is already exported by stack furnace.");
}

TEST_F(DeployStack, ABusWithRulesOfOthersStays) {
  ASSERT_TRUE(deploy("Resources: {B: {Type: AWS::Events::EventBus, Properties: {Name: orders}}}").has_value());
  put_rule_of_others("orders");
  const auto deleted = decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "furnace"}); });
  ASSERT_FALSE(deleted.has_value());
  EXPECT_EQ(deleted.error().message, "[B] EventBus can't be deleted since it has rules.");
  EXPECT_EQ(decide([](engine::Call& call) { return list_stacks(call, {}); })->stacks[0].stack_status, "DELETE_FAILED");
}

// Here the queue is deleted before its bus, which is not.
TEST_F(DeployStack, ExportsNothingThatIsDeletedAlthoughMoreWasToBeDeleted) {
  const auto with = [](std::string_view stage) {
    return fmt::format(
        "Resources:\n"
        "  B: {{Type: AWS::Events::EventBus, Properties: {{Name: b-{0}}}}}\n"
        "  Q: {{Type: AWS::SQS::Queue, DependsOn: B, Properties: {{QueueName: q-{0}}}}}\n"
        "Outputs: {{A: {{Value: !GetAtt Q.Arn, Export: {{Name: arn}}}}}}",
        stage);
  };
  const auto imported = [&] {
    const auto deployed = deploy("Resources: {G: {Type: AWS::Logs::LogGroup}}\nOutputs: {V: {Value: !ImportValue arn}}",
                                 {}, {}, "hearth");
    if (!deployed) return deployed.error().message;
    EXPECT_TRUE(decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "hearth"}); }).has_value());
    return deployed->outputs.at("V");
  };
  ASSERT_EQ(refusal_of(with("one")), "deployed");
  put_rule_of_others("b-one");
  EXPECT_EQ(refusal_of(with("two")), "[B] EventBus can't be deleted since it has rules.");
  ASSERT_EQ(works().queues.find("arn:aws:sqs:us-east-1:123456789012:q-one"), nullptr);
  EXPECT_EQ(imported(), "arn:aws:sqs:us-east-1:123456789012:q-two");
  decide([](engine::Call& call) {
    return events::delete_rule(call, {.name = "theirs", .event_bus_name = "b-one"});
  }).value();
  put_rule_of_others("b-two");
  ASSERT_FALSE(decide([](engine::Call& call) { return delete_stack(call, {.stack_name = "furnace"}); }).has_value());
  ASSERT_EQ(works().queues.find("arn:aws:sqs:us-east-1:123456789012:q-two"), nullptr);
  EXPECT_EQ(imported(), "[Outputs/V] No export named arn found. (line 2)");
}

}  // namespace
}  // namespace athanor::service::athanor
