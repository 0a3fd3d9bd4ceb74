// Any operation that `api/` describes, called over HTTP: Athanor and Amazon alike.
//
//   auto queues = client.call<api::ListQueues>({});
#pragma once

#include <functional>

#include "api/operation.h"
#include "api/shape.h"
#include "base/result.h"
#include "http/client.h"
#include "http/message.h"
#include "sdk/aws_settings.h"
#include "sdk/backoff.h"

namespace athanor::sdk {

// The way to the network: http::Client's, or a test's.
using Send = std::function<Result<http::Response>(const http::Endpoint& endpoint, const http::Request& request)>;

// For one thread at a time, like what `Surroundings` refers to. A retried request may already have been carried out:
// docs/sdk.md.
class AwsClient {
 public:
  // `surroundings` is copied, what it refers to is borrowed.
  AwsClient(AwsSettings settings, RetryLimits retries, Surroundings surroundings, Send send);

  // Signs, sends, and waits for the answer; retries what is_retryable. Blocks. An error from the service begins with
  // AWS's name for it: "ResourceNotFoundException: Event bus x does not exist." InvalidInput for a string that is not
  // UTF-8: it would arrive as a different one.
  template <class Operation>
  Result<typename Operation::Response> call(const typename Operation::Request& request) {
    typename Operation::Response response;
    ATHANOR_CHECK(exchange(Operation::info, api::shape_of<typename Operation::Request>(), &request,
                           api::shape_of<typename Operation::Response>(), &response));
    return response;
  }

  // The same, without retries.
  template <class Operation>
  Result<typename Operation::Response> call_once(const typename Operation::Request& request) {
    typename Operation::Response response;
    ATHANOR_CHECK(exchange_once(Operation::info, api::shape_of<typename Operation::Request>(), &request,
                                api::shape_of<typename Operation::Response>(), &response));
    return response;
  }

  const AwsSettings& settings() const { return settings_; }
  Surroundings& surroundings() { return surroundings_; }

 private:
  Result<void> exchange(const api::OperationInfo& operation, const api::Shape& request_shape, const void* request,
                        const api::Shape& response_shape, void* response);
  Result<void> exchange_once(const api::OperationInfo& operation, const api::Shape& request_shape, const void* request,
                             const api::Shape& response_shape, void* response);

  AwsSettings settings_;
  RetryLimits retries_;
  Surroundings surroundings_;
  Send send_;
};

// Sends over sockets. Any thread.
Send send_over_network(http::Client::Settings settings = {});

}  // namespace athanor::sdk
