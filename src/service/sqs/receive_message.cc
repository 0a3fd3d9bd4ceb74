#include "service/sqs/receive_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/arn.h"
#include "base/planted.h"
#include "observe/counters.h"
#include "queue/limits.h"
#include "service/sqs/digests.h"
#include "service/sqs/message_checks.h"
#include "service/sqs/queue_address.h"

namespace athanor::service::sqs {
namespace {

// Source: the service model, MessageSystemAttributeName.
constexpr std::string_view kSystemAttributes[] = {
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageGroupId",
    "AWSTraceHeader",
    "MessageDeduplicationId",
    "DeadLetterQueueSourceArn",
};

Result<std::vector<std::string>> system_attribute_names(const api::ReceiveMessageRequest& request) {
  std::vector<std::string> names;
  // The older name and the newer one; some clients send both.
  for (const auto* given : {&request.attribute_names, &request.message_system_attribute_names}) {
    if (!*given) continue;
    for (const auto& name : **given) {
      if (std::find(std::begin(kSystemAttributes), std::end(kSystemAttributes), name) == std::end(kSystemAttributes)) {
        return Error{ErrorCode::InvalidAttributeName, fmt::format("Unknown Attribute {}.", name), {}};
      }
      names.push_back(name);
    }
  }
  return names;
}

// `wanted` is a name, "All", ".*", or a prefix and ".*".
bool selects(std::string_view wanted, std::string_view name) {
  if (wanted == "All" || wanted == ".*") return true;
  if (!wanted.ends_with(".*")) return wanted == name;
  return name.starts_with(wanted.substr(0, wanted.size() - 2));
}

std::string millis_text(base::Time time) { return std::to_string(time.time_since_epoch().count()); }

std::map<std::string, std::string> system_attributes(const PreparedReceive& prepared,
                                                     const queue::ReceivedMessage& message,
                                                     const queue::MessageContent& content) {
  std::map<std::string, std::string> chosen;
  const auto show = [&](const std::string& name, std::string value) {
    if (value.empty()) return;
    for (const auto& wanted : prepared.system_attribute_names) {
      if (wanted != "All" && wanted != name) continue;
      chosen.emplace(name, std::move(value));
      return;
    }
  };
  // To the receiver, what Athanor itself handed over comes from the queue's own account.
  show("SenderId",
       content.sender_id.empty() ? std::string{api::parse_arn(prepared.queue_arn)->account} : content.sender_id);
  show("SentTimestamp", millis_text(message.sent));
  show("ApproximateReceiveCount", std::to_string(message.receive_count));
  show("ApproximateFirstReceiveTimestamp", millis_text(message.first_received));
  show("SequenceNumber", message.sequence ? queue::sequence_number(*message.sequence) : std::string{});
  show("MessageGroupId", message.group_id);
  show("MessageDeduplicationId", message.deduplication_id);
  show("AWSTraceHeader", content.trace_header);
  show("DeadLetterQueueSourceArn", message.dead_letter_source_arn);
  return chosen;
}

queue::MessageAttributes message_attributes(const PreparedReceive& prepared, const queue::MessageContent& content) {
  queue::MessageAttributes chosen;
  for (const auto& [name, attribute] : content.attributes) {
    const bool wanted = std::any_of(prepared.message_attribute_names.begin(), prepared.message_attribute_names.end(),
                                    [&](const std::string& pattern) { return selects(pattern, name); });
    if (wanted) chosen.emplace(name, attribute);
  }
  return chosen;
}

api::MessageAttributeValue to_api(const queue::MessageAttribute& attribute) {
  if (attribute.is_binary()) return {std::nullopt, api::Blob{attribute.value}, attribute.data_type};
  return {attribute.value, std::nullopt, attribute.data_type};
}

api::Message to_api(const PreparedReceive& prepared, const queue::ReceivedMessage& message,
                    queue::MessageContent content) {
  api::Message shown{.message_id = message.id.text(),
                     .receipt_handle = message.receipt_handle,
                     .md5_of_body = md5_of_body(content.body)};
  if (auto system = system_attributes(prepared, message, content); !system.empty()) {
    shown.attributes = std::move(system);
  }
  if (const auto chosen = message_attributes(prepared, content); !chosen.empty()) {
    shown.md5_of_message_attributes = md5_of_attributes(chosen);  // over what is shown, so that clients can verify it
    for (const auto& [name, attribute] : chosen) {
      if (!shown.message_attributes) shown.message_attributes.emplace();
      shown.message_attributes->emplace(name, to_api(attribute));
    }
  }
  shown.body = std::move(content.body);
  return shown;
}

}  // namespace

Result<PreparedReceive> prepare_receive_message(const engine::Caller& caller,
                                                const api::ReceiveMessageRequest& request) {
  PreparedReceive prepared;
  if (const auto count = request.max_number_of_messages) {
    if (*count < 1 || *count > std::int64_t{queue::kReceiveCountMax}) {
      return queue::invalid_parameter(std::to_string(*count), "MaxNumberOfMessages",
                                      "Must be between 1 and 10, if provided.");
    }
    prepared.parameters.count_max = static_cast<std::size_t>(*count);
  }
  if (const auto wait = request.wait_time_seconds) {
    if (*wait < 0 || *wait > queue::kReceiveWaitMax.count()) {
      return queue::invalid_parameter(std::to_string(*wait), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
    }
    prepared.wait = std::chrono::seconds{*wait};
  }
  if (const auto timeout = request.visibility_timeout) {
    if (*timeout < 0 || *timeout > queue::kVisibilityTimeoutMax.count()) {
      return queue::invalid_parameter(std::to_string(*timeout), "VisibilityTimeout",
                                      "Must be >= 0 and <= 43200, if provided.");
    }
    prepared.parameters.visibility_timeout = std::chrono::seconds{*timeout};
  }
  ATHANOR_CHECK(check_id(request.receive_request_attempt_id, "ReceiveRequestAttemptId"));
  ATHANOR_TRY(names, system_attribute_names(request));
  prepared.system_attribute_names = std::move(names);
  prepared.message_attribute_names = request.message_attribute_names.value_or(std::vector<std::string>{});
  ATHANOR_TRY(arn, arn_of_url(caller, request.queue_url));
  prepared.queue_arn = std::move(arn);
  return prepared;
}

std::optional<queue::ReceiverId> receive_message(engine::Call& call, const PreparedReceive& prepared, base::Time began,
                                                 engine::Reply<ReceivedMessages> reply) {
  auto& queues = call.works.queues;
  const queue::Queue* const queue = queues.find(prepared.queue_arn);
  if (!queue) {
    reply(queue::queue_not_found());
    return std::nullopt;
  }
  const base::Time deadline = began + prepared.wait.value_or(queue->attributes.receive_wait);
  auto received = queues.receive(prepared.queue_arn, prepared.parameters, call.now, call.journal);
  const bool nothing_yet = received ? received->empty() : received.error().code == ErrorCode::OverLimit;
  if (!nothing_yet || deadline <= call.now) {
    reply(std::move(received));
    return std::nullopt;
  }
  const auto id = call.works.receivers.wait(queues, prepared.queue_arn, prepared.parameters, deadline, reply);
  if (!id) reply(ReceivedMessages{});
  return id;
}

FinishedReceive finish_receive_message(const PreparedReceive& prepared, const ReceivedMessages& received,
                                       const ReadContent& read) {
  FinishedReceive finished;
  auto& messages = finished.response->messages;
  std::optional<Error> first_error;
  std::set<std::string> withheld;  // groups of a FIFO queue
  for (const auto& message : received) {
    if (message.sequence && withheld.contains(message.group_id)) continue;
    auto content = read(message.position, message.origin ? std::string_view{*message.origin} : std::string_view{});
    if (content) {
      if (!messages) messages.emplace();
      messages->push_back(to_api(prepared, message, std::move(*content)));
    } else if (content.error().code == ErrorCode::Lost || base::planted(base::Bug::DiscardUnreadMessage)) {
      finished.lost.push_back(message.receipt_handle);
    } else {
      if (!first_error) first_error = content.error();
      // It may be readable another time (even a damaged file, from a backup), and must then come before those after it.
      if (!base::planted(base::Bug::GiveGroupBehindUnreadMessage)) withheld.insert(message.group_id);
    }
  }
  if (first_error && !messages) finished.response = *std::move(first_error);
  return finished;
}

std::optional<std::string> discard_lost(engine::Call& call, const PreparedReceive& prepared,
                                        const std::vector<std::string>& receipt_handles) {
  const std::size_t count = call.works.queues.discard(prepared.queue_arn, receipt_handles, call.journal);
  if (count == 0) return std::nullopt;
  observe::Counter& lost = call.works.counters.get("athanor_messages_lost_total", {{"queue", prepared.queue_arn}});
  const bool is_told = lost.value() > 0;
  lost.add(count);
  if (is_told) return std::nullopt;
  return fmt::format(
      "Messages in {} are lost, {} so far: what they carried was taken out of the log by a repair. They are deleted "
      "when their turn comes to be received, and counted in athanor_messages_lost_total.",
      prepared.queue_arn, count);
}

}  // namespace athanor::service::sqs
