#include "function/functions.h"

#include "base/assert.h"
#include "base/planted.h"
#include "base/prefix.h"
#include "log/codec.h"

namespace athanor::function {
namespace {

struct Saved {
  std::vector<Function> functions;
  static constexpr auto members() { return Members{member("functions", &Saved::functions)}; }
};

}  // namespace

FunctionSpec Function::spec() const {
  return {.arn = put.arn,
          .name = put.name,
          .region = put.region,
          .account = put.account,
          .runtime = put.runtime,
          .handler = put.handler,
          .code_id = put.code_id,
          .revision_id = put.revision_id,
          .timeout = put.timeout,
          .memory_mb = put.memory_mb,
          .environment = put.environment,
          .reserved_concurrency = reserved_concurrency};
}

const Function* Functions::find(std::string_view arn) const {
  const auto it = functions_.find(arn);
  return it == functions_.end() ? nullptr : &it->second;
}

std::vector<const Function*> Functions::list(std::string_view prefix) const {
  return base::values_with_prefix(functions_, prefix);
}

void Functions::apply(const FunctionPut& record, log::LogPosition, base::Time) { functions_[record.arn].put = record; }
void Functions::apply(const FunctionDeleted& record, log::LogPosition, base::Time) { functions_.erase(record.arn); }

void Functions::apply(const InvokeConfigPut& record, log::LogPosition, base::Time) {
  existing(record.arn).invoke_config = record.config;
}

void Functions::apply(const ConcurrencyPut& record, log::LogPosition, base::Time) {
  existing(record.arn).reserved_concurrency = record.reserved;
}

void Functions::apply(const PermissionsPut& record, log::LogPosition, base::Time) {
  Function& function = existing(record.arn);
  function.permissions = record.statements;
  function.policy_revision_id = record.revision_id;
}

Function& Functions::existing(std::string_view arn) {
  const auto it = functions_.find(arn);
  ATHANOR_ASSERT(it != functions_.end());
  return it->second;
}

void Functions::save(std::string& out) const {
  Saved saved;
  for (const auto& [arn, function] : functions_) saved.functions.push_back(function);
  log::codec::put_struct(out, saved);
}

Result<void> Functions::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (Function& function : saved.functions) {
    if (base::planted(base::Bug::ForgetInvokeConfigInSnapshot)) function.invoke_config.reset();
    std::string arn = function.put.arn;
    functions_.emplace(std::move(arn), std::move(function));
  }
  return {};
}

}  // namespace athanor::function
