#include "stack/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace athanor::stack {
namespace {

using format::JsonValue;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const PseudoParameters kPseudo{
    .account_id = "123456789012", .region = "us-east-1", .stack_name = "furnace", .stack_id = "arn:stack/furnace"};

// Every resource is called ref-<logical id> and has the attribute Arn.
class Names final : public Resolver {
 public:
  Result<JsonValue> ref(std::string_view id) const override { return JsonValue::of(fmt::format("ref-{}", id)); }
  Result<JsonValue> attribute(std::string_view id, std::string_view name) const override {
    if (name != "Arn") return invalid_input(fmt::format("resource {} does not support attribute type {}", id, name));
    return JsonValue::of(fmt::format("arn:{}", id));
  }
  Result<JsonValue> exported(std::string_view name) const override {
    if (name != "shared-bus") return invalid_input(fmt::format("No export named {} found.", name));
    return JsonValue::of("imported");
  }
};

Result<Plan> plan_of(std::string_view text, const std::map<std::string, std::string>& parameters = {}) {
  auto parsed = parse_template(text);
  if (!parsed) return parsed.error();
  auto bound = bind_parameters(*parsed, parameters);
  if (!bound) return bound.error();
  return make_plan(std::move(*parsed), std::move(*bound), kPseudo);
}

std::vector<std::string> order_of(const Plan& plan) {
  std::vector<std::string> order;
  for (const auto& resource : plan.resources()) order.push_back(resource.logical_id);
  return order;
}

struct RefusedCase {
  std::string_view name;
  std::string_view text;
  std::string_view message;
};

class TemplateRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(TemplateRefused, InCloudFormationsWords) {
  const auto plan = plan_of(GetParam().text);
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code, ErrorCode::InvalidInput);
  EXPECT_THAT(plan.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, TemplateRefused,
    ::testing::Values(
        RefusedCase{"empty", "", "Template format error: unsupported structure."},
        RefusedCase{"broken_json", "{\"Resources\": }", "Template format error: JSON not well-formed."},
        RefusedCase{"no_resources", "Description: x",
                    "Template format error: At least one Resources member must be defined."},
        RefusedCase{"unknown_section", "Resorces: {A: {Type: T}}",
                    "Invalid template property or properties [Resorces], did you mean Resources? (line 1)"},
        RefusedCase{"version", "AWSTemplateFormatVersion: 2010-09-10\nResources: {A: {Type: T}}",
                    "unsupported value for AWSTemplateFormatVersion. (line 1)"},
        RefusedCase{"null", "Resources:\n  A:\n    Type: T\n    Properties:\n",
                    "[/Resources/A/Properties] 'null' values are not allowed in templates (line 4)"},
        RefusedCase{"no_type", "Resources:\n  A: {}\n",
                    "[/Resources/A] Every Resources object must contain a Type member. (line 2)"},
        RefusedCase{"name", "Resources: {my-bus: {Type: T}}", "Resource name my-bus is non alphanumeric."},
        RefusedCase{"unknown_key", "Resources:\n  A:\n    Type: T\n    DependOn: B\n",
                    "Invalid template resource property 'DependOn' of [A], did you mean DependsOn? (line 4)"},
        RefusedCase{"parameter_key",
                    "Parameters:\n  P: {Type: String, Default: x,\n      NoEco: true}\nResources: {A: {Type: T}}",
                    "Invalid template parameter property 'NoEco' of [P], did you mean NoEcho? (line 3)"},
        RefusedCase{"output_key", "Resources: {A: {Type: T}}\nOutputs:\n  O: {Value: a, Exprot: {Name: y}}",
                    "Invalid template output property 'Exprot' of [O], did you mean Export? (line 3)"},
        RefusedCase{"one_name_for_two", "Parameters: {A: {Type: String, Default: x}}\nResources: {A: {Type: T}}",
                    "A is both a parameter and a resource; a name can stand for only one of them."},
        RefusedCase{"deletion_policy", "Resources:\n  A:\n    Type: T\n    DeletionPolicy: retain\n",
                    "Template format error: Unrecognized DeletionPolicy retain for resource A (line 4)"},
        RefusedCase{"deletion_policy_almost", "Resources: {A: {Type: T, DeletionPolicy: Retained}}",
                    "Unrecognized DeletionPolicy Retained for resource A"},
        RefusedCase{"deletion_policy_computed", "Resources: {A: {Type: T, DeletionPolicy: !Ref P}}",
                    "Template format error: Every DeletionPolicy member must be a string."},
        RefusedCase{"replace_policy", "Resources: {A: {Type: T, UpdateReplacePolicy: RetainExceptOnCreate}}",
                    "Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource A"},
        RefusedCase{"snapshot", "Resources: {A: {Type: T, DeletionPolicy: Snapshot}}",
                    "Template error: resource type T does not support DeletionPolicy Snapshot"},
        RefusedCase{"unresolved_ref", "Resources:\n  A:\n    Type: T\n    Properties: {X: !Ref B}\n",
                    "Template format error: Unresolved resource dependencies [B] in the Resources block of the "
                    "template (line 2)"},
        RefusedCase{"unresolved_in_sub", "Resources: {A: {Type: T, Properties: {X: !Sub '${B.Arn}'}}}",
                    "dependencies [B]"},
        RefusedCase{"unresolved_depends_on", "Resources: {A: {Type: T, DependsOn: [B]}}", "dependencies [B]"},
        RefusedCase{
            "unresolved_in_branch_not_taken",
            "Conditions: {Never: !Equals [a, b]}\nResources: {A: {Type: T, Properties: {X: !If [Never, !Ref B, c]}}}",
            "dependencies [B]"},
        RefusedCase{"unresolved_output", "Resources: {A: {Type: T}}\nOutputs:\n  O:\n    Value: !Ref C\n",
                    "Unresolved resource dependencies [C] in the Outputs block of the template (line 3)"},
        RefusedCase{"resource_left_out_by_condition",
                    "Conditions: {Never: !Equals [a, b]}\nResources: {A: {Type: T, Condition: Never}, B: {Type: T, "
                    "Properties: {X: !Ref A}}}",
                    "Unresolved resource dependencies [A] in the Resources block"},
        RefusedCase{"resource_in_condition", "Conditions: {C: !Equals [!Ref A, b]}\nResources: {A: {Type: T}}",
                    "Unresolved dependencies [A]. Cannot reference resources in the Conditions block"},
        RefusedCase{"unknown_condition", "Resources: {A: {Type: T, Condition: Nope}}",
                    "Unresolved condition dependency Nope"},
        RefusedCase{"circular_conditions",
                    "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {A: {Type: T}}",
                    "Found circular condition dependency between: A, B"},
        RefusedCase{
            "cycle",
            "Resources:\n  Z: {Type: T, Properties: {X: !Ref A}}\n  A: {Type: T, Properties: {X: !GetAtt B.Arn}}\n"
            "  B: {Type: T, DependsOn: A}\n",
            "Circular dependency between resources: [A, B] (line 3)"},
        RefusedCase{"itself", "Resources: {A: {Type: T, Properties: {X: !Ref A}}}",
                    "Circular dependency between resources: [A]"},
        RefusedCase{"not_with_two", "Conditions: {C: !Not [!Equals [a, b], true]}\nResources: {A: {Type: T}}",
                    "every Fn::Not object requires one boolean parameter (line 1)"},
        RefusedCase{"and_with_one", "Conditions: {C: !And [!Equals [a, b]]}\nResources: {A: {Type: T}}",
                    "every Fn::And object requires a list of at least 2 and at most 10 boolean parameters."},
        RefusedCase{"missing_parameter",
                    "Parameters: {P: {Type: String}, Q: {Type: Number}}\nResources: {A: {Type: T}}",
                    "Parameters: [P, Q] must have values"},
        RefusedCase{"parameter_type", "Parameters: {P: {Type: Text, Default: x}}\nResources: {A: {Type: T}}",
                    "Template format error: Unrecognized parameter type: Text"},
        RefusedCase{"parameter_without_type", "Parameters: {P: {Default: x}}\nResources: {A: {Type: T}}",
                    "[/Parameters/P] Every Parameters object must contain a Type member."},
        RefusedCase{"parameter_default_of_a_list",
                    "Parameters:\n  P: {Type: String, Default: [a]}\nResources: {A: {Type: T}}",
                    "Template format error: Every Default member must be a string. (line 2)"},
        RefusedCase{"description_of_a_list", "Description: [a]\nResources: {A: {Type: T}}",
                    "Template format error: Description must be a string. (line 1)"},
        RefusedCase{"mapping_of_a_number", "Mappings: {M: 5}\nResources: {A: {Type: T}}",
                    "[/Mappings/M] must be an object (line 1)"},
        RefusedCase{"mapping_of_a_map_of_numbers", "Mappings: {M: {a: 5}}\nResources: {A: {Type: T}}",
                    "[/Mappings/M/a] must be an object (line 1)"},
        RefusedCase{"mapping_of_a_function", "Mappings: {M: {a: {b: !Ref A}}}\nResources: {A: {Type: T}}",
                    "Every Mappings attribute must be a String or a List. (line 1)"},
        RefusedCase{"condition_of_a_boolean", "Conditions: {C: true}\nResources: {A: {Type: T}}",
                    "a condition must be one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition"},
        RefusedCase{"equality_of_lists", "Conditions: {C: !Equals [[a], [a]]}\nResources: {A: {Type: T}}",
                    "every Fn::Equals object requires a list of 2 string parameters."},
        RefusedCase{"globals_without_transform", "Globals: {Function: {Timeout: 3}}\nResources: {A: {Type: T}}",
                    "Invalid template property or properties [Globals]"},
        RefusedCase{"condition_no",
                    "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: "
                    "AWS::Serverless::Function, Condition: No, Properties: {CodeUri: x}}",
                    "[/Resources/F/Condition] must be the name of a condition, a string (line 3)"},
        RefusedCase{"rule_without_assertions", "Rules: {R: {Assert: true}}\nResources: {A: {Type: T}}",
                    "[Rules/R] Template format error: a rule needs Assertions, a list (line 1)"},
        RefusedCase{"rule_of_a_function_not_known",
                    "Rules: {R: {Assertions: [{Assert: {'Fn::RefAll': x}}]}}\nResources: {A: {Type: T}}",
                    "[Rules/R] Template error: Fn::RefAll is not a condition function"},
        RefusedCase{"contains_out_of_rules", "Conditions: {C: {'Fn::Contains': [[a], a]}}\nResources: {A: {Type: T}}",
                    "Fn::Contains is not a condition function"},
        RefusedCase{"macro", "Transform: MyMacro\nResources: {A: {Type: T}}",
                    "No transform named MyMacro found; there is AWS::Serverless-2016-10-31. (line 1)"},
        RefusedCase{"macro_among_others",
                    "Transform: [AWS::Serverless-2016-10-31, {Name: AWS::Include, Parameters: {Location: s3://b/k}}]\n"
                    "Resources: {A: {Type: T}}",
                    "No transform named AWS::Include found"},
        RefusedCase{"for_each",
                    "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Queues: [N, [a, b], {}]\n",
                    "Fn::ForEach::Queues is not a supported function: write the resources out. (line 3)"}),
    [](const auto& info) { return std::string{info.param.name}; });

struct ParameterCase {
  std::string_view name;
  std::string_view declaration;
  std::string value;
  std::string_view message;  // empty: accepted
};

class ParameterChecked : public ::testing::TestWithParam<ParameterCase> {};

TEST_P(ParameterChecked, AgainstItsDeclaration) {
  const auto& c = GetParam();
  const auto plan =
      plan_of(fmt::format("Parameters:\n  P: {}\nResources: {{A: {{Type: T}}}}", c.declaration), {{"P", c.value}});
  EXPECT_EQ(plan.has_value() ? "" : plan.error().message, c.message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParameterChecked,
    ::testing::Values(ParameterCase{"not_allowed", "{Type: String, AllowedValues: [dev, prod]}", "test",
                                    "Parameter 'P' must be one of AllowedValues: dev, prod"},
                      ParameterCase{"pattern", "{Type: String, AllowedPattern: '[a-z]+'}", "ab1",
                                    "Parameter 'P' must match pattern [a-z]+"},
                      ParameterCase{"broken_pattern", "{Type: String, AllowedPattern: '[a-z'}", "ab1",
                                    "Parameter 'P' has an AllowedPattern that cannot be read: [a-z (line 2)"},
                      ParameterCase{"pattern_without_end",
                                    R"({Type: String, AllowedPattern: '^([a-zA-Z0-9_.-]+)+@example[.]com$'})",
                                    "firstname.lastname.department.company.org",
                                    "Parameter 'P' must match pattern ^([a-zA-Z0-9_.-]+)+@example[.]com$"},
                      ParameterCase{"described",
                                    "{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters only}",
                                    "1", "Parameter 'P' failed to satisfy constraint: letters only"},
                      ParameterCase{"too_short", "{Type: String, MinLength: 3}", "ab",
                                    "Parameter 'P' must contain at least 3 characters"},
                      ParameterCase{"too_long", "{Type: String, MaxLength: '3'}", "abcd",
                                    "Parameter 'P' must contain at most 3 characters"},
                      ParameterCase{"no_number", "{Type: Number}", "many", "Parameter 'P' must be a number"},
                      ParameterCase{"too_small", "{Type: Number, MinValue: 1}", "0.5",
                                    "Parameter 'P' must be a number not less than 1"},
                      ParameterCase{"too_big", "{Type: Number, MaxValue: 10}", "11",
                                    "Parameter 'P' must be a number not greater than 10"},
                      ParameterCase{"no_numbers", "{Type: List<Number>}", "1, x", "Parameter 'P' must be a number"},
                      ParameterCase{"allowed_number", "{Type: Number, AllowedValues: [1, 2]}", "2", ""},
                      ParameterCase{"list", "{Type: CommaDelimitedList}", "a,b", ""},
                      ParameterCase{"pattern_matches_whole", "{Type: String, AllowedPattern: 'a|ab'}", "ab", ""},
                      ParameterCase{"id_type", "{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", ""}),
    [](const auto& info) { return std::string{info.param.name}; });

TEST(Parameters, AnUnknownOneIsNamedWithItsNeighbour) {
  const auto plan =
      plan_of("Parameters: {Stage: {Type: String, Default: dev}}\nResources: {A: {Type: T}}", {{"Stgae", "prod"}});
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().message, "Parameters: [Stgae] do not exist in the template, did you mean Stage?");
}

struct FunctionCase {
  std::string_view name;
  std::string_view value;
  std::string_view json;  // or the error, when it begins with "!"
};

class FunctionEvaluated : public ::testing::TestWithParam<FunctionCase> {};

TEST_P(FunctionEvaluated, HasTheDocumentedValueOrError) {
  auto plan = plan_of(fmt::format(R"(
Parameters:
  Stage: {{Type: String, Default: dev}}
  Count: {{Type: Number, Default: 5}}
  Names: {{Type: CommaDelimitedList, Default: 'x, y'}}
Mappings:
  Sizes: {{dev: {{Memory: 128, Zones: [a, b]}}, prod: {{Memory: 512}}}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Either: !Or [!Condition IsDev, !Condition IsProd]
  Both: !And [!Condition IsDev, !Condition IsProd]
  FiveTexts: !Equals [!Ref Count, '5']
Resources:
  Bus: {{Type: T}}
  A: {{Type: T, Properties: {{X: {}}}}}
)",
                                  GetParam().value));
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const auto properties = plan->properties(plan->resources().back(), Names{});
  if (GetParam().json.starts_with('!')) {
    ASSERT_FALSE(properties.has_value());
    EXPECT_THAT(properties.error().message, HasSubstr(GetParam().json.substr(1)));
    return;
  }
  ASSERT_TRUE(properties.has_value()) << properties.error().message;
  EXPECT_EQ(format::print_json(*properties), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FunctionEvaluated,
    ::testing::Values(
        FunctionCase{"unknown_function", "{'Fn::Jion': ['', []]}",
                     "![A] Template error: Fn::Jion is not a supported function, did you mean Fn::Join? (line 16)"},
        FunctionCase{"join_wrong", "!Join ['-']", "!every Fn::Join object requires two parameters"},
        FunctionCase{"join_object", "!Join ['-', [{a: 1}]]", "!every Fn::Join object requires two parameters"},
        FunctionCase{"select_beyond", "!Select [2, [a, b]]", "!Fn::Select cannot select nonexistent value at index 2"},
        FunctionCase{"select_negative", "!Select [-1, [a, b]]",
                     "!Fn::Select cannot select nonexistent value at index -1"},
        FunctionCase{"split_wrong", "!Split ['', abc]", "!every Fn::Split object requires two parameters"},
        FunctionCase{"no_mapping", "!FindInMap [Sizes, test, Memory]",
                     "!Unable to get mapping for Sizes::test::Memory"},
        FunctionCase{"if_wrong", "!If [IsDev, a]", "!Fn::If requires a list argument with three parameters"},
        FunctionCase{"if_unknown", "!If [IsDve, a, b]", "!unresolved condition dependency IsDve in Fn::If"},
        FunctionCase{"get_att_wrong", "!GetAtt Bus", "!every Fn::GetAtt object requires two non-empty parameters"},
        FunctionCase{"get_att_unknown", "!GetAtt Bus.Name", "!resource Bus does not support attribute type Name"},
        FunctionCase{"sub_list", "!Sub ['${Names}', {}]",
                     "!variable Names in Fn::Sub expression does not resolve to a string"},
        FunctionCase{"equals_in_resource", "!Equals [a, b]", "!condition functions belong in the Conditions block"},
        FunctionCase{"import_unknown", "!ImportValue nope", "!No export named nope found."},
        FunctionCase{"plain", "{a: [1, true, x]}", R"({"X":{"a":[1,true,"x"]}})"},
        FunctionCase{"ref_parameter", "!Ref Stage", R"({"X":"dev"})"},
        FunctionCase{"ref_list", "!Ref Names", R"({"X":["x","y"]})"},
        FunctionCase{"ref_resource", "!Ref Bus", R"({"X":"ref-Bus"})"},
        FunctionCase{"ref_pseudo",
                     "[!Ref 'AWS::Region', !Ref 'AWS::AccountId', !Ref 'AWS::StackName', !Ref 'AWS::Partition']",
                     R"({"X":["us-east-1","123456789012","furnace","aws"]})"},
        FunctionCase{"no_value_in_list", "[a, !Ref 'AWS::NoValue', b]", R"({"X":["a","b"]})"},
        FunctionCase{"no_value_in_map", "{a: 1, b: !If [IsProd, 2, !Ref 'AWS::NoValue']}", R"({"X":{"a":1}})"},
        FunctionCase{"no_value_itself", "!Ref 'AWS::NoValue'", "{}"},
        FunctionCase{"get_att", "!GetAtt Bus.Arn", R"({"X":"arn:Bus"})"},
        FunctionCase{"get_att_long", "{'Fn::GetAtt': Bus.Arn}", R"({"X":"arn:Bus"})"},
        FunctionCase{"sub", "!Sub '${AWS::Region}/${Stage}/${Bus}/${Bus.Arn}/${Count}/${!Kept}'",
                     R"({"X":"us-east-1/dev/ref-Bus/arn:Bus/5/${Kept}"})"},
        FunctionCase{"sub_with_values", "!Sub ['${Stage}-${Own}', {Own: !Ref Bus, Stage: mine}]",
                     R"({"X":"mine-ref-Bus"})"},
        FunctionCase{"sub_open_end", "!Sub 'a ${ b'", R"({"X":"a ${ b"})"},
        FunctionCase{"join", "!Join ['-', [a, !Ref Stage, 3]]", R"({"X":"a-dev-3"})"},
        FunctionCase{"join_of_split", "!Join ['+', !Split [',', 'a,b,,c']]", R"({"X":"a+b++c"})"},
        FunctionCase{"select", "!Select [1, !Ref Names]", R"({"X":"y"})"},
        FunctionCase{"select_text_index", "!Select ['0', [a, b]]", R"({"X":"a"})"},
        FunctionCase{"find_in_map", "!FindInMap [Sizes, !Ref Stage, Memory]", R"({"X":128})"},
        FunctionCase{"find_list_in_map", "!FindInMap [Sizes, dev, Zones]", R"({"X":["a","b"]})"},
        FunctionCase{"base64", "!Base64 abc", R"({"X":"YWJj"})"},
        FunctionCase{"length", "!Length [a, b]", R"({"X":2})"},
        FunctionCase{"to_json", "!ToJsonString {a: !Ref Stage}", R"({"X":"{\"a\":\"dev\"}"})"},
        FunctionCase{
            "conditions",
            "[!If [IsDev, 1, 0], !If [IsProd, 1, 0], !If [Either, 1, 0], !If [Both, 1, 0], !If [FiveTexts, 1, 0]]",
            R"({"X":[1,0,1,0,1]})"},
        FunctionCase{"import", "!ImportValue {'Fn::Sub': 'shared-bus'}", R"({"X":"imported"})"},
        FunctionCase{"policy_condition_is_no_function", "{Condition: {ArnEquals: {'aws:SourceArn': !GetAtt Bus.Arn}}}",
                     R"({"X":{"Condition":{"ArnEquals":{"aws:SourceArn":"arn:Bus"}}}})"}),
    [](const auto& info) { return std::string{info.param.name}; });

TEST(Plan, PutsEachResourceBehindWhatItNeeds) {
  const auto plan = plan_of(R"(
Resources:
  Rule: {Type: R, Properties: {Bus: !Ref Bus, Targets: [{Arn: !GetAtt Queue.Arn, Dead: !Sub '${Dlq.Arn}'}]}}
  Other: {Type: O, DependsOn: []}
  Queue: {Type: Q, DependsOn: [Policy]}
  Dlq: {Type: Q}
  Policy: {Type: P, DependsOn: Dlq}
  Bus: {Type: B, DeletionPolicy: Retain, Description: outlives its stack}
)");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_THAT(order_of(*plan), ElementsAre("Bus", "Dlq", "Policy", "Queue", "Rule", "Other"));
  EXPECT_THAT(plan->resources()[4].depends_on, ElementsAre("Bus", "Dlq", "Queue"));
  EXPECT_TRUE(plan->resources()[0].retained);
}

TEST(Plan, LeavesOutWhatItsConditionDoes) {
  auto plan = plan_of(R"(
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: T, Condition: Never}
  B: {Type: T, DependsOn: A, Properties: {X: !If [Never, !Ref A, none]}}
Outputs:
  Gone: {Condition: Never, Value: !Ref A}
  There: {Value: !Ref B, Export: {Name: !Sub '${AWS::StackName}-b'}, Description: the second}
)");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_THAT(order_of(*plan), ElementsAre("B"));
  const auto outputs = plan->outputs(Names{});
  ASSERT_TRUE(outputs.has_value()) << outputs.error().message;
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ(outputs->front().name, "There");
  EXPECT_EQ(outputs->front().value, "ref-B");
  EXPECT_EQ(outputs->front().export_name, "furnace-b");
}

TEST(Plan, RefusesAnOutputOfNoValue) {
  auto plan = plan_of("Resources: {A: {Type: T}}\nOutputs:\n  O: {Value: !Ref AWS::NoValue}");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const auto outputs = plan->outputs(Names{});
  ASSERT_FALSE(outputs.has_value());
  EXPECT_EQ(outputs.error().message, "[Outputs/O] Every Outputs member must contain a Value object (line 3)");
}

TEST(Plan, ReadsJson) {
  auto plan = plan_of(
      R"({"Resources": {"A": {"Type": "T", "Properties": {"X": {"Fn::Join": ["", ["a", {"Ref": "B"}]]}}}, "B": {"Type": "T"}}})");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(format::print_json(*plan->properties(plan->resources()[1], Names{})), R"({"X":"aref-B"})");
}

constexpr std::string_view kRules = R"(
Parameters:
  Stage: {Type: String, Default: dev}
  Regions: {Type: CommaDelimitedList, Default: 'eu-west-1,eu-central-1'}
  BootstrapVersion: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /cdk-bootstrap/hnb659fds/version}
Rules:
  CheckBootstrapVersion:
    Assertions: [{Assert: !Not ['Fn::Contains': [['1', '2'], !Ref BootstrapVersion]], AssertDescription: too old}]
  Known:
    Assertions:
      - Assert: {'Fn::Contains': [[dev, prod], !Ref Stage]}
        AssertDescription: Stage is dev or prod
  Production:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - {Assert: {'Fn::EachMemberIn': [!Ref Regions, [eu-west-1, eu-north-1]]}, AssertDescription: west or north}
      - {Assert: !Not ['Fn::EachMemberEquals': [!Ref Regions, eu-north-1]]}
Resources: {A: {Type: T}}
)";

TEST(Template, HoldsNoMoreThanCloudFormationAllows) {
  for (const auto& [section, singular, most] : {std::tuple{"Resources", "{Type: T}", 500},
                                                {"Parameters", "{Type: String, Default: x}", 200},
                                                {"Mappings", "{A: {B: c}}", 200},
                                                {"Outputs", "{Value: x}", 200},
                                                {"Conditions", "!Equals [a, b]", 500},
                                                {"Rules", "{Assertions: [{Assert: true}]}", 200}}) {
    const auto plan = [&](int count) {
      std::string text = std::string_view{section} == "Resources" ? "" : "Resources: {Only: {Type: T}}\n";
      text += fmt::format("{}:\n", section);
      for (int i = 0; i < count; ++i) text += fmt::format("  N{}: {}\n", i, singular);
      const auto made = plan_of(text);
      return made ? "" : made.error().message;
    };
    EXPECT_EQ(plan(most), "") << section;
    EXPECT_THAT(plan(most + 1), HasSubstr(fmt::format(", {}, is greater than maximum allowed, {}", most + 1, most)));
  }
}

TEST(Rules, DemandOfTheParametersWhatTheySay) {
  const auto refusal = [](const std::map<std::string, std::string>& parameters) {
    const auto plan = plan_of(kRules, parameters);
    return plan ? "" : plan.error().message;
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({{"Stage", "test"}}), "[Rules/Known] Stage is dev or prod (line 9)");
  EXPECT_EQ(refusal({{"Stage", "prod"}}), "[Rules/Production] west or north (line 13)");
  EXPECT_EQ(refusal({{"Stage", "prod"}, {"Regions", "eu-north-1"}}),
            "[Rules/Production] its assertion does not hold (line 13)");
  EXPECT_EQ(refusal({{"Stage", "prod"}, {"Regions", "eu-west-1"}}), "");
}

TEST(Parameters, WhatAParameterStoreHoldsIsNotToBeHadHere) {
  auto plan = plan_of(
      "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}}\n"
      "Resources: {A: {Type: T, Properties: {X: !Sub '${P}'}}}");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_THAT(plan->properties(plan->resources()[0], Names{}).error().message,
              HasSubstr("Parameter 'P' is of a type that needs a parameter store; give it the type String"));
}

TEST(Plan, HidesParametersWithNoEcho) {
  const auto plan = plan_of(
      "Parameters: {Key: {Type: String, NoEcho: true}, Names: {Type: CommaDelimitedList, Default: 'a,b'}}\nResources: "
      "{A: {Type: T}}",
      {{"Key", "secret"}});
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(plan->parameters_for_people().at("Key"), "****");
  EXPECT_EQ(plan->parameters_for_people().at("Names"), "a,b");
}

TEST(Serverless, MakesALambdaFunctionWithItsRoleAndRule) {
  auto plan = plan_of(R"(
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 900, Runtime: provided.al2023, Environment: {Variables: {STAGE: dev, MODE: paper}}}
Resources:
  Bus: {Type: AWS::Events::EventBus}
  Trade:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: build/trade
      Handler: bootstrap
      Timeout: 60
      Environment: {Variables: {MODE: live}}
      Tags: {team: furnace}
      PermissionsBoundary: arn:aws:iam::123456789012:policy/p
      Events:
        Planned: {Type: CloudWatchEvent, Properties: {EventBusName: !Ref Bus, Enabled: false, Pattern: {source: [x]}, Input: '{}'}}
        Daily: {Type: Schedule, Properties: {Schedule: 'cron(35 14 ? * MON-FRI *)', Name: daily, Input: '{"mode":"trade"}'}}
  Layer: {Type: AWS::Serverless::LayerVersion, Condition: Never}
Conditions: {Never: !Equals [a, b]}
)");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_THAT(order_of(*plan), ElementsAre("Bus", "TradeRole", "Trade", "TradePlanned", "TradePlannedPermission",
                                           "TradeDaily", "TradeDailyPermission"));
  for (std::size_t i = 1; i < plan->resources().size(); ++i) EXPECT_EQ(plan->resources()[i].where, " (line 7)") << i;
  EXPECT_EQ(
      format::print_json(*plan->properties(plan->resources()[2], Names{})),
      R"({"Timeout":60,"Runtime":"provided.al2023","Environment":{"Variables":{"STAGE":"dev","MODE":"live"}},"Handler":"bootstrap",)"
      R"("Code":"build/trade","Tags":[{"Key":"lambda:createdBy","Value":"SAM"},{"Key":"team","Value":"furnace"}],)"
      R"("Role":"arn:TradeRole"})");
  EXPECT_EQ(
      format::print_json(*plan->properties(plan->resources()[3], Names{})),
      R"({"EventBusName":"ref-Bus","State":"DISABLED","EventPattern":{"source":["x"]},"Targets":[{"Arn":"arn:Trade","Id":"TradePlannedLambdaTarget","Input":"{}"}]})");
  EXPECT_EQ(format::print_json(*plan->properties(plan->resources()[5], Names{})),
            R"json({"ScheduleExpression":"cron(35 14 ? * MON-FRI *)","Name":"daily","Targets":[{"Arn":"arn:Trade",)json"
            R"json("Id":"TradeDailyLambdaTarget","Input":"{\"mode\":\"trade\"}"}]})json");
}

// The whole template's text is some kilobytes; what it evaluates to would take gigabytes.
TEST(Plan, MakesNoMoreOfATemplateThanItsAllowance) {
  const auto repeated = [](std::string_view piece, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += piece;
    return text;
  };
  const std::string twice = fmt::format("!Sub ['{}', {{a: !Sub ['{}', {{b: {}}}]}}]", repeated("${a}", 2'000),
                                        repeated("${b}", 2'000), std::string(2'000, 'x'));
  const std::string joined = fmt::format("!Join ['{}', [{}]]", std::string(100'000, 'x'), repeated("y,", 1'000));
  const std::string mapped = fmt::format("[{}]", repeated("!FindInMap [Large, a, b],", 1'000));
  const std::string unused = fmt::format("!Length [{}]", repeated("!FindInMap [Large, a, b],", 1'000));
  const std::string selected =
      fmt::format("!Sub ['{}', {{a: !Select [0, ['', {}]]}}]", repeated("${a}", 1'000), std::string(100'000, 'x'));
  for (const auto& value : {twice, joined, mapped, unused, selected}) {
    auto plan = plan_of(
        fmt::format("Mappings: {{Large: {{a: {{b: {}}}}}}}\nResources: {{A: {{Type: T, Properties: {{X: {}}}}}}}",
                    std::string(100'000, 'x'), value));
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    const auto properties = plan->properties(plan->resources().back(), Names{});
    ASSERT_FALSE(properties.has_value()) << value.substr(0, 20);
    EXPECT_THAT(properties.error().message,
                HasSubstr("[A] Template error: the values of its functions take more than 67108864 bytes"));
  }
}

TEST(Serverless, GivesGlobalsToNoMoreFunctionsThanItsAllowance) {
  std::string text =
      fmt::format("Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{Description: {}}}}}\nResources:\n",
                  std::string(500'000, 'x'));
  for (int i = 0; i < 200; ++i)
    text += fmt::format("  F{}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: x}}}}\n", i);
  const auto plan = plan_of(text);
  ASSERT_FALSE(plan.has_value());
  EXPECT_THAT(plan.error().message,
              HasSubstr("With the Globals, the functions up to this one take more than 67108864 bytes"));
}

}  // namespace
}  // namespace athanor::stack
