#include "cli/dead_letter.h"

#include <fmt/format.h>

#include "api/arn.h"
#include "base/text.h"
#include "format/json.h"

namespace athanor::cli {
namespace {

std::string attribute(const api::Message& message, const std::string& name) {
  if (!message.message_attributes) return {};
  const auto found = message.message_attributes->find(name);
  return found == message.message_attributes->end() ? std::string{} : found->second.string_value.value_or("");
}

std::string system_attribute(const api::Message& message, const std::string& name) {
  if (!message.attributes) return {};
  const auto found = message.attributes->find(name);
  return found == message.attributes->end() ? std::string{} : found->second;
}

std::string text_at(const format::JsonValue* object, std::string_view key) {
  const auto* value = object == nullptr ? nullptr : object->find(key);
  return value == nullptr ? std::string{} : value->text;
}

// The last member of that name, byte for byte as received; empty when there is none.
std::string_view text_of_member(std::string_view object, std::string_view name) {
  format::JsonCursor cursor{object};
  std::string_view found;
  if (cursor.kind() != format::JsonKind::Object) return found;
  cursor.enter_object();
  for (std::string_view key; cursor.next_member(key);) {
    const std::string_view value = cursor.take_raw();
    if (cursor.unescape(key) == name) found = value;
  }
  return found;
}

std::optional<api::PutEventsRequestEntry> event_in(const format::JsonValue& body, std::string_view text) {
  const auto* source = body.find("source");
  const auto* detail_type = body.find("detail-type");
  const auto* detail = body.find("detail");
  if (source == nullptr || detail_type == nullptr || detail == nullptr || !detail->is_object()) return std::nullopt;
  api::PutEventsRequestEntry entry;
  entry.source = source->text;
  entry.detail_type = detail_type->text;
  entry.detail = text_of_member(text, "detail");
  if (const auto* time = body.find("time")) entry.time = base::from_iso8601(time->text);
  if (const auto* resources = body.find("resources"); resources != nullptr && !resources->items.empty()) {
    entry.resources.emplace();
    for (const auto& item : resources->items) entry.resources->push_back(item.text);
  }
  return entry;
}

// The record that Lambda sends to a function's on-failure destination: everything we report is in its body.
// Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
void read_destination_record(const format::JsonValue& record, std::string_view text, DeadLetter& letter) {
  const auto* context = record.find("requestContext");
  const auto* payload = record.find("requestPayload");
  if (context == nullptr || payload == nullptr) return;
  letter.function_arn = text_at(context, "functionArn");
  if (const auto arn = api::parse_arn(letter.function_arn)) {
    const auto name_end = arn->resource.find(':', std::string_view{"function:"}.size());
    letter.function_arn = api::make_arn(arn->service, arn->region, arn->account, arn->resource.substr(0, name_end));
  }
  letter.function_payload = text_of_member(text, "requestPayload");
  letter.target_arn = letter.function_arn;
  const auto* response = record.find("responsePayload");
  letter.error_code = text_at(response, "errorType");
  letter.error_message = text_at(response, "errorMessage");
  letter.exhausted_retry_condition = text_at(context, "condition");
  if (letter.error_code.empty()) letter.error_code = letter.exhausted_retry_condition;
  const auto* count = context->find("approximateInvokeCount");
  const auto attempts = count == nullptr ? std::nullopt : base::to_int(count->text);
  if (attempts && *attempts > 0) letter.retry_attempts = std::to_string(*attempts - 1);
  letter.event = event_in(*payload, letter.function_payload);
  letter.replay_name = text_at(payload, "replay-name");
}

}  // namespace

RuleOfArn rule_of_arn(std::string_view arn) {
  const auto parsed = api::parse_arn(arn);
  if (!parsed || !parsed->resource.starts_with("rule/")) return {};
  const auto rest = parsed->resource.substr(5);
  const auto slash = rest.rfind('/');  // a partner bus has slashes in its name, a rule never
  const std::string_view bus = slash == std::string_view::npos ? std::string_view{"default"} : rest.substr(0, slash);
  return {.bus_arn = api::make_arn("events", parsed->region, parsed->account, fmt::format("event-bus/{}", bus)),
          .bus_name = std::string{bus},
          .rule_name = std::string{slash == std::string_view::npos ? rest : rest.substr(slash + 1)}};
}

DeadLetter read_dead_letter(const api::Message& message) {
  DeadLetter letter;
  letter.message_id = message.message_id.value_or("");
  letter.receipt_handle = message.receipt_handle.value_or("");
  letter.rule = rule_of_arn(attribute(message, "RULE_ARN"));
  letter.target_arn = attribute(message, "TARGET_ARN");
  letter.error_code = attribute(message, "ERROR_CODE");
  letter.error_message = attribute(message, "ERROR_MESSAGE");
  // The function's whole answer: its type is already the error code.
  if (const auto answer = format::parse_json(letter.error_message)) {
    if (auto said = text_at(&*answer, "errorMessage"); !said.empty()) letter.error_message = std::move(said);
  }
  if (letter.error_code.empty()) {  // from a function's dead-letter queue, which says no more
    letter.error_code = attribute(message, "ErrorCode");
    letter.error_message = attribute(message, "ErrorMessage");
  }
  letter.retry_attempts = attribute(message, "RETRY_ATTEMPTS");
  letter.exhausted_retry_condition = attribute(message, "EXHAUSTED_RETRY_CONDITION");
  const std::string text = message.body.value_or("");
  if (const auto body = format::parse_json(text)) {
    letter.event = event_in(*body, text);
    letter.replay_name = text_at(&*body, "replay-name");
    letter.event_id = text_at(&*body, "id");
    read_destination_record(*body, text, letter);
  }
  const std::string queue = system_attribute(message, "DeadLetterQueueSourceArn");
  letter.is_of_queue = letter.error_code.empty() && !queue.empty();
  if (letter.is_of_queue) {
    letter.target_arn = queue;
    letter.error_code = "received too often";
  }
  if (letter.event && !letter.rule.bus_arn.empty()) letter.event->event_bus_name = letter.rule.bus_arn;
  return letter;
}

}  // namespace athanor::cli
