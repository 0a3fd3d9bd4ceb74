// Functions as targets: invoked asynchronously, as EventBridge does. An ARN with a qualifier other than `$LATEST` names
// no function: versions and aliases are not supported. function/invocations.h handles what follows when a function
// fails.
#pragma once

#include "delivery/target.h"
#include "function/invocations.h"

namespace athanor::target {

class FunctionTarget final : public delivery::TargetKind {
 public:
  explicit FunctionTarget(function::Invocations& invocations) : invocations_(invocations) {}

  bool takes(std::string_view target_arn) const override { return target_arn.starts_with("arn:aws:lambda:"); }
  delivery::AttemptResult attempt(const delivery::Delivery& delivery, base::Time now) override;
  bool is_full(std::string_view target_arn) const override;

 private:
  function::Invocations& invocations_;
};

}  // namespace athanor::target
