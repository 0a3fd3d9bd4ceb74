// From a template and parameters to the resources that should exist, ordered so that each comes after those it refers
// to.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"
#include "stack/evaluate.h"
#include "stack/parameters.h"
#include "stack/template.h"

namespace athanor::stack {

struct PlannedResource {
  std::string logical_id;
  std::string type;
  std::vector<std::string> depends_on;  // stated and implied, by name; all come earlier in the plan
  bool retained = false;                // DeletionPolicy: Retain: it outlives its stack
  bool retained_when_replaced = false;  // UpdateReplacePolicy: Retain: it stays beside its replacement
  std::string where;                    // " (line 12)", or empty
};

struct Output {
  std::string name;
  std::string value;
  std::string description;
  std::string export_name;  // empty: not exported
};

class Plan {
 public:
  // In dependency order; where that leaves a choice, in template order. Resources whose condition does not hold are
  // left out.
  const std::vector<PlannedResource>& resources() const { return resources_; }

  // The resource's properties with every function evaluated. `resolver` is only asked for resources earlier in the
  // plan. An error names the logical id. Everything one plan evaluates uses up one allowance (allowance.h): evaluate
  // each thing once.
  Result<format::JsonValue> properties(const PlannedResource& resource, const Resolver& resolver);
  Result<std::vector<Output>> outputs(const Resolver& resolver);

  // " (line 12)" for a property such as "/Targets/0/Arn", or for what encloses it; empty when unknown.
  std::string where(const PlannedResource& resource, std::string_view property) const;

  // Every parameter with its value as text, "****" for one with NoEcho.
  std::map<std::string, std::string> parameters_for_people() const;

 private:
  friend Result<Plan> make_plan(Template, Parameters, const PseudoParameters&);
  Plan(std::unique_ptr<const Template> source, Scope scope) : source_(std::move(source)), scope_(std::move(scope)) {}

  std::unique_ptr<const Template> source_;  // scope_ refers to it
  Scope scope_;
  std::vector<PlannedResource> resources_;
};

// Evaluates rules, mappings and conditions, and orders the resources. InvalidInput in CloudFormation's words: a rule
// that does not hold; a name that does not exist; a cycle, which it names. `parameters` are those that bind_parameters
// returned for `source`.
Result<Plan> make_plan(Template source, Parameters parameters, const PseudoParameters& pseudo);

}  // namespace athanor::stack
