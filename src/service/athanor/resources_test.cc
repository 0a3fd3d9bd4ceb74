// What becomes of a resource when its template changes, type by type.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/rule_book.h"
#include "format/json.h"
#include "function/functions.h"
#include "queue/queues.h"
#include "service/athanor/test_deploy.h"
#include "service/events/event_buses.h"

namespace athanor::service::athanor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class Resources : public ::testing::Test, protected Deployer {};

TEST_F(Resources, AnArchiveFollowsItsBusByBeingMadeAnew) {
  const auto deployed = [&](std::string_view bus, std::string_view name) {
    return deploy(fmt::format(R"(
Resources:
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: {}}}}}
  Kept: {{Type: AWS::Events::Archive, Properties: {{SourceArn: !GetAtt Bus.Arn{}}}}}
)",
                              bus, name));
  };
  ASSERT_TRUE(deployed("a1", "").has_value());
  EXPECT_THAT(states(deployed("a2", "")), UnorderedElementsAre(Pair("Bus", "CREATED"), Pair("Kept", "CREATED"),
                                                               Pair("Kept", "DELETED"), Pair("Bus", "DELETED")));
  EXPECT_THAT(states(deployed("a2", "")), ElementsAre(Pair("Bus", "UNCHANGED"), Pair("Kept", "UNCHANGED")));

  ASSERT_TRUE(deployed("a2", ", ArchiveName: mine").has_value());
  const auto records = log_.records.size();
  EXPECT_THAT(deployed("a3", ", ArchiveName: mine").error().message, HasSubstr("requires replacing. Rename mine"));
  EXPECT_EQ(log_.records.size(), records) << "refused before the first write";
}

TEST_F(Resources, InlinePoliciesMayHaveTheSameName) {
  EXPECT_THAT(states(deploy("Resources:\n  P: {Type: AWS::IAM::Policy, Properties: {PolicyName: root}}\n"
                            "  Q: {Type: AWS::IAM::Policy, Properties: {PolicyName: root}}")),
              ElementsAre(Pair("P", "RECORDED"), Pair("Q", "RECORDED")));
}

TEST_F(Resources, AQueueBecomesOneOfTheOtherKindByBeingMadeAnew) {
  const auto deployed = [&](std::string_view properties) {
    return states(deploy(fmt::format("Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{{}}}}}}}", properties)));
  };
  ASSERT_THAT(deployed("FifoQueue: true"), ElementsAre(Pair("Q", "CREATED")));
  EXPECT_THAT(deployed(""), ElementsAre(Pair("Q", "CREATED"), Pair("Q", "DELETED")));
  EXPECT_THAT(deployed("FifoQueue: true"), ElementsAre(Pair("Q", "CREATED"), Pair("Q", "DELETED")));
}

TEST_F(Resources, QueueAttributesGoBackToTheirDefaults) {
  ASSERT_TRUE(deploy("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: '7', DelaySeconds: 3, "
                     "Tags: [{Key: a, Value: b}]}}}")
                  .has_value());
  const auto deployed = deploy("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 4}}}");
  EXPECT_THAT(states(deployed), ElementsAre(Pair("Q", "UPDATED")));
  const auto* queue = works().queues.find(deployed->resources[0].arn);
  EXPECT_EQ(queue->attributes.visibility_timeout, std::chrono::seconds{30});
  EXPECT_EQ(queue->attributes.delay, std::chrono::seconds{4});
  EXPECT_TRUE(queue->tags.empty());
}

TEST_F(Resources, APolicyLeavesTheQueueThatItIsMovedFrom) {
  const auto deployed = [&](std::string_view queues) {
    return states(deploy(
        fmt::format("Resources: {{A: {{Type: AWS::SQS::Queue, Properties: {{QueueName: a}}}}, B: {{Type: "
                    "AWS::SQS::Queue, Properties: {{QueueName: b}}}}, P: {{Type: AWS::SQS::QueuePolicy, Properties: "
                    "{{Queues: [{}], PolicyDocument: {{Statement: []}}}}}}}}",
                    queues)));
  };
  const auto has_policy = [&](std::string_view queue) {
    return !works().queues.find(fmt::format("arn:aws:sqs:us-east-1:123456789012:{}", queue))->attributes.policy.empty();
  };
  ASSERT_THAT(deployed("!Ref A"),
              UnorderedElementsAre(Pair("A", "CREATED"), Pair("B", "CREATED"), Pair("P", "CREATED")));
  EXPECT_TRUE(has_policy("a"));
  deployed("!Ref B");
  EXPECT_FALSE(has_policy("a"));
  EXPECT_TRUE(has_policy("b"));
  deployed("!Ref A, !Ref B");
  EXPECT_TRUE(has_policy("a") && has_policy("b"));
}

TEST_F(Resources, APermissionFollowsItsFunctionByBeingMadeAnew) {
  const auto deployed = [&](std::string_view function) {
    std::string text = "Resources:\n";
    for (const std::string_view name : {"one", "two"}) {
      text += fmt::format(
          "  {0}: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: {0}, Handler: h, Runtime: "
          "provided.al2023, Code: c, Role: 'arn:aws:iam::123456789012:role/r'}}}}\n",
          name);
    }
    text += fmt::format(
        "  P: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref {}, Action: 'lambda:InvokeFunction', "
        "Principal: events.amazonaws.com}}}}\n",
        function);
    return states(deploy(text, {}, {{"one", "c0de"}, {"two", "c0de"}}));
  };
  const auto permissions = [&](std::string_view function) {
    return works()
        .functions.find(fmt::format("arn:aws:lambda:us-east-1:123456789012:function:{}", function))
        ->permissions;
  };
  ASSERT_THAT(deployed("one"), ElementsAre(Pair("one", "CREATED"), Pair("two", "CREATED"), Pair("P", "CREATED")));
  EXPECT_THAT(deployed("two"), ElementsAre(Pair("one", "UNCHANGED"), Pair("two", "UNCHANGED"), Pair("P", "CREATED"),
                                           Pair("P", "DELETED")));
  EXPECT_EQ(permissions("one").size(), 0U);
  EXPECT_EQ(permissions("two").size(), 1U);
}

TEST_F(Resources, AnInvokeConfigStaysHoweverItsFunctionIsNamed) {
  const auto deployed = [&](std::string_view function) {
    return states(deploy(fmt::format("Resources: {{F: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: f, "
                                     "Handler: h, Runtime: provided.al2023, Code: c, Role: "
                                     "'arn:aws:iam::123456789012:role/r'}}}}, I: {{Type: "
                                     "AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: {}, Qualifier: "
                                     "$LATEST, MaximumRetryAttempts: 1}}}}}}",
                                     function),
                         {}, {{"F", "c0de"}}));
  };
  ASSERT_THAT(deployed("!Ref F"), ElementsAre(Pair("F", "CREATED"), Pair("I", "CREATED")));
  EXPECT_THAT(deployed("!GetAtt F.Arn"), ElementsAre(Pair("F", "UNCHANGED"), Pair("I", "UPDATED")));
}

TEST_F(Resources, AFunctionsTagsAndArchitecturesFollowTheTemplate) {
  const auto with = [](std::string_view properties) {
    return fmt::format(
        "Resources: {{F: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: f, Handler: h, Runtime: "
        "provided.al2023, Code: c, Role: "
        "'arn:aws:iam::123456789012:role/r'{}}}}}}}",
        properties);
  };
  const auto function = [&] { return works().functions.find("arn:aws:lambda:us-east-1:123456789012:function:f")->put; };
  ASSERT_TRUE(deploy(with(", Tags: [{Key: k, Value: one}], Architectures: [arm64], KmsKeyArn: 'arn:aws:kms:::key/k'"),
                     {}, {{"F", "c0de"}})
                  .has_value());
  EXPECT_EQ(function().kms_key_arn, "arn:aws:kms:::key/k");
  EXPECT_THAT(states(deploy(with(", Tags: [{Key: k, Value: two}], Architectures: [arm64]"))),
              ElementsAre(Pair("F", "UPDATED")));
  EXPECT_THAT(function().tags, ElementsAre(Pair("k", "two")));
  EXPECT_THAT(function().architectures, ElementsAre("arm64"));
  EXPECT_THAT(states(deploy(with(""), {}, {{"F", "beef"}})), ElementsAre(Pair("F", "UPDATED")));
  EXPECT_TRUE(function().tags.empty());
  EXPECT_EQ(function().kms_key_arn, "");
  EXPECT_THAT(function().architectures, ElementsAre("x86_64"));
  EXPECT_EQ(function().code_id, "beef");
}

// Wherever a crash cut an update off, and whether the next deploy has its template, that of before or a third.
TEST_F(Resources, PoliciesLeaveWhereACrashCameBetween) {
  const auto deployed = [&](std::string_view name) {
    return deploy(fmt::format(R"(
Resources:
  a: {{Type: AWS::SQS::Queue, Properties: {{QueueName: a}}}}
  b: {{Type: AWS::SQS::Queue, Properties: {{QueueName: b}}}}
  c: {{Type: AWS::SQS::Queue, Properties: {{QueueName: c}}}}
  OfQueue: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref {0}], PolicyDocument: {{Statement: []}}}}}}
  Bus:
    Type: AWS::Events::EventBus
    Properties: {{Name: o, Policy: {{Statement: {{Sid: {0}, Effect: Allow, Principal: '*', Action: 'events:PutEvents'}}}}}}
)",
                              name))
        .has_value();
  };
  // Of the queues a, b and c, and in the bus's policy.
  const auto policies = [&] {
    std::string queues;
    for (const char* name : {"a", "b", "c"}) {
      const auto* queue = works().queues.find(fmt::format("arn:aws:sqs:us-east-1:123456789012:{}", name));
      if (!queue->attributes.policy.empty()) queues += name;
    }
    const auto& put = works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/o")->put;
    std::string sids;
    for (const auto& statement : format::parse_json(put.policy)->find("Statement")->items)
      sids += statement.find("Sid")->text;
    return std::pair{queues, sids};
  };
  ASSERT_TRUE(deployed("a"));
  const auto first = log_.records.size();
  ASSERT_TRUE(deployed("b"));
  const auto all = log_.records;
  for (std::size_t kept = first; kept <= all.size(); ++kept) {
    for (const std::string next : {"a", "b", "c"}) {
      log_.records.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept));
      restart();
      ASSERT_TRUE(deployed(next));
      EXPECT_THAT(policies(), Pair(next, next)) << "after " << kept - first << " records";
      ASSERT_TRUE(decide([](engine::Call& call) { return delete_stack(call, {"furnace"}); }).has_value());
    }
  }
}

TEST_F(Resources, ABusLosesWhatItsTemplateNoLongerSays) {
  const auto bus = [&] { return works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/b")->put; };
  ASSERT_TRUE(deploy("Resources: {B: {Type: AWS::Events::EventBus, Properties: {Name: b, LogConfig: {Level: ERROR, "
                     "IncludeDetail: FULL}, Policy: {Version: '2012-10-17', Statement: []}}}}")
                  .has_value());
  EXPECT_EQ(bus().log_level, "ERROR");
  EXPECT_NE(bus().policy, "");
  ASSERT_TRUE(deploy("Resources: {B: {Type: AWS::Events::EventBus, Properties: {Name: b}}}").has_value());
  EXPECT_EQ(bus().log_level, "");
  EXPECT_EQ(bus().log_include_detail, "");
  EXPECT_EQ(bus().policy, "");
}

TEST_F(Resources, ABusKeepsAPolicyToWhichOthersHaveAdded) {
  const auto with = [](std::string_view policy) {
    return fmt::format(
        "Resources: {{B: {{Type: AWS::Events::EventBus, Properties: {{Name: b{}}}}}, P: {{Type: "
        "AWS::Events::EventBusPolicy, Properties: {{EventBusName: !Ref B, StatementId: other, Action: "
        "'events:PutEvents', Principal: '*'}}}}}}",
        policy);
  };
  const auto sids = [&] {
    const auto& put = works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/b")->put;
    std::vector<std::string> found;
    for (const auto& statement : format::parse_json(put.policy)->find("Statement")->items)
      found.push_back(statement.find("Sid")->text);
    return found;
  };
  const auto statement = [](std::string_view sid) {
    return fmt::format("{{Sid: {}, Effect: Allow, Principal: '*', Action: 'events:PutEvents'}}", sid);
  };
  ASSERT_TRUE(deploy(with(fmt::format(", Policy: {{Statement: {}}}", statement("own")))).has_value());
  EXPECT_THAT(sids(), ElementsAre("own", "other"));
  EXPECT_THAT(states(deploy(with(fmt::format(", Policy: {{Statement: [{}]}}", statement("new"))))),
              ElementsAre(Pair("B", "UPDATED"), Pair("P", "UNCHANGED")));
  EXPECT_THAT(sids(), ElementsAre("new", "other"));
  EXPECT_THAT(states(deploy(with(""))), ElementsAre(Pair("B", "UPDATED"), Pair("P", "UNCHANGED")));
  EXPECT_THAT(sids(), ElementsAre("other"));
}

// Policies put there by AWS::Events::EventBusPolicy or by somebody's PutPermission.
TEST_F(Resources, ABusKeepsThePolicyThatItsTemplateNeverSaid) {
  const auto with = [](std::string_view description) {
    return fmt::format("Resources: {{B: {{Type: AWS::Events::EventBus, Properties: {{Name: b, Description: {}}}}}}}",
                       description);
  };
  ASSERT_TRUE(deploy(with("old")).has_value());
  decide([](engine::Call& call) {
    return events::put_permission(call, {.event_bus_name = "b", .policy = R"({"Statement":[]})"});
  }).value();
  ASSERT_TRUE(deploy(with("new")).has_value());
  EXPECT_NE(works().rules.find_bus("arn:aws:events:us-east-1:123456789012:event-bus/b")->put.policy, "");
}

TEST_F(Resources, ARuleSkipsTheParametersOfTargetsThatAreNotHere) {
  EXPECT_THAT(states(deploy("Resources: {R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, "
                            "Targets: [{Id: '1', Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/c', EcsParameters: "
                            "{TaskDefinitionArn: a}}]}}}")),
              ElementsAre(Pair("R", "CREATED")));
}

TEST_F(Resources, ARuleKeepsItsTargetsWhenOthersAreRefused) {
  const auto with_targets = [](std::string_view targets) {
    return fmt::format(
        "Resources: {{R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [x]}}, Targets: "
        "[{}]}}}}}}",
        targets);
  };
  const auto target = [](int id, std::string_view more = "") {
    return fmt::format("{{Id: t{}, Arn: 'arn:aws:sqs:us-east-1:123456789012:q'{}}}", id, more);
  };
  ASSERT_TRUE(deploy(with_targets(target(1))));
  const auto rules = works().rules.rules({});
  ASSERT_EQ(rules.size(), 1U);
  std::string six = target(2);
  for (int id = 3; id <= 7; ++id) six += ", " + target(id);
  for (const std::string& refused :
       {target(2, ", InputTransformer: {InputTemplate: '{\"a\": <s>'}"), six,
        target(2, ", DeadLetterConfig: {Arn: 'arn:aws:sqs:us-east-1:123456789012:d.fifo'}")}) {
    EXPECT_FALSE(deploy(with_targets(refused))) << refused;
    EXPECT_TRUE(rules[0]->targets.contains("t1")) << refused;
    EXPECT_EQ(rules[0]->targets.size(), 1U);
  }
}

}  // namespace
}  // namespace athanor::service::athanor
