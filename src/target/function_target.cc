#include "target/function_target.h"

#include <fmt/format.h>

#include "base/text.h"

namespace athanor::target {
namespace {

constexpr std::string_view kLatest = ":$LATEST";  // what is served of a function's versions

}  // namespace

delivery::AttemptResult FunctionTarget::attempt(const delivery::Delivery& delivery, base::Time now) {
  using delivery::Verdict;
  std::string_view arn = delivery.target.arn;
  if (arn.ends_with(kLatest)) arn.remove_suffix(kLatest.size());
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
