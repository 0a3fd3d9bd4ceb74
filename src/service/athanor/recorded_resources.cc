// Resources that templates need but that mean nothing here yet: they get names and ARNs, so that others can refer to
// them, and are listed as RECORDED. Only the properties that make up the name and ARN are read.
#include <fmt/format.h>

#include <array>

#include "api/arn.h"
#include "service/athanor/resource_kind.h"

namespace athanor::service::athanor {
namespace {

using format::JsonValue;

// Source: CloudFormation's limits on physical names: 64 for IAM resources.
constexpr std::size_t kNameMax = 64;

Result<Identity> identify_iam(const Naming& naming, const JsonValue& properties) {
  struct Form {
    std::string_view type;
    std::string_view name_property;
    std::string_view arn_resource;
    bool ref_is_arn;
  };
  static constexpr std::array<Form, 5> kForms = {
      {{"AWS::IAM::Role", "RoleName", "role", false},
       {"AWS::IAM::ManagedPolicy", "ManagedPolicyName", "policy", true},
       {"AWS::IAM::User", "UserName", "user", false},
       {"AWS::IAM::Group", "GroupName", "group", false},
       {"AWS::IAM::InstanceProfile", "InstanceProfileName", "instance-profile", false}}};
  Form form{"", "PolicyName", "policy", false};
  for (const auto& candidate : kForms) {
    if (candidate.type == naming.type) form = candidate;
  }
  Identity identity;
  identity.name = naming.name(properties.text_at(form.name_property), kNameMax);
  const std::string path = properties.text_at("Path").value_or("/");
  identity.arn = fmt::format("arn:aws:iam::{}:{}{}{}", naming.caller.account, form.arn_resource, path, identity.name);
  identity.physical_id = form.ref_is_arn ? identity.arn : identity.name;
  // An inline policy's name is only unique within its role: two may have the same name.
  if (form.type.empty()) identity.physical_id = naming.made_up_id(kNameMax);
  identity.attributes = {{"Arn", identity.arn}, {"RoleId", identity.name}, {"PolicyArn", identity.arn}};
  return identity;
}

Result<Identity> identify_log_group(const Naming& naming, const JsonValue& properties) {
  Identity identity;
  identity.name = naming.name(properties.text_at("LogGroupName"), 512);
  identity.physical_id = identity.name;
  identity.arn =
      api::make_arn("logs", naming.caller.region, naming.caller.account, fmt::format("log-group:{}:*", identity.name));
  identity.attributes = {{"Arn", identity.arn}};
  return identity;
}

Result<Identity> identify_alarm(const Naming& naming, const JsonValue& properties) {
  Identity identity;
  identity.name = naming.name(properties.text_at("AlarmName"), 255);
  identity.physical_id = identity.name;
  identity.arn =
      api::make_arn("cloudwatch", naming.caller.region, naming.caller.account, fmt::format("alarm:{}", identity.name));
  identity.attributes = {{"Arn", identity.arn}};
  return identity;
}

// What the CDK puts into each template to count its users.
Result<Identity> identify_cdk_metadata(const Naming& naming, const JsonValue&) {
  Identity identity;
  identity.physical_id = naming.made_up_id(kNameMax);
  return identity;
}

constexpr std::array<ResourceKind, 4> kKinds = {{{.type = "AWS::IAM::*", .identify = identify_iam},
                                                 {.type = "AWS::Logs::LogGroup", .identify = identify_log_group},
                                                 {.type = "AWS::CloudWatch::Alarm", .identify = identify_alarm},
                                                 {.type = "AWS::CDK::Metadata", .identify = identify_cdk_metadata}}};

}  // namespace

std::span<const ResourceKind> recorded_kinds() { return kKinds; }

}  // namespace athanor::service::athanor
