#include "alchemiser/steps/mail.h"

#include <algorithm>

namespace athanor::alchemiser {
namespace {

std::string tag(const std::optional<std::string>& text) { return text ? "[" + *text + "]" : std::string{}; }

std::string text_at(const JsonValue& json, std::string_view key, std::string_view otherwise) {
  const JsonValue* value = json.find(key);
  return value != nullptr && !value->text.empty() ? value->text : std::string(otherwise);
}

// Replaces line ends and other control characters by spaces: text after a line end would be a header of its own.
std::string header_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// "BUY MSFT 12.5 shares at 26.79 USD", or why not.
std::string order_line(const JsonValue& order) {
  const JsonValue* success = order.find("success");
  std::string line = "  " + text_at(order, "action", "?") + " " + text_at(order, "symbol", "?") + "  " +
                     text_at(order, "shares", "?") + " shares at " + text_at(order, "price", "-") + " USD";
  if (success == nullptr || !success->boolean)
    line += "  FAILED: " + text_at(order, "error_message", "no reason given");
  return line + "\n";
}

std::string orders_part(const JsonValue& execution) {
  const JsonValue* orders = execution.find("orders_executed");
  if (orders == nullptr || orders->items.empty()) return "No orders were needed.\n";
  std::string part = "Orders\n";
  for (const auto& order : orders->items) part += order_line(order);
  return part;
}

std::string weights_part(const JsonValue& execution) {
  const JsonValue* portfolio = execution.find("consolidated_portfolio");
  const JsonValue* weights = portfolio == nullptr ? nullptr : portfolio->find("target_allocations");
  if (weights == nullptr || weights->members.empty()) return {};
  std::string part = "\nTarget weights\n";
  for (const auto& [symbol, weight] : weights->members) part += "  " + symbol + "  " + weight.text + "\n";
  return part;
}

std::string signals_part(const JsonValue& execution) {
  const JsonValue* signals = execution.find("strategy_signals");
  if (signals == nullptr || signals->members.empty()) return {};
  std::string part = "\nSignals\n";
  for (const auto& [engine, signal] : signals->members) {
    part += "  " + engine + ": " + text_at(signal, "action", "?") + ", " +
            text_at(signal, "reasoning", "no reason given") + "\n";
  }
  return part;
}

}  // namespace

std::string text_of(const Mail& mail) {
  return "To: " + header_line(mail.recipient.empty() ? "the team" : mail.recipient) +
         "\nSubject: " + header_line(mail.subject) + "\n\n" + mail.body;
}

Mail mail_of(const TradingNotificationRequested& event) {
  Mail mail{.recipient = event.recipient_override.value_or(""), .subject = {}, .body = {}};
  mail.subject = (event.trading_success ? "[SUCCESS]" : "[FAILURE]" + tag(event.error_code)) + " The Alchemiser - " +
                 event.trading_mode + " Trading Report";
  mail.body = "Run " + event.correlation_id() + "\n" + std::to_string(event.orders_succeeded) + " of " +
              std::to_string(event.orders_placed) + " orders succeeded, " +
              event.total_trade_value.rounded(2, sdk::Rounding::HalfUp).to_string() + " USD traded.\n";
  if (event.error_message) mail.body += "Failure: " + *event.error_message + "\n";
  mail.body += "\n" + orders_part(event.execution_data) + weights_part(event.execution_data) +
               signals_part(event.execution_data);
  return mail;
}

Mail mail_of(const ErrorNotificationRequested& event) {
  return {.recipient = event.recipient_override.value_or(""),
          .subject = "[FAILURE][" + event.error_priority + "]" + tag(event.error_code) + " The Alchemiser - " +
                     event.error_severity + " Error Report",
          .body = event.error_title + "\nRun " + event.correlation_id() + "\n\n" + event.error_report + "\n"};
}

Mail mail_of(const SystemNotificationRequested& event) {
  return {.recipient = event.recipient_override.value_or(""),
          .subject = event.subject,
          .body = event.text_content.value_or(event.html_content)};
}

}  // namespace athanor::alchemiser
