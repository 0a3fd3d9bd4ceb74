// The functions and their configuration. A work.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "function/executor.h"
#include "function/records.h"

namespace athanor::function {

struct Function {
  FunctionPut put;
  std::optional<InvokeConfig> invoke_config;
  std::optional<std::int64_t> reserved_concurrency;
  std::map<std::string, std::string> permissions;  // JSON by Sid
  std::string policy_revision_id;

  FunctionSpec spec() const;

  // As stored in a snapshot.
  static constexpr auto members() {
    return Members{member("put", &Function::put), member("invoke_config", &Function::invoke_config),
                   member("reserved_concurrency", &Function::reserved_concurrency),
                   member("permissions", &Function::permissions),
                   member("policy_revision_id", &Function::policy_revision_id)};
  }
};

class Functions {
 public:
  const Function* find(std::string_view arn) const;
  std::vector<const Function*> list(std::string_view prefix) const;

  void apply(const FunctionPut& record, log::LogPosition, base::Time);
  void apply(const FunctionDeleted& record, log::LogPosition, base::Time);
  void apply(const InvokeConfigPut& record, log::LogPosition, base::Time);
  void apply(const ConcurrencyPut& record, log::LogPosition, base::Time);
  void apply(const PermissionsPut& record, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);

 private:
  Function& existing(std::string_view arn);

  std::map<std::string, Function, std::less<>> functions_;
};

}  // namespace athanor::function
