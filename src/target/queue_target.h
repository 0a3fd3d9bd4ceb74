// Queues as targets, and as dead-letter queues.
#pragma once

#include "delivery/target.h"
#include "queue/queues.h"

namespace athanor::target {

class QueueTarget final : public delivery::TargetKind, public delivery::DeadLetterSink {
 public:
  explicit QueueTarget(queue::Queues& queues) : queues_(queues) {}

  bool takes(std::string_view target_arn) const override { return target_arn.starts_with("arn:aws:sqs:"); }
  delivery::AttemptResult attempt(const delivery::Delivery& delivery, base::Time now) override;
  bool send(std::string_view queue_arn, const delivery::Delivery& delivery, base::Time now) override;

 private:
  queue::Queues& queues_;
};

}  // namespace athanor::target
