#include "delivery/origin.h"

#include <fmt/format.h>

#include "bus/event.h"
#include "delivery/input_transformer.h"
#include "log/codec.h"

namespace athanor::delivery {

Result<Rendered> render(const log::Record& record, const Origin& origin) {
  if (record.type != bus::EventAccepted::kType) {
    return corrupt("The body of a message cannot be found.", fmt::format("no event at {}", record.position.value));
  }
  ATHANOR_TRY(event, log::decode<bus::EventAccepted>(record.payload));
  if (!origin.dead_letter) {
    ATHANOR_TRY(body, transform_input(origin.target, event, origin.replay_name, record.time));
    return Rendered{std::move(body), {}};
  }
  const DeadLetterReason& reason = *origin.dead_letter;
  Rendered letter{bus::event_text(event, origin.replay_name), {}};
  letter.attributes = {{"RULE_ARN", origin.target.rule_arn},
                       {"TARGET_ARN", origin.target.arn},
                       {"ERROR_CODE", reason.error_code},
                       {"ERROR_MESSAGE", reason.error_message},
                       {"RETRY_ATTEMPTS", fmt::format("{}", reason.retry_attempts)}};
  if (!reason.exhausted_retry_condition.empty()) {
    letter.attributes["EXHAUSTED_RETRY_CONDITION"] = reason.exhausted_retry_condition;
  }
  return letter;
}

}  // namespace athanor::delivery
