// The stacks that were deployed, and what belongs to each. A work: its state follows from its records.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"
#include "stack/records.h"

namespace athanor::stack {

// "arn:aws:cloudformation:us-east-1:123456789012:stack/": the prefix of the ids of all stacks in a region and account.
std::string stack_id_prefix(std::string_view region, std::string_view account);

class Stacks {
 public:
  // By id; nullptr when there is none.
  const StackPut* find(std::string_view id) const;
  // By name, among the ids that begin with `prefix`.
  const StackPut* find(std::string_view prefix, std::string_view name) const;
  // Ordered by name.
  std::vector<const StackPut*> list(std::string_view prefix) const;
  // The value another stack exports under the name; nullptr when none does.
  const StackOutput* find_export(std::string_view prefix, std::string_view export_name) const;
  // A stack that imports what `exporter` exports under the name; nullptr when none does.
  const StackPut* find_importer(std::string_view prefix, const StackPut& exporter, std::string_view export_name) const;

  void apply(const StackPut& record, log::LogPosition, base::Time);
  void apply(const StackDeleted& record, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);

 private:
  std::map<std::string, StackPut, std::less<>> stacks_;  // by id
};

}  // namespace athanor::stack
