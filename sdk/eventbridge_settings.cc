#include "sdk/eventbridge_settings.h"

#include <algorithm>

#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::sdk {
namespace {

struct TextSetting {
  std::string_view variable;
  std::string EventBridgeSettings::* value;
  std::size_t length_max;
  std::string_view punctuation;  // allowed beside letters and digits
};

struct NumberSetting {
  std::string_view variable;
  std::int64_t EventBridgeSettings::* value;
  std::int64_t min;
  std::int64_t max;
};

// Bounds: EventBridge API Reference: EventBusName (a name, or an ARN), RetryPolicy, CreateArchive.
constexpr TextSetting kTexts[] = {
    {"EVENTBRIDGE__EVENT_BUS_NAME", &EventBridgeSettings::event_bus_name, 1'600, "-_./:"},
    {"EVENTBRIDGE__SOURCE_PREFIX", &EventBridgeSettings::source_prefix, 128, "-_."},
};
constexpr NumberSetting kNumbers[] = {
    {"EVENTBRIDGE__MAX_RETRY_ATTEMPTS", &EventBridgeSettings::max_retry_attempts, 0, 185},
    {"EVENTBRIDGE__MAX_EVENT_AGE_SECONDS", &EventBridgeSettings::max_event_age_seconds, 60, 86'400},
    {"EVENTBRIDGE__ARCHIVE_RETENTION_DAYS", &EventBridgeSettings::archive_retention_days, 0, 2'147'483'647},
};

bool is_name(std::string_view text, std::string_view punctuation) {
  return std::ranges::all_of(text, [&](char c) { return base::is_alphanumeric_ascii(c) || punctuation.contains(c); });
}

}  // namespace

Result<EventBridgeSettings> read_eventbridge_settings(const Environment& environment) {
  EventBridgeSettings settings;
  for (const auto& text : kTexts) {
    const auto value = environment(text.variable);
    if (!value) continue;
    if (value->empty() || value->size() > text.length_max || !is_name(*value, text.punctuation)) {
      return invalid_input(std::string(text.variable) + " is '" + *value + "': it must be 1 to " +
                           std::to_string(text.length_max) + " letters, digits and " + std::string(text.punctuation));
    }
    settings.*(text.value) = *value;
  }
  for (const auto& number : kNumbers) {
    const auto value = environment(number.variable);
    if (!value) continue;
    const auto parsed = base::to_int(*value);
    if (!parsed || *parsed < number.min || *parsed > number.max) {
      return invalid_input(std::string(number.variable) + " is '" + *value + "': it must be a whole number from " +
                           std::to_string(number.min) + " to " + std::to_string(number.max) + ".");
    }
    settings.*(number.value) = *parsed;
  }
  return settings;
}

}  // namespace athanor::sdk
