// The queue to which a rule of the template sends the events that the driver waits for.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sdk/aws_client.h"

namespace athanor::alchemiser {

class ProgressQueue {
 public:
  struct Message {
    std::string body;  // an event in its envelope
    std::string receipt_handle;
  };
  virtual ~ProgressQueue() = default;
  // Waits up to `wait` for messages; empty when none arrive.
  virtual Result<std::vector<Message>> receive(base::Duration wait) = 0;
  virtual Result<void> forget(const std::vector<Message>& messages) = 0;
};

// An SQS queue, by name. Borrows `client`.
class SqsProgressQueue final : public ProgressQueue {
 public:
  static Result<SqsProgressQueue> find(sdk::AwsClient& client, const std::string& name);
  Result<std::vector<Message>> receive(base::Duration wait) override;
  Result<void> forget(const std::vector<Message>& messages) override;

 private:
  SqsProgressQueue(sdk::AwsClient& client, std::string url) : client_(&client), url_(std::move(url)) {}
  sdk::AwsClient* client_;
  std::string url_;
};

// About how many messages are waiting in a queue.
Result<std::int64_t> count_messages(sdk::AwsClient& client, const std::string& queue_name);

}  // namespace athanor::alchemiser
