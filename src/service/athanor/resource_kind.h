// A resource type that templates may use: how its resources are named, created, changed and deleted.
//
// event_resources.cc, queue_resources.cc, function_resources.cc and recorded_resources.cc hold the kinds;
// deploy_stack.cc walks a plan and calls them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/events_buses.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/call.h"
#include "format/json.h"
#include "runtime/code_store.h"
#include "stack/records.h"

namespace athanor::service::athanor {

// Where a resource gets its name from.
struct Naming {
  const engine::Caller& caller;
  std::string_view stack_name;
  std::string_view logical_id;
  std::string_view type;
  const stack::StackResource* before;  // the resource of that logical id and type in the last deploy, or nullptr
  base::Random& random;

  // `given`, or the name generated in the last deploy, or a new one: STACK-LOGICALID-12LETTERS, cut to `length_max`.
  std::string name(const std::optional<std::string>& given, std::size_t length_max, std::string_view suffix = {}) const;
  // For a resource that is to replace the previous one.
  Naming made_anew() const { return {caller, stack_name, logical_id, type, nullptr, random}; }
  // For a resource that has an id but no name of its own.
  std::string made_up_id(std::size_t length_max) const;
};

// What other resources may know about a resource.
struct Identity {
  std::string name;                                            // enough to find it again
  std::string physical_id;                                     // what Ref returns
  std::string arn;                                             // empty for a type without one
  std::map<std::string, std::string, std::less<>> attributes;  // what Fn::GetAtt returns
};

struct Change {
  const stack::StackResource& resource;  // as it will be
  const format::JsonValue& properties;   // the same as resource.properties
  const stack::StackResource* before;    // as the last deploy left it; nullptr when the stack had none
  const runtime::StoredCode* code;       // a function's, when sent with the request
};

// All functions are called on the engine thread. An error describes the resource; the caller adds its logical id.
struct ResourceKind {
  std::string_view type;  // "AWS::IAM::*" stands for every type with that prefix

  // Checks the properties as far as possible before other resources exist, and names the resource. Writes nothing.
  Result<Identity> (*identify)(const Naming& naming, const format::JsonValue& properties);

  // Checks what only matters for a new resource, before anything is written. nullptr: nothing to check.
  Result<void> (*check_create)(const Change& change) = nullptr;

  // nullptr for a type that is recorded without effect.
  bool (*exists)(const engine::Call& call, const stack::StackResource& resource) = nullptr;
  Result<void> (*create)(engine::Call& call, const Change& change) = nullptr;
  Result<void> (*update)(engine::Call& call, const Change& change) = nullptr;
  // NotFound is fine: the resource is already gone.
  Result<void> (*remove)(engine::Call& call, const stack::StackResource& resource) = nullptr;

  bool is_recorded() const { return create == nullptr; }
};

std::span<const ResourceKind> event_kinds();
std::span<const ResourceKind> queue_kinds();
std::span<const ResourceKind> function_kinds();
std::span<const ResourceKind> recorded_kinds();

// InvalidInput names the type and, when there is a similar one, what was probably meant.
Result<const ResourceKind*> find_kind(std::string_view type);

// Splits a two-part resource name, "bus|rule", at the bar.
std::pair<std::string_view, std::string_view> split_name(std::string_view name);

// Tags as given in templates; of two with the same key, the last one counts.
using TagList = std::optional<std::vector<api::Tag>>;
std::map<std::string, std::string> tags_of(const TagList& list);

// The changes that turn the tags `before` into `after`.
struct TagChange {
  std::map<std::string, std::string> set;
  std::vector<std::string> removed;
};
TagChange tag_change(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after);

}  // namespace athanor::service::athanor
