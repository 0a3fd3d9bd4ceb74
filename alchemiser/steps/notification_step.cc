#include "alchemiser/steps/mail.h"
#include "alchemiser/steps/steps.h"

namespace athanor::alchemiser {
namespace {

// The mail is on disk, once per event, when the delivery is answered. A mail server would take it from there.
template <sdk::EventType T>
Result<void> write_mail(Records& mails, const sdk::Envelope<T>& event, const sdk::Context& context) {
  const std::string& id = event.detail.event_id();
  if (id.find('/') != id.npos) return invalid_input("'" + id + "' cannot name a mail.");  // it would be in a group
  Mail mail = mail_of(event.detail);
  ATHANOR_CHECK(mails.record_once(id, text_of(mail)));
  context.log("mail: " + mail.subject);
  return {};
}

}  // namespace

sdk::EventHandlers notification_handlers(Records& mails) {
  sdk::EventHandlers handlers;
  const auto write = [&mails](const auto& event, const sdk::Context& context) {
    return write_mail(mails, event, context);
  };
  handlers.on<TradingNotificationRequested>(write);
  handlers.on<ErrorNotificationRequested>(write);
  handlers.on<SystemNotificationRequested>(write);
  return handlers;
}

}  // namespace athanor::alchemiser
