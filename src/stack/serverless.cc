#include "stack/serverless.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "stack/allowance.h"
#include "stack/nearest.h"

namespace athanor::stack {
namespace {

using format::JsonValue;

constexpr std::string_view kTransform = "AWS::Serverless-2016-10-31";
constexpr std::string_view kLanguageExtensions = "AWS::LanguageExtensions";
constexpr std::string_view kFunction = "AWS::Serverless::Function";

// What passes as it is, besides what is rewritten below.
constexpr std::array<std::string_view, 22> kPassed = {"FunctionName",
                                                      "Handler",
                                                      "Runtime",
                                                      "Timeout",
                                                      "MemorySize",
                                                      "Description",
                                                      "Role",
                                                      "Environment",
                                                      "Architectures",
                                                      "Layers",
                                                      "EphemeralStorage",
                                                      "PackageType",
                                                      "KmsKeyArn",
                                                      "VpcConfig",
                                                      "ReservedConcurrentExecutions",
                                                      "LoggingConfig",
                                                      "FileSystemConfigs",
                                                      "SnapStart",
                                                      "ImageConfig",
                                                      "CodeSigningConfigArn",
                                                      "RecursiveLoop",
                                                      "RuntimeManagementConfig"};
// Those of the role are without effect, as the role is.
constexpr std::array<std::string_view, 11> kRewritten = {"CodeUri",
                                                         "InlineCode",
                                                         "Events",
                                                         "EventInvokeConfig",
                                                         "Tags",
                                                         "DeadLetterQueue",
                                                         "Tracing",
                                                         "Policies",
                                                         "RolePath",
                                                         "AssumeRolePolicyDocument",
                                                         "PermissionsBoundary"};
// Source: SAM's specification.
constexpr std::array<std::string_view, 12> kNotSupported = {"AutoPublishAlias",
                                                            "AutoPublishAliasAllProperties",
                                                            "AutoPublishCodeSha256",
                                                            "CapacityProviderConfig",
                                                            "DeploymentPreference",
                                                            "DurableConfig",
                                                            "FunctionUrlConfig",
                                                            "PropagateTags",
                                                            "ProvisionedConcurrencyConfig",
                                                            "SourceKMSKeyArn",
                                                            "TenancyConfig",
                                                            "VersionDescription"};

JsonValue text(std::string_view s) { return JsonValue::of(s); }
JsonValue call(std::string_view function, JsonValue argument) {
  return JsonValue::object({{std::string{function}, std::move(argument)}});
}
JsonValue arn_of(std::string_view logical_id) {
  return call("Fn::GetAtt", JsonValue::array({text(logical_id), text("Arn")}));
}
JsonValue resource(std::string_view type, JsonValue properties) {
  return JsonValue::object({{"Type", text(type)}, {"Properties", std::move(properties)}});
}

// Whether the template asks for SAM. Any other transform is an error: its template means something else than it says.
Result<bool> asks_for_transform(const Template& parsed) {
  const JsonValue* transform = parsed.section("Transform");
  if (transform == nullptr) return false;
  bool asks = false;
  const auto see = [&](const JsonValue& one) -> Result<void> {
    const JsonValue* name = one.is_object() ? one.find("Name") : &one;
    const std::string_view named = name == nullptr ? std::string_view{} : std::string_view{name->text};
    asks = asks || named == kTransform;
    // Of the language extensions there is what is in evaluate.cc; Fn::ForEach is refused where it stands.
    if (named == kTransform || named == kLanguageExtensions) return {};
    return invalid_input(
        fmt::format("No transform named {} found; there is {}.{}", named, kTransform, parsed.where("/Transform")));
  };
  if (!transform->is_array()) ATHANOR_CHECK(see(*transform));
  for (const auto& one : transform->items) ATHANOR_CHECK(see(one));
  return asks;
}

// Globals under the resource's own: maps are merged, lists joined, anything else is the resource's.
JsonValue merged(const JsonValue& global, const JsonValue& own) {
  if (global.is_array() && own.is_array()) {
    JsonValue joined = global;
    joined.items.insert(joined.items.end(), own.items.begin(), own.items.end());
    return joined;
  }
  const auto is_call = [](const JsonValue& value) {
    return value.members.size() == 1 && (value.members[0].first == "Ref" || value.members[0].first.starts_with("Fn::"));
  };
  if (!global.is_object() || !own.is_object() || is_call(global) || is_call(own)) return own;
  JsonValue out = global;
  for (const auto& [key, value] : own.members) {
    const JsonValue* below = global.find(key);
    out.set(key, below == nullptr ? value : merged(*below, value));
  }
  return out;
}

class Expansion {
 public:
  explicit Expansion(Template& parsed) : parsed_(parsed) {}

  Result<void> run() {
    JsonValue expanded = JsonValue::object();
    for (auto& [name, body] : parsed_.root.find("Resources")->members) {
      const std::string type = body.find("Type")->text;
      if (type == kFunction) {
        const auto made_before = expanded.members.size();
        ATHANOR_CHECK(function(name, body, expanded));
        for (auto i = made_before; i < expanded.members.size(); ++i) place(expanded.members[i].first, name);
      } else if (type.starts_with("AWS::Serverless::") && body.find("Condition") == nullptr) {
        // Under a condition it may be left out; where it is not, it is refused like any type that is not known.
        return refuse(name, fmt::format("{} is not supported; of the serverless types only {} is", type, kFunction));
      } else {
        expanded.members.emplace_back(name, std::move(body));
      }
    }
    *parsed_.root.find("Resources") = std::move(expanded);
    return {};
  }

 private:
  // What is made of a function has its line.
  void place(const std::string& made, const std::string& function) {
    const auto found = parsed_.places.find("/Resources/" + function);
    if (found != parsed_.places.end()) parsed_.places.try_emplace("/Resources/" + made, found->second);
  }

  Error refuse(const std::string& name, std::string_view why) const {
    return invalid_input(
        fmt::format("Invalid Serverless Application Specification document. Resource with id [{}] is invalid. {}{}",
                    name, why, parsed_.where("/Resources/" + name)));
  }

  Error refuse_growth(const std::string& name) const {
    return refuse(
        name, fmt::format("With the Globals, the functions up to this one take more than {} bytes", kGrownBytesMax));
  }

  Result<void> function(const std::string& name, JsonValue& body, JsonValue& out) {
    JsonValue own = JsonValue::object();
    if (JsonValue* given = body.find("Properties")) own = std::move(*given);
    const JsonValue* globals = parsed_.section("Globals");
    const JsonValue* global = globals == nullptr ? nullptr : globals->find("Function");
    const JsonValue all = global == nullptr ? std::move(own) : merged(*global, own);
    if (!allowance_.take(all)) return refuse_growth(name);

    JsonValue properties = JsonValue::object();
    for (const auto& [key, value] : all.members) {
      if (std::ranges::find(kPassed, key) != kPassed.end()) {
        properties.members.emplace_back(key, value);
      } else if (std::ranges::find(kNotSupported, key) != kNotSupported.end()) {
        return refuse(name, fmt::format("property {} is not supported", key));
      } else if (std::ranges::find(kRewritten, key) == kRewritten.end()) {
        const auto near = nearest(key, kPassed);
        return refuse(name, fmt::format("property {} not defined for resource of type {}{}", key, kFunction,
                                        near.empty() ? "" : fmt::format(", did you mean {}?", near)));
      }
    }
    ATHANOR_CHECK(code(name, all, properties));
    rewrite_small_things(all, properties);
    if (all.find("Role") == nullptr) {
      properties.set("Role", arn_of(name + "Role"));
      out.members.emplace_back(name + "Role", execution_role(body));
    }
    JsonValue function_body = std::move(body);
    function_body.set("Type", text("AWS::Lambda::Function"));
    function_body.set("Properties", std::move(properties));
    const JsonValue* condition = function_body.find("Condition");
    const std::string condition_name = condition == nullptr ? std::string{} : condition->text;
    out.members.emplace_back(name, std::move(function_body));

    if (const JsonValue* config = all.find("EventInvokeConfig")) {
      ATHANOR_TRY(invoke, invoke_config(name, *config));
      ATHANOR_CHECK(add(out, name + "EventInvokeConfig", std::move(invoke), condition_name));
    }
    const JsonValue* events = all.find("Events");
    if (events == nullptr) return {};
    for (const auto& [event_name, event] : events->members) {
      ATHANOR_CHECK(rule_event(name, event_name, event, condition_name, out));
    }
    return {};
  }

  Result<void> add(JsonValue& out, std::string name, JsonValue body, const std::string& condition) {
    if (!condition.empty()) body.set("Condition", text(condition));
    if (!allowance_.take(name.size()) || !allowance_.take(body)) return refuse_growth(name);
    out.members.emplace_back(std::move(name), std::move(body));
    return {};
  }

  Result<void> code(const std::string& name, const JsonValue& all, JsonValue& properties) const {
    const JsonValue* uri = all.find("CodeUri");
    const JsonValue* inline_code = all.find("InlineCode");
    if (inline_code != nullptr) {
      properties.set("Code", JsonValue::object({{"ZipFile", *inline_code}}));
    } else if (uri == nullptr) {
      return refuse(name, "Either 'InlineCode' or 'CodeUri' must be set");
    } else if (uri->is_object()) {
      JsonValue location = JsonValue::object();
      if (const JsonValue* bucket = uri->find("Bucket")) location.set("S3Bucket", *bucket);
      if (const JsonValue* key = uri->find("Key")) location.set("S3Key", *key);
      properties.set("Code", std::move(location));
    } else {
      // A path: whoever deploys sends the code along, by logical id.
      properties.set("Code", *uri);
    }
    return {};
  }

  static void rewrite_small_things(const JsonValue& all, JsonValue& properties) {
    if (const JsonValue* tags = all.find("Tags")) {
      JsonValue list = JsonValue::array();
      for (const auto& [key, value] : tags->members) {
        list.items.push_back(JsonValue::object({{"Key", text(key)}, {"Value", value}}));
      }
      properties.set("Tags", std::move(list));
    }
    if (const JsonValue* queue = all.find("DeadLetterQueue"); queue != nullptr && queue->find("TargetArn") != nullptr) {
      properties.set("DeadLetterConfig", JsonValue::object({{"TargetArn", *queue->find("TargetArn")}}));
    }
    if (const JsonValue* tracing = all.find("Tracing"))
      properties.set("TracingConfig", JsonValue::object({{"Mode", *tracing}}));
  }

  static JsonValue execution_role(const JsonValue& function_body) {
    JsonValue statement =
        JsonValue::object({{"Effect", text("Allow")},
                           {"Principal", JsonValue::object({{"Service", text("lambda.amazonaws.com")}})},
                           {"Action", text("sts:AssumeRole")}});
    JsonValue policy =
        JsonValue::object({{"Version", text("2012-10-17")}, {"Statement", JsonValue::array({std::move(statement)})}});
    JsonValue role = resource("AWS::IAM::Role", JsonValue::object({{"AssumeRolePolicyDocument", std::move(policy)}}));
    if (const JsonValue* condition = function_body.find("Condition")) role.set("Condition", *condition);
    return role;
  }

  Result<JsonValue> invoke_config(const std::string& name, const JsonValue& config) const {
    JsonValue properties =
        JsonValue::object({{"FunctionName", call("Ref", text(name))}, {"Qualifier", text("$LATEST")}});
    for (const auto& [key, value] : config.members) {
      if (key != "DestinationConfig") properties.set(key, value);
    }
    if (const JsonValue* destinations = config.find("DestinationConfig")) {
      JsonValue rewritten = JsonValue::object();
      for (const auto& [outcome, destination] : destinations->members) {
        // SAM's destinations carry a Type beside the ARN; of the Type alone SAM makes the queue, too.
        const JsonValue* arn = destination.find("Destination");
        if (arn == nullptr && destination.find("Type") != nullptr) {
          return refuse(name,
                        fmt::format("{} of its EventInvokeConfig has no Destination: write the queue as a resource "
                                    "of its own, and give its ARN",
                                    outcome));
        }
        rewritten.set(outcome, arn == nullptr ? destination : JsonValue::object({{"Destination", *arn}}));
      }
      properties.set("DestinationConfig", std::move(rewritten));
    }
    return resource("AWS::Lambda::EventInvokeConfig", std::move(properties));
  }

  Result<void> rule_event(const std::string& name, const std::string& event_name, const JsonValue& event,
                          const std::string& condition, JsonValue& out) {
    const JsonValue* type = event.find("Type");
    const JsonValue* given = event.find("Properties");
    if (type == nullptr || given == nullptr)
      return refuse(name, fmt::format("Event {} needs Type and Properties", event_name));
    static constexpr std::array<std::string_view, 3> kTypes = {"EventBridgeRule", "CloudWatchEvent", "Schedule"};
    if (std::ranges::find(kTypes, type->text) == kTypes.end()) {
      return refuse(name, fmt::format("Event {} is of the type {}; only {} are supported", event_name, type->text,
                                      fmt::join(kTypes, ", ")));
    }
    static constexpr std::array<std::string_view, 6> kOfTarget = {"Input",       "InputPath",        "InputTransformer",
                                                                  "RetryPolicy", "DeadLetterConfig", "Arn"};
    JsonValue target =
        JsonValue::object({{"Arn", arn_of(name)}, {"Id", text(fmt::format("{}{}LambdaTarget", name, event_name))}});
    JsonValue rule = JsonValue::object();
    for (const auto& [key, value] : given->members) {
      if (key == "DeadLetterConfig" && (value.find("Type") != nullptr || value.find("QueueLogicalId") != nullptr)) {
        return refuse(
            name, fmt::format("DeadLetterConfig of its event {} takes an Arn alone: write the queue as a resource of "
                              "its own, with a policy for events.amazonaws.com, and give its ARN",
                              event_name));
      }
      if (key == "Pattern") {
        rule.set("EventPattern", value);
      } else if (key == "Schedule") {
        rule.set("ScheduleExpression", value);
      } else if (key == "RuleName") {
        rule.set("Name", value);
      } else if (key == "Enabled" && value.kind == format::JsonKind::Bool) {
        rule.set("State", text(value.boolean ? "ENABLED" : "DISABLED"));
      } else if (key == "Target") {
        if (const JsonValue* id = value.find("Id")) target.set("Id", *id);
      } else if (std::ranges::find(kOfTarget, key) != kOfTarget.end()) {
        target.set(key, value);
      } else {
        rule.set(key, value);
      }
    }
    rule.set("Targets", JsonValue::array({std::move(target)}));
    const std::string rule_name = name + event_name;
    ATHANOR_CHECK(add(out, rule_name, resource("AWS::Events::Rule", std::move(rule)), condition));
    return add(out, rule_name + "Permission",
               resource("AWS::Lambda::Permission", JsonValue::object({{"Action", text("lambda:InvokeFunction")},
                                                                      {"FunctionName", call("Ref", text(name))},
                                                                      {"Principal", text("events.amazonaws.com")},
                                                                      {"SourceArn", arn_of(rule_name)}})),
               condition);
  }

  Template& parsed_;
  Allowance allowance_;
};

}  // namespace

Result<void> expand_serverless(Template& parsed) {
  ATHANOR_TRY(asks, asks_for_transform(parsed));
  if (asks) return Expansion{parsed}.run();
  if (parsed.section("Globals") != nullptr) {
    return invalid_input(fmt::format("Invalid template property or properties [Globals]: they need Transform: {}{}",
                                     kTransform, parsed.where("/Globals")));
  }
  return {};
}

}  // namespace athanor::stack
