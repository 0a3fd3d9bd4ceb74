#include "sdk/aws_client.h"

#include <memory>

#include "api/utf8.h"
#include "auth/sigv4.h"
#include "wire/protocol.h"

namespace athanor::sdk {

AwsClient::AwsClient(AwsSettings settings, RetryLimits retries, Surroundings surroundings, Send send)
    : settings_(std::move(settings)),
      retries_(retries),
      surroundings_(std::move(surroundings)),
      send_(std::move(send)) {}

Result<void> AwsClient::exchange(const api::OperationInfo& operation, const api::Shape& request_shape,
                                 const void* request, const api::Shape& response_shape, void* response) {
  Backoff backoff{retries_, surroundings_};
  for (;;) {
    auto result = exchange_once(operation, request_shape, request, response_shape, response);
    if (result || !is_retryable(result.error()) || !backoff.wait()) return result;
  }
}

Result<void> AwsClient::exchange_once(const api::OperationInfo& operation, const api::Shape& request_shape,
                                      const void* request, const api::Shape& response_shape, void* response) {
  ATHANOR_CHECK(api::check_utf8(request_shape, request));
  ATHANOR_TRY(endpoint, http::parse_endpoint(settings_.endpoint_of(operation.service)));
  http::Request message = wire::encode_request(operation, request_shape, request);
  message.headers.push_back({"Host", endpoint.authority()});
  auth::sign(message, settings_.credentials, {.region = settings_.region, .service = std::string(operation.service)},
             surroundings_.clock.now());
  ATHANOR_TRY(answer, send_(endpoint, message));
  auto decoded = wire::decode_response(operation, answer, response_shape, response);
  if (decoded || is_retryable(decoded.error())) return decoded;
  Error error = std::move(decoded).error();
  if (answer.status < 300) error.message = endpoint.url() + ": " + error.message;
  // A proxy's page, or an error name we do not know: the status says that it may be temporary.
  if (answer.status == 429) error.code = ErrorCode::Throttled;
  if (answer.status >= 500 || answer.status == 408) error.code = ErrorCode::Unavailable;
  return error;
}

Send send_over_network(http::Client::Settings settings) {
  auto client = std::make_shared<http::Client>(std::move(settings));
  return [client](const http::Endpoint& endpoint, const http::Request& request) {
    return client->send(endpoint, request);
  };
}

}  // namespace athanor::sdk
