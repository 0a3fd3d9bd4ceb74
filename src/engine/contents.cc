#include "engine/contents.h"

#include "base/planted.h"
#include "base/text.h"
#include "delivery/origin.h"
#include "format/json.h"
#include "function/records.h"
#include "function/version.h"
#include "log/codec.h"
#include "log/read_failure.h"
#include "log/records_lost.h"
#include "queue/records.h"

namespace athanor::engine {
namespace {

using format::JsonValue;

// Whether there is an answer of the function to report: there is none if it never ran, its event too old or its
// reserved concurrency 0. If it was deleted, that takes the place of an answer.
bool has_response(const delivery::FailedInvocation& failed) {
  return failed.attempts > 0 || failed.condition == "RetriesExhausted";
}

// The HTTP status of the last attempt; that of one in which the function ran is 200. Source: Lambda Developer Guide,
// "dead-letter queues". Our choice where it never ran: what Invoke answers if it is busy or may not run, or is deleted.
int status_of(const delivery::FailedInvocation& failed) {
  if (failed.attempts > 0) return 200;
  return has_response(failed) ? 404 : 429;
}

// What Lambda sends to a destination.
std::string destination_record(const delivery::FailedInvocation& failed, std::string_view payload) {
  const auto text = [](std::string_view t) { return JsonValue::of(t); };
  const auto request = format::parse_json(payload);
  JsonValue record = JsonValue::object(
      {{"version", text("1.0")},
       {"timestamp", text(base::to_iso8601_millis(failed.time))},
       {"requestContext", JsonValue::object({{"requestId", text(failed.request_id)},
                                             {"functionArn", text(function::latest_arn(failed.function_arn))},
                                             {"condition", text(failed.condition)},
                                             {"approximateInvokeCount", JsonValue::of(failed.attempts)}})},
       {"requestPayload", request ? *request : text(payload)}});
  if (has_response(failed)) {
    const auto response = format::parse_json(failed.error_message);
    record.set("responseContext", JsonValue::object({{"statusCode", JsonValue::of(status_of(failed))},
                                                     {"executedVersion", text(function::kLatest)},
                                                     {"functionError", text("Unhandled")}}));
    record.set("responsePayload", response ? *response : text(failed.error_message));
  }
  return format::print_json(record);
}

// Lost records cannot be read; where the first of them was, there is now the record that says so.
Result<log::Record> read_record(const log::Log& log, log::LogPosition position) {
  auto record = log.read(position);
  if (!record && base::planted(base::Bug::MissingRecordIsMissingQueue)) return record;
  if (!record) return log::read_failure(std::move(record).error());
  if (record->type == log::RecordsLost::kType)
    return Error{ErrorCode::Lost, "A record of the log was damaged, and taken out by a repair.", {}};
  return record;
}

Result<std::string> payload_of(const log::Record& record, const delivery::Origin& origin) {
  if (record.type == function::InvokeRequested::kType) {
    ATHANOR_TRY(invoke, log::decode<function::InvokeRequested>(record.payload));
    return std::move(invoke.payload);
  }
  ATHANOR_TRY(rendered, delivery::render(record, origin));
  return std::move(rendered.body);
}

// Adds what a function said about its failure to what else is known of it. Where a repair took that out of the log, the
// message itself is still whole.
template <class Failure>
Result<void> add_error_message(const log::Log& log, std::optional<Failure>& failure) {
  if (!failure || !failure->failed_at) return {};
  const auto record = read_record(log, *failure->failed_at);
  if (!record && record.error().code != ErrorCode::Lost) return record.error();
  if (!record) {
    failure->error_message = "What the function said of its failure was lost with a damaged part of the log.";
    return {};
  }
  ATHANOR_TRY(failed, log::decode<function::InvocationFailed>(record->payload));
  failure->error_message = std::move(failed.error_message);
  return {};
}

// What a function says about its failure, at most 1 KB; the answer itself if it is not in the form of Lambda's
// runtimes.
// Source: Lambda developer guide, "dead-letter queues".
std::string error_message(const std::string& payload) {
  const auto error = format::parse_json(payload);
  const auto message = error ? error->text_at("errorMessage") : std::nullopt;
  return std::string{base::utf8_beginning(message.value_or(payload), 1'024)};
}

}  // namespace

Result<queue::MessageContent> read_message(const log::Log& log, log::LogPosition position,
                                           std::string_view origin_bytes) {
  ATHANOR_TRY(record, read_record(log, position));
  if (origin_bytes.empty()) {
    ATHANOR_TRY(sent, log::decode<queue::MessageSent>(record.payload));
    return queue::content_of(std::move(sent));
  }
  ATHANOR_TRY(origin, log::decode<delivery::Origin>(origin_bytes));
  ATHANOR_CHECK(add_error_message(log, origin.failed_invocation));
  ATHANOR_CHECK(add_error_message(log, origin.dead_letter));
  queue::MessageContent content;
  if (origin.failed_invocation) {
    const delivery::FailedInvocation& failed = *origin.failed_invocation;
    ATHANOR_TRY(payload, payload_of(record, origin));
    if (failed.as_destination) {
      content.body = destination_record(failed, payload);
    } else {
      content.body = std::move(payload);
      content.attributes = {{"RequestID", {"String", failed.request_id}},
                            {"ErrorCode", {"Number", std::to_string(status_of(failed))}},
                            {"ErrorMessage", {"String", error_message(failed.error_message)}}};
    }
  } else {
    ATHANOR_TRY(rendered, delivery::render(record, origin));
    content.body = std::move(rendered.body);
    for (auto& [name, value] : rendered.attributes) content.attributes[name] = {"String", std::move(value)};
  }
  // SQS has no attributes without a value: a function that said nothing gets no ErrorMessage.
  std::erase_if(content.attributes, [](const auto& attribute) { return attribute.second.value.empty(); });
  return content;
}

Result<std::string> read_payload(const log::Log& log, log::LogPosition position, std::string_view origin_bytes) {
  ATHANOR_TRY(record, read_record(log, position));
  ATHANOR_TRY(origin, log::decode<delivery::Origin>(origin_bytes));
  return payload_of(record, origin);
}

}  // namespace athanor::engine
