// Events that ask for a mail.
#pragma once

#include "alchemiser/events/parts.h"
#include "alchemiser/events/producers.h"
#include "sdk/event.h"

namespace athanor::alchemiser {

struct TradingNotificationRequested : sdk::Event<TradingNotificationRequested> {
  static constexpr sdk::EventKind kKind{
      .type = "TradingNotificationRequested", .id_prefix = "trading-notification-", .producers = {kOrchestrator}};
  using Event::Event;
  bool trading_success = false;
  std::string trading_mode;
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  Decimal total_trade_value;  // USD
  JsonValue execution_data = JsonValue::object();
  std::optional<std::string> error_message;
  std::optional<std::string> error_code;
  std::optional<std::string> recipient_override;
  static constexpr auto members() {
    using Self = TradingNotificationRequested;
    return fields(member("trading_success", &Self::trading_success, {.required = true}),
                  member("trading_mode", &Self::trading_mode, {.one_of = "LIVE, PAPER", .required = true}),
                  member("orders_placed", &Self::orders_placed, {.required = true}),
                  member("orders_succeeded", &Self::orders_succeeded, {.required = true}),
                  member("total_trade_value", &Self::total_trade_value, {.required = true}),
                  member("execution_data", &Self::execution_data, {.required = true}),
                  member("error_message", &Self::error_message), member("error_code", &Self::error_code),
                  member("recipient_override", &Self::recipient_override));
  }
};

struct ErrorNotificationRequested : sdk::Event<ErrorNotificationRequested> {
  static constexpr sdk::EventKind kKind{
      .type = "ErrorNotificationRequested", .id_prefix = "error-notification-", .producers = {kErrorHandler}};
  using Event::Event;
  std::string error_severity;
  std::string error_priority;
  std::string error_title;
  std::string error_report;
  std::optional<std::string> error_code;
  std::optional<std::string> recipient_override;
  static constexpr auto members() {
    using Self = ErrorNotificationRequested;
    return fields(
        member("error_severity", &Self::error_severity, {.one_of = "CRITICAL, HIGH, MEDIUM", .required = true}),
        member("error_priority", &Self::error_priority, {.one_of = "URGENT, HIGH, MEDIUM", .required = true}),
        member("error_title", &Self::error_title, {.required = true}),
        member("error_report", &Self::error_report, {.required = true}), member("error_code", &Self::error_code),
        member("recipient_override", &Self::recipient_override));
  }
};

struct SystemNotificationRequested : sdk::Event<SystemNotificationRequested> {
  static constexpr sdk::EventKind kKind{.type = "SystemNotificationRequested",
                                        .id_prefix = "system-notification-",
                                        .producers = {kSystem, kOrchestrator}};
  using Event::Event;
  std::string notification_type;
  std::string subject;
  std::string html_content;
  std::optional<std::string> text_content;
  std::optional<std::string> recipient_override;
  static constexpr auto members() {
    using Self = SystemNotificationRequested;
    return fields(
        member("notification_type", &Self::notification_type, {.one_of = "INFO, WARNING, ALERT", .required = true}),
        member("subject", &Self::subject, {.required = true}),
        member("html_content", &Self::html_content, {.required = true}), member("text_content", &Self::text_content),
        member("recipient_override", &Self::recipient_override));
  }
};

}  // namespace athanor::alchemiser
