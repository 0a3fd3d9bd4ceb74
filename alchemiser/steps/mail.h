// The mails that events ask for, as text.
#pragma once

#include <string>

#include "alchemiser/events/notifications.h"

namespace athanor::alchemiser {

struct Mail {
  std::string recipient;  // empty: the configured one
  std::string subject;
  std::string body;
};

// "[SUCCESS] The Alchemiser - PAPER Trading Report", "[FAILURE][code] The Alchemiser - LIVE Trading Report".
Mail mail_of(const TradingNotificationRequested& event);
// "[FAILURE][URGENT][code] The Alchemiser - CRITICAL Error Report".
Mail mail_of(const ErrorNotificationRequested& event);
Mail mail_of(const SystemNotificationRequested& event);

// The mail as a file: two header lines, an empty line, the body. Event text in a header stays on its line.
std::string text_of(const Mail& mail);

}  // namespace athanor::alchemiser
