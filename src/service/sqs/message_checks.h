// What SQS requires of a message in any queue: characters, names, types, sizes. Needs no state: runs on network
// threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/sqs.h"
#include "base/result.h"
#include "queue/content.h"

namespace athanor::service::sqs {

// Whether all characters are among those that XML 1.0, and therefore SQS, allows. False for invalid UTF-8.
bool has_allowed_characters(std::string_view text);
// Whether it may be the value of AWSTraceHeader; its form is not checked.
bool is_trace_header(std::string_view text);

Result<void> check_body(std::string_view body);
// 0..900 s.
Result<void> check_delay(const std::optional<std::int64_t>& delay_seconds);
// A MessageGroupId, MessageDeduplicationId or ReceiveRequestAttemptId, as named by `parameter`.
Result<void> check_id(const std::optional<std::string>& id, std::string_view parameter);

// The attributes as the queue keeps them. At most ten; each of type String, Number or Binary with a matching value.
Result<queue::MessageAttributes> checked_attributes(
    const std::optional<std::map<std::string, api::MessageAttributeValue>>& attributes);
// The value of AWSTraceHeader, the only system attribute that may be sent; empty when it was not sent.
Result<std::string> checked_trace_header(
    const std::optional<std::map<std::string, api::MessageSystemAttributeValue>>& attributes);

}  // namespace athanor::service::sqs
