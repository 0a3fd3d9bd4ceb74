#include "target/function_target.h"

#include <fmt/format.h>

#include <algorithm>

namespace athanor::target {
namespace {

// "arn:...:function:NAME:ALIAS" to the function's own ARN.
std::string_view without_qualifier(std::string_view arn) {
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME has six colons.
  if (std::count(arn.begin(), arn.end(), ':') <= 6) return arn;
  return arn.substr(0, arn.rfind(':'));
}

}  // namespace

delivery::AttemptResult FunctionTarget::attempt(const delivery::Delivery& delivery, base::Time now) {
  using delivery::Verdict;
  const std::string_view arn = without_qualifier(delivery.target.arn);
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
  return {Verdict::Impossible, "UNKNOWN", {}};
}

}  // namespace athanor::target
