// The intrinsic functions: what a value of a template means, given parameters, conditions and the other resources.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json.h"
#include "stack/allowance.h"
#include "stack/parameters.h"
#include "stack/template.h"

namespace athanor::stack {

// What AWS::Region and its kin stand for.
struct PseudoParameters {
  std::string account_id;
  std::string region;
  std::string stack_name;
  std::string stack_id;
  std::string partition = "aws";
  std::string url_suffix = "amazonaws.com";
};

// Knows the resources' names; asked only for those that the evaluated value depends on.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<format::JsonValue> ref(std::string_view logical_id) const = 0;
  virtual Result<format::JsonValue> attribute(std::string_view logical_id, std::string_view name) const = 0;
  virtual Result<format::JsonValue> exported(std::string_view name) const = 0;  // Fn::ImportValue
};

// Everything that is known before the first resource is.
struct Scope {
  const Template& source;
  PseudoParameters pseudo;
  Parameters parameters;
  std::map<std::string, bool, std::less<>> conditions;
  Allowance allowance{};  // of all that is evaluated in this scope
};

// nullopt: AWS::NoValue, which takes the member or element it stands for out of what is around it. With no resolver, a
// reference to a resource is an error: so it is in Conditions. An error, too, when the scope's allowance is used up.
Result<std::optional<format::JsonValue>> evaluate(const format::JsonValue& value, Scope& scope,
                                                  const Resolver* resolver);

// Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition; a condition that is not yet in `scope` is an error.
Result<bool> evaluate_condition(const format::JsonValue& value, Scope& scope);

// The same for Rules, which have Fn::Contains, Fn::EachMemberEquals and Fn::EachMemberIn besides.
Result<bool> evaluate_assertion(const format::JsonValue& value, Scope& scope);

// The resources that evaluating `value` would ask for, in the branches of Fn::If that the conditions take. Parameters
// and pseudo parameters are not among them.
std::set<std::string> references(const format::JsonValue& value, const Scope& scope);

// The text of a scalar as CloudFormation passes it where a string is wanted: true becomes "true". nullopt for a list or
// object.
std::optional<std::string> scalar_text(const format::JsonValue& value);

}  // namespace athanor::stack
