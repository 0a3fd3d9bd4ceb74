// Queue names, URLs and ARNs: three ways to name the same queue.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::sqs {

// "arn:aws:sqs:us-east-1:123456789012:" for the caller's account and region.
std::string arn_prefix(const engine::Caller& caller);
std::string arn_prefix(const engine::Caller& caller, std::string_view account);

// The ARN that a QueueUrl means. Any scheme, host and leading path will do: clients reach one server under many names,
// so the last two segments (account and name) decide. A name alone means one of the caller's own queues. NotFound when
// it is neither. Source of the name alone: AWS SDK for JavaScript, supplemental docs, SQS ("useQueueUrlAsEndpoint").
Result<std::string> arn_of_url(const engine::Caller& caller, std::string_view queue_url);

// "http://127.0.0.1:4566/123456789012/orders", at the endpoint that the caller used.
std::string url_of_arn(const engine::Caller& caller, std::string_view queue_arn);

}  // namespace athanor::service::sqs
