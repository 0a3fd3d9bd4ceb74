// What this folder writes to the log.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "log/log.h"

namespace athanor::stack {

// A resource as the last deploy left it: enough to see what a new template changes, and to delete it.
struct StackResource {
  std::string logical_id;
  std::string type;
  std::string physical_id;  // what Ref returns
  std::string arn;          // empty for a type without one
  std::string properties;   // evaluated, compact JSON; amid a change each that it may have, a line for each
  std::string code_digest;  // of a function's code, else empty
  bool retained = false;    // it stays when it leaves the stack
  std::string name;         // its own name, given or generated: a generated one is kept

  bool is_amid_change() const { return properties.find('\n') != std::string::npos; }

  static constexpr auto members() {
    using R = StackResource;
    return Members{member("logical_id", &R::logical_id),   member("type", &R::type),
                   member("physical_id", &R::physical_id), member("arn", &R::arn),
                   member("properties", &R::properties),   member("code_digest", &R::code_digest),
                   member("retained", &R::retained),       member("name", &R::name)};
  }
  friend bool operator==(const StackResource&, const StackResource&) = default;
};

struct StackOutput {
  std::string name;
  std::string value;
  std::string description;
  std::string export_name;

  static constexpr auto members() {
    using O = StackOutput;
    return Members{member("name", &O::name), member("value", &O::value), member("description", &O::description),
                   member("export_name", &O::export_name)};
  }
  friend bool operator==(const StackOutput&, const StackOutput&) = default;
};

// The whole stack. Written twice in a deploy: before its first resource, with all it may come to own, so that a crash
// in between leaves nothing that no stack knows of; and after its last. Also before a deletion.
struct StackPut {
  static constexpr log::RecordType kType = 601;
  std::string id;  // its ARN
  std::string name;
  std::string status;           // CREATE_IN_PROGRESS, CREATE_COMPLETE, UPDATE_COMPLETE, DELETE_FAILED ...
  std::string status_reason;    // why it failed
  std::string template_digest;  // SHA-256 of the template's text, hexadecimal
  std::map<std::string, std::string> parameters;  // those with NoEcho as "****"
  std::vector<StackResource> resources;           // in the order of the plan
  std::vector<StackOutput> outputs;
  base::Time created{};
  base::Time updated{};
  std::vector<std::string> imports;  // names of other stacks' exports that this one's properties and outputs hold

  static constexpr auto members() {
    using S = StackPut;
    return Members{member("id", &S::id),
                   member("name", &S::name),
                   member("status", &S::status),
                   member("status_reason", &S::status_reason),
                   member("template_digest", &S::template_digest),
                   member("parameters", &S::parameters),
                   member("resources", &S::resources),
                   member("outputs", &S::outputs),
                   member("created", &S::created),
                   member("updated", &S::updated),
                   member("imports", &S::imports)};
  }
  friend bool operator==(const StackPut&, const StackPut&) = default;
};

struct StackDeleted {
  static constexpr log::RecordType kType = 602;
  std::string id;
  static constexpr auto members() { return Members{member("id", &StackDeleted::id)}; }
};

}  // namespace athanor::stack
