#include "stack/serverless.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/alphanumeric.h"
#include "stack/allowance.h"
#include "stack/evaluate.h"
#include "stack/nearest.h"

namespace athanor::stack {
namespace {

using format::JsonValue;

constexpr std::string_view kTransform = "AWS::Serverless-2016-10-31";
constexpr std::string_view kLanguageExtensions = "AWS::LanguageExtensions";
constexpr std::string_view kFunction = "AWS::Serverless::Function";
constexpr std::string_view kInvokeConfigType = "AWS::Lambda::EventInvokeConfig";

// What is passed on as it is; what is rewritten follows below.
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
// Those of the role have no effect, like the role itself.
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

// Source: SAM's specification, "Globals section of the AWS SAM template", and its responses to others.
constexpr std::array<std::string_view, 10> kGlobals = {
    "Api",          "CapacityProvider", "Function",    "HttpApi",      "LayerVersion",
    "MicrovmImage", "NetworkConnector", "SimpleTable", "StateMachine", "WebSocketApi"};
constexpr std::array<std::string_view, 9> kNotGlobal = {
    "FunctionName",      "Role",        "Policies",    "Events",
    "InlineCode",        "PackageType", "ImageConfig", "AutoPublishCodeSha256",
    "VersionDescription"};

using Names = std::span<const std::string_view>;

// Attributes of a function that also apply to everything generated from it. Source: SAM's translator.
constexpr std::array<std::string_view, 3> kPassedOn = {"Condition", "DeletionPolicy", "UpdateReplacePolicy"};

// Source: SAM's resources.
constexpr std::array<std::string_view, 2> kDeadLetterQueue = {"Type", "TargetArn"};
constexpr std::array<std::string_view, 3> kEventInvokeConfig = {"MaximumEventAgeInSeconds", "MaximumRetryAttempts",
                                                                "DestinationConfig"};
constexpr std::array<std::string_view, 2> kDestinationConfig = {"OnSuccess", "OnFailure"};
constexpr std::array<std::string_view, 2> kDestination = {"Type", "Destination"};
constexpr std::array<std::string_view, 2> kEvent = {"Type", "Properties"};
constexpr std::array<std::string_view, 1> kTarget = {"Id"};
constexpr std::array<std::string_view, 8> kSchedule = {"Schedule", "Name",  "Description",      "Enabled",
                                                       "State",    "Input", "DeadLetterConfig", "RetryPolicy"};
constexpr std::array<std::string_view, 11> kEventBridgeRule = {
    "Pattern", "EventBusName", "RuleName",         "Enabled",          "State",      "Target",
    "Input",   "InputPath",    "InputTransformer", "DeadLetterConfig", "RetryPolicy"};

// The name for a rule's target that has no Id. Sources: SAM's translator; EventBridge API Reference, Target.
constexpr std::string_view kLambdaTarget = "LambdaTarget";
constexpr std::size_t kTargetIdMax = 64;  // characters

struct EventType {
  std::string_view name;
  Names properties;
};
constexpr std::array<EventType, 3> kEventTypes = {
    {{"EventBridgeRule", kEventBridgeRule}, {"CloudWatchEvent", kEventBridgeRule}, {"Schedule", kSchedule}}};

bool holds(Names names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

bool is_call(const JsonValue& value) { return call_of(value) != nullptr; }

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

// Whether the template asks for SAM. Any other transform is an error: its template means something other than it says.
Result<bool> asks_for_transform(const Template& parsed) {
  const JsonValue* transform = parsed.section("Transform");
  if (transform == nullptr) return false;
  bool asks = false;
  const auto see = [&](const JsonValue& one) -> Result<void> {
    const JsonValue* name = one.is_object() ? one.find("Name") : &one;
    const std::string_view named = name == nullptr ? std::string_view{} : std::string_view{name->text};
    asks = asks || named == kTransform;
    // Of the language extensions, those in evaluate.cc are supported; Fn::ForEach is refused where it is used.
    if (named == kTransform || named == kLanguageExtensions) return {};
    return invalid_input(
        fmt::format("No transform named {} found; there is {}.{}", named, kTransform, parsed.where("/Transform")));
  };
  if (!transform->is_array()) ATHANOR_CHECK(see(*transform));
  for (const auto& one : transform->items) ATHANOR_CHECK(see(one));
  return asks;
}

// Globals overlaid with the resource's own: maps are merged, lists joined, otherwise the resource's value counts.
JsonValue merged(const JsonValue& global, const JsonValue& own) {
  if (global.is_array() && own.is_array()) {
    JsonValue joined = global;
    joined.items.insert(joined.items.end(), own.items.begin(), own.items.end());
    return joined;
  }
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
  explicit Expansion(Template& parsed) : parsed_(parsed) {
    for (const auto& [name, body] : parsed_.section("Resources")->members) names_.insert(name);
  }

  Result<void> run() {
    ATHANOR_CHECK(check_globals());
    for (auto& [name, body] : parsed_.root.find("Resources")->members) {
      const std::string type = body.find("Type")->text;
      if (type == kFunction) {
        ATHANOR_CHECK(function(name, body));
      } else if (type.starts_with("AWS::Serverless::") && body.find("Condition") == nullptr) {
        // Under a condition it may be left out; where it is not, it is refused like any unknown type.
        return refuse(name, fmt::format("{} is not supported; of the serverless types only {} is", type, kFunction));
      } else {
        expanded_.members.emplace_back(name, std::move(body));
      }
    }
    *parsed_.root.find("Resources") = std::move(expanded_);
    return {};
  }

 private:
  Error refuse_document(const std::string& function, std::string_view why) const {
    return invalid_input(fmt::format("Invalid Serverless Application Specification document. {}{}", why,
                                     parsed_.where("/Resources/" + function)));
  }

  Error refuse(const std::string& function, std::string_view why) const {
    return refuse_document(function, fmt::format("Resource with id [{}] is invalid. {}", function, why));
  }

  Error refuse_growth(const std::string& function) const {
    return refuse(function, fmt::format("With the Globals, the functions up to this one take more than {} bytes",
                                        kGrownBytesMax));
  }

  Error refuse_globals(std::string_view path, std::string_view why) const {
    return invalid_input(
        fmt::format("Invalid Serverless Application Specification document. 'Globals' section is invalid. {}{}", why,
                    parsed_.where(fmt::format("/Globals/{}", path))));
  }

  Result<void> check_globals() const {
    const JsonValue* globals = parsed_.section("Globals");
    if (globals == nullptr) return {};
    for (const auto& [section, properties] : globals->members) {
      if (!holds(kGlobals, section)) {
        return refuse_globals(
            section, fmt::format("'{}' is not supported. Must be one of the following values - ['{}']", section,
                                 fmt::join(kGlobals, "', '")));
      }
      if (!properties.is_object())
        return refuse_globals(section, fmt::format("Value of {} must be a dictionary", section));
      if (section != "Function") continue;
      for (const auto& [key, value] : properties.members) {
        const bool known = holds(kPassed, key) || holds(kRewritten, key) || holds(kNotSupported, key);
        if (known && !holds(kNotGlobal, key)) continue;
        return refuse_globals(fmt::format("{}/{}", section, key),
                              fmt::format("'{}' is not a supported property of '{}'{}", key, section,
                                          known ? "." : did_you_mean(key, kPassed)));
      }
    }
    return {};
  }

  // What this function gets from the Globals.
  Result<JsonValue> globals_of(const std::string& function, const JsonValue& body) const {
    JsonValue given = JsonValue::object();
    const JsonValue* globals = parsed_.section("Globals");
    const JsonValue* all = globals == nullptr ? nullptr : globals->find("Function");
    if (all == nullptr) return given;
    const JsonValue* ignored = body.find("IgnoreGlobals");
    if (ignored != nullptr && ignored->text == "*") return given;
    if (ignored != nullptr && !ignored->is_array())
      return refuse(function, fmt::format("Resource {} has invalid resource attribute 'IgnoreGlobals'.", function));
    const auto names = ignored == nullptr ? std::span<const JsonValue>{} : std::span{ignored->items};
    for (const auto& name : names) {
      if (all->find(name.text) != nullptr) continue;
      return refuse(function, fmt::format("Resource {} has invalid resource attribute 'IgnoreGlobals' on item '{}'.",
                                          function, name.text));
    }
    for (const auto& [key, value] : all->members) {
      if (std::ranges::find(names, key, &JsonValue::text) == names.end()) given.members.emplace_back(key, value);
    }
    return given;
  }

  // Only a map can be rewritten member by member: anything else would be lost silently.
  Result<void> check_map(const std::string& function, std::string_view path, const JsonValue& value) const {
    if (value.is_object() && !is_call(value)) return {};
    return refuse(function, fmt::format("Property '{}' should be a map.", path));
  }

  Result<void> check_members(const std::string& function, std::string_view path, const JsonValue& value,
                             Names members) const {
    ATHANOR_CHECK(check_map(function, path, value));
    for (const auto& [key, member] : value.members) {
      if (!holds(members, key)) return refuse(function, not_defined(key, path, members));
    }
    return {};
  }

  static std::string not_defined(std::string_view key, std::string_view where, Names members) {
    return fmt::format("property {} not defined for {}{}", key, where, did_you_mean(key, members));
  }

  Result<void> function(const std::string& name, JsonValue& body) {
    JsonValue own = JsonValue::object();
    if (JsonValue* given = body.find("Properties")) own = std::move(*given);
    ATHANOR_TRY(globals, globals_of(name, body));
    const JsonValue all = merged(globals, own);
    if (!allowance_.take(all)) return refuse_growth(name);

    JsonValue properties = JsonValue::object();
    for (const auto& [key, value] : all.members) {
      if (holds(kPassed, key)) {
        properties.members.emplace_back(key, value);
      } else if (holds(kNotSupported, key)) {
        return refuse(name, fmt::format("property {} is not supported", key));
      } else if (!holds(kRewritten, key)) {
        return refuse(name, not_defined(key, fmt::format("resource of type {}", kFunction), kPassed));
      }
    }
    ATHANOR_CHECK(code(name, all, properties));
    ATHANOR_CHECK(rewrite_small_things(name, all, properties));
    const JsonValue passed_on = passed_on_by(body);
    if (all.find("Role") == nullptr) {
      properties.set("Role", arn_of(name + "Role"));
      ATHANOR_CHECK(add(name, "Role", execution_role(), passed_on));
    }
    JsonValue function_body = std::move(body);
    function_body.set("Type", text("AWS::Lambda::Function"));
    function_body.set("Properties", std::move(properties));
    expanded_.members.emplace_back(name, std::move(function_body));

    if (const JsonValue* config = all.find("EventInvokeConfig")) {
      ATHANOR_TRY(invoke, invoke_config(name, *config));
      ATHANOR_CHECK(add(name, "EventInvokeConfig", std::move(invoke), passed_on));
    }
    const JsonValue* events = all.find("Events");
    if (events == nullptr) return {};
    ATHANOR_CHECK(check_map(name, "Events", *events));
    for (const auto& [event_name, event] : events->members) {
      ATHANOR_CHECK(rule_event(name, event_name, event, passed_on));
    }
    return {};
  }

  static JsonValue passed_on_by(const JsonValue& body) {
    JsonValue passed_on = JsonValue::object();
    for (const auto& [key, value] : body.members) {
      if (holds(kPassedOn, key)) passed_on.members.emplace_back(key, value);
    }
    return passed_on;
  }

  // What is generated from a function is named after it and has its line.
  Result<void> add(const std::string& function, std::string_view suffix, JsonValue body, const JsonValue& passed_on) {
    const std::string name = fmt::format("{}{}", function, suffix);
    if (!std::ranges::all_of(name, base::is_alphanumeric_ascii))
      return refuse(function, fmt::format("Resource name {} is non alphanumeric.", name));
    if (!names_.insert(name).second) {
      return refuse_document(
          function, fmt::format("Transforming resource with id [{}] attempts to create a new resource with id [{}] and "
                                "type \"{}\". A resource with that id already exists within this template. Please use "
                                "a different id for that resource.",
                                function, name, body.find("Type")->text));
    }
    for (const auto& [key, value] : passed_on.members) body.set(key, value);
    if (!allowance_.take(name.size()) || !allowance_.take(body)) return refuse_growth(function);
    const auto place = parsed_.places.find("/Resources/" + function);
    if (place != parsed_.places.end()) parsed_.places.try_emplace("/Resources/" + name, place->second);
    expanded_.members.emplace_back(name, std::move(body));
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
      // A path: the deploying client sends the code along, by logical id.
      properties.set("Code", *uri);
    }
    return {};
  }

  Result<void> rewrite_small_things(const std::string& name, const JsonValue& all, JsonValue& properties) const {
    // The first is SAM's own. Source: SAM Developer Guide, AWS::Serverless::Function, Tags.
    JsonValue list = JsonValue::array({JsonValue::object({{"Key", text("lambda:createdBy")}, {"Value", text("SAM")}})});
    if (const JsonValue* tags = all.find("Tags")) {
      ATHANOR_CHECK(check_map(name, "Tags", *tags));
      for (const auto& [key, value] : tags->members) {
        list.items.push_back(JsonValue::object({{"Key", text(key)}, {"Value", value}}));
      }
    }
    properties.set("Tags", std::move(list));
    if (const JsonValue* queue = all.find("DeadLetterQueue")) {
      ATHANOR_CHECK(check_members(name, "DeadLetterQueue", *queue, kDeadLetterQueue));
      const JsonValue* type = queue->find("Type");
      const JsonValue* arn = queue->find("TargetArn");
      if (type == nullptr || arn == nullptr)
        return refuse(name, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
      if (type->text != "SQS" && type->text != "SNS")
        return refuse(name, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
      properties.set("DeadLetterConfig", JsonValue::object({{"TargetArn", *arn}}));
    }
    if (const JsonValue* tracing = all.find("Tracing"))
      properties.set("TracingConfig", JsonValue::object({{"Mode", *tracing}}));
    return {};
  }

  static JsonValue execution_role() {
    JsonValue statement =
        JsonValue::object({{"Effect", text("Allow")},
                           {"Principal", JsonValue::object({{"Service", text("lambda.amazonaws.com")}})},
                           {"Action", text("sts:AssumeRole")}});
    JsonValue policy =
        JsonValue::object({{"Version", text("2012-10-17")}, {"Statement", JsonValue::array({std::move(statement)})}});
    return resource("AWS::IAM::Role", JsonValue::object({{"AssumeRolePolicyDocument", std::move(policy)}}));
  }

  Result<JsonValue> invoke_config(const std::string& name, const JsonValue& config) const {
    ATHANOR_CHECK(check_members(name, "EventInvokeConfig", config, kEventInvokeConfig));
    JsonValue properties =
        JsonValue::object({{"FunctionName", call("Ref", text(name))}, {"Qualifier", text("$LATEST")}});
    for (const auto& [key, value] : config.members) properties.set(key, value);
    if (config.find("DestinationConfig") == nullptr) properties.set("DestinationConfig", JsonValue::object());
    const JsonValue* destinations = config.find("DestinationConfig");
    // What an intrinsic function evaluates to is checked where the resource is created.
    if (destinations == nullptr || is_call(*destinations)) return resource(kInvokeConfigType, std::move(properties));
    ATHANOR_CHECK(check_members(name, "EventInvokeConfig.DestinationConfig", *destinations, kDestinationConfig));
    JsonValue rewritten = JsonValue::object();
    for (const auto& [outcome, destination] : destinations->members) {
      if (is_call(destination)) {
        rewritten.set(outcome, destination);
        continue;
      }
      ATHANOR_CHECK(check_members(name, fmt::format("EventInvokeConfig.DestinationConfig.{}", outcome), destination,
                                  kDestination));
      // SAM's destinations carry a Type beside the ARN; from the Type alone SAM would create the queue, too.
      const JsonValue* arn = destination.find("Destination");
      if (arn == nullptr) {
        return refuse(name, fmt::format("{} of its EventInvokeConfig has no Destination: write the queue as a resource "
                                        "of its own, and give its ARN",
                                        outcome));
      }
      rewritten.set(outcome, JsonValue::object({{"Destination", *arn}}));
    }
    properties.set("DestinationConfig", std::move(rewritten));
    return resource(kInvokeConfigType, std::move(properties));
  }

  Result<void> rule_event(const std::string& name, const std::string& event_name, const JsonValue& event,
                          const JsonValue& passed_on) {
    const std::string path = fmt::format("Events.{}", event_name);
    ATHANOR_CHECK(check_members(name, path, event, kEvent));
    const JsonValue* type = event.find("Type");
    const JsonValue* given = event.find("Properties");
    if (type == nullptr || given == nullptr)
      return refuse(name, fmt::format("Event {} needs Type and Properties", event_name));
    const auto known = std::ranges::find(kEventTypes, type->text, &EventType::name);
    if (known == kEventTypes.end()) {
      return refuse(name, fmt::format("Event {} is of the type {}; only {} are supported", event_name, type->text,
                                      fmt::join(kEventTypes | std::views::transform(&EventType::name), ", ")));
    }
    ATHANOR_CHECK(check_members(name, path + ".Properties", *given, known->properties));
    if (given->find("State") != nullptr && given->find("Enabled") != nullptr) {
      return refuse(name, fmt::format("Event with id [{}] is invalid. State and Enabled Properties cannot both be "
                                      "specified.",
                                      event_name));
    }
    ATHANOR_TRY(rule, rule_of(name, event_name, *given));
    ATHANOR_CHECK(add(name, event_name, resource("AWS::Events::Rule", std::move(rule)), passed_on));
    return add(name, event_name + "Permission",
               resource("AWS::Lambda::Permission", JsonValue::object({{"Action", text("lambda:InvokeFunction")},
                                                                      {"FunctionName", call("Ref", text(name))},
                                                                      {"Principal", text("events.amazonaws.com")},
                                                                      {"SourceArn", arn_of(name + event_name)}})),
               passed_on);
  }

  // The properties of the rule that stands for the event with these.
  Result<JsonValue> rule_of(const std::string& name, const std::string& event_name, const JsonValue& given) const {
    const std::string path = fmt::format("Events.{}.Properties", event_name);
    static constexpr std::array<std::string_view, 5> kOfTarget = {"Input", "InputPath", "InputTransformer",
                                                                  "RetryPolicy", "DeadLetterConfig"};
    const std::string target_id =
        fmt::format("{}{}", (name + event_name).substr(0, kTargetIdMax - kLambdaTarget.size()), kLambdaTarget);
    JsonValue target = JsonValue::object({{"Arn", arn_of(name)}, {"Id", text(target_id)}});
    JsonValue rule = JsonValue::object();
    for (const auto& [key, value] : given.members) {
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
      } else if (key == "Enabled") {
        if (value.kind != format::JsonKind::Bool)
          return refuse(name, fmt::format("Property '{}.Enabled' should be a boolean.", path));
        rule.set("State", text(value.boolean ? "ENABLED" : "DISABLED"));
      } else if (key == "Target") {
        ATHANOR_CHECK(check_members(name, path + ".Target", value, kTarget));
        if (const JsonValue* id = value.find("Id")) target.set("Id", *id);
      } else if (holds(kOfTarget, key)) {
        target.set(key, value);
      } else {
        rule.set(key, value);
      }
    }
    rule.set("Targets", JsonValue::array({std::move(target)}));
    return rule;
  }

  Template& parsed_;
  Allowance allowance_;
  JsonValue expanded_ = JsonValue::object();
  std::set<std::string> names_;  // of the template's resources, and of the generated ones
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
