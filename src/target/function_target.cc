#include "target/function_target.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "function/version.h"

namespace athanor::target {
namespace {

// `$LATEST` is the only version of a function that is supported.
std::string_view function_of(std::string_view target_arn) {
  if (target_arn.ends_with(function::kLatestQualifier)) target_arn.remove_suffix(function::kLatestQualifier.size());
  return target_arn;
}

}  // namespace

delivery::AttemptResult FunctionTarget::attempt(const delivery::Delivery& delivery, base::Time now) {
  using delivery::Verdict;
  const std::string_view arn = function_of(delivery.target.arn);
  base::Random random{delivery.seed};
  const function::Handover handover{.position = delivery.position,
                                    .origin = delivery.origin,
                                    .request_id = base::random_uuid(random),
                                    .payload_bytes = delivery.body_bytes};
  switch (invocations_.accept(arn, handover, now)) {
    case function::HandoverOutcome::Accepted:
      return {};
    case function::HandoverOutcome::NoSuchFunction:
      return {Verdict::Impossible, "NO_RESOURCE", fmt::format("The function {} does not exist.", arn)};
    case function::HandoverOutcome::TooLarge:
      return {Verdict::Impossible, "INVALID_PARAMETER", "The event is larger than an asynchronous invocation may be."};
    case function::HandoverOutcome::QueueFull:
      return {Verdict::RetryLater, "THROTTLING", fmt::format("Too many invocations wait for {}.", arn)};
  }
  base::assertion_failed("an outcome without a verdict", __FILE__, __LINE__);
}

bool FunctionTarget::is_full(std::string_view target_arn) const {
  return invocations_.is_full(function_of(target_arn));
}

}  // namespace athanor::target
