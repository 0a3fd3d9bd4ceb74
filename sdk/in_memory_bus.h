// A bus inside one process, for tests: publishing runs the handlers, on the publishing thread, before it returns.
//
// With disorder it is as unfriendly as a real bus can be: it delivers in any order, and some events twice.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "sdk/event_bus.h"

namespace athanor::sdk {

class InMemoryBus final : public EventBus {
 public:
  // Takes an event in its envelope, as a function would.
  using Subscriber = std::function<Result<void>(std::string_view envelope)>;

  struct Failure {
    std::string detail_type;
    Error error;
  };

  // `disorder` is borrowed for the life of the bus; nullptr keeps the order of publishing.
  explicit InMemoryBus(SourceNaming naming = {}, base::Random* disorder = nullptr);

  // An empty detail_type takes all events. Subscribers are called in the order in which they subscribed.
  void subscribe(std::string detail_type, Subscriber subscriber);

  // What a handler publishes is queued and delivered before the outermost publish returns. A failed delivery is tried
  // twice more, then it is listed in failures(); publish itself succeeds, as it does on a real bus.
  Result<PublishReceipt> publish_message(const EventMessage& message) override;

  const std::vector<EventMessage>& published() const { return published_; }
  const std::vector<Failure>& failures() const { return failures_; }

 private:
  struct Delivery {
    std::size_t message;     // index into published_
    std::size_t subscriber;  // index into subscribers_
    int attempts = 0;
  };
  struct Subscription {
    std::string detail_type;
    Subscriber subscriber;
  };

  void deliver_all();
  Delivery take_next();

  base::Random* disorder_;
  std::vector<Subscription> subscribers_;
  std::vector<EventMessage> published_;
  std::deque<Delivery> waiting_;
  std::vector<Failure> failures_;
  bool delivering_ = false;
};

}  // namespace athanor::sdk
