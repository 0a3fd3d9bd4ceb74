// The intrinsic functions: what a value in a template evaluates to, given parameters, conditions and the other
// resources.
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

// The values of AWS::Region and the like.
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

// Everything that is known before any resource is.
struct Scope {
  const Template& source;
  PseudoParameters pseudo;
  Parameters parameters;
  std::map<std::string, bool, std::less<>> conditions;
  Allowance allowance{};  // for everything evaluated in this scope
};

// nullopt: AWS::NoValue, which removes the member or element it stands for from what is around it. Without a resolver,
// as in Conditions, a reference to a resource is an error. Also an error when the scope's allowance is used up.
Result<std::optional<format::JsonValue>> evaluate(const format::JsonValue& value, Scope& scope,
                                                  const Resolver* resolver);

// Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition; a condition that is not yet in `scope` is an error.
Result<bool> evaluate_condition(const format::JsonValue& value, Scope& scope);

// The same for Rules, which also have Fn::Contains, Fn::EachMemberEquals and Fn::EachMemberIn.
Result<bool> evaluate_assertion(const format::JsonValue& value, Scope& scope);

// The resources that evaluating `value` would ask for, in the branches of Fn::If that the conditions select. Parameters
// and pseudo parameters are not included.
std::set<std::string> references(const format::JsonValue& value, const Scope& scope);

// The only member of an object that calls an intrinsic function; nullptr for any other value.
const format::JsonValue::Member* call_of(const format::JsonValue& value);

// The text of a scalar as CloudFormation passes it where a string is expected: true becomes "true". nullopt for a list
// or object.
std::optional<std::string> scalar_text(const format::JsonValue& value);

}  // namespace athanor::stack
