#include "sdk/in_memory_bus.h"

#include <utility>

#include "format/json.h"
#include "sdk/envelope.h"

namespace athanor::sdk {
namespace {
constexpr int kAttempts = 3;           // like a function invoked asynchronously: once, and two retries
constexpr std::uint64_t kTwiceIn = 4;  // under disorder, one delivery in so many happens twice
}  // namespace

InMemoryBus::InMemoryBus(SourceNaming naming, base::Random* disorder)
    : EventBus(std::move(naming)), disorder_(disorder) {}

void InMemoryBus::subscribe(std::string detail_type, Subscriber subscriber) {
  subscribers_.push_back({std::move(detail_type), std::move(subscriber)});
}

Result<PublishReceipt> InMemoryBus::publish_message(const EventMessage& message) {
  ATHANOR_CHECK(check_utf8(message));
  if (!format::is_valid_json_object(message.detail)) return invalid_input("Detail is malformed.");
  published_.push_back(message);
  const std::size_t index = published_.size() - 1;
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    if (!subscribers_[i].detail_type.empty() && subscribers_[i].detail_type != message.detail_type) continue;
    waiting_.push_back({index, i});
    if (disorder_ != nullptr && disorder_->one_in(kTwiceIn)) waiting_.push_back({index, i});
  }
  if (!delivering_) {
    delivering_ = true;
    deliver_all();
    delivering_ = false;
  }
  return PublishReceipt{"event-" + std::to_string(index + 1)};
}

void InMemoryBus::deliver_all() {
  while (!waiting_.empty()) {
    Delivery delivery = take_next();
    const EventMessage message = published_[delivery.message];  // a copy: handlers publish, and the vector grows
    const EnvelopeFields fields{.id = "event-" + std::to_string(delivery.message + 1),
                                .detail_type = message.detail_type,
                                .source = message.source,
                                .account = "123456789012",
                                .time = message.time,
                                .region = "us-east-1",
                                .resources = message.resources};
    auto result = subscribers_[delivery.subscriber].subscriber(write_envelope(fields, message.detail));
    if (result) continue;
    if (++delivery.attempts < kAttempts) {
      waiting_.push_back(delivery);
    } else {
      failures_.push_back({message.detail_type, std::move(result).error()});
    }
  }
}

InMemoryBus::Delivery InMemoryBus::take_next() {
  if (disorder_ != nullptr) std::swap(waiting_.front(), waiting_[disorder_->below(waiting_.size())]);
  const Delivery next = waiting_.front();
  waiting_.pop_front();
  return next;
}

}  // namespace athanor::sdk
