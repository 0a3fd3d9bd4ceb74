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

std::optional<api::PutEventsRequestEntry> event_in(std::string_view body) {
  const auto parsed = format::parse_json(body);
  if (!parsed) return std::nullopt;
  const auto* source = parsed->find("source");
  const auto* detail_type = parsed->find("detail-type");
  const auto* detail = parsed->find("detail");
  if (source == nullptr || detail_type == nullptr || detail == nullptr || !detail->is_object()) return std::nullopt;
  api::PutEventsRequestEntry entry;
  entry.source = source->text;
  entry.detail_type = detail_type->text;
  entry.detail = format::print_json(*detail);
  if (const auto* time = parsed->find("time")) entry.time = base::from_iso8601(time->text);
  if (const auto* resources = parsed->find("resources"); resources != nullptr && !resources->items.empty()) {
    entry.resources.emplace();
    for (const auto& item : resources->items) entry.resources->push_back(item.text);
  }
  return entry;
}

}  // namespace

RuleOfArn rule_of_arn(std::string_view arn) {
  const auto parsed = api::parse_arn(arn);
  if (!parsed || !parsed->resource.starts_with("rule/")) return {};
  const auto rest = parsed->resource.substr(5);
  const auto slash = rest.rfind('/');  // a partner's bus has slashes in its name, a rule has none
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
  letter.retry_attempts = attribute(message, "RETRY_ATTEMPTS");
  letter.exhausted_retry_condition = attribute(message, "EXHAUSTED_RETRY_CONDITION");
  letter.event = event_in(message.body.value_or(""));
  if (letter.event && !letter.rule.bus_arn.empty()) letter.event->event_bus_name = letter.rule.bus_arn;
  return letter;
}

}  // namespace athanor::cli
