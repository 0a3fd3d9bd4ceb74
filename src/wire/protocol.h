// Requests and responses on the wire: decoding and encoding for the server, and the mirror for clients.
#pragma once

#include <string_view>

#include "api/operation.h"
#include "api/shape.h"
#include "base/result.h"
#include "http/message.h"
#include "wire/call.h"

namespace athanor::wire {

// Server: fills `object` from the request and checks every constraint. Errors are meant for the caller.
Result<void> decode_request(const Recognised& recognised, const api::OperationInfo& operation,
                            const http::Request& request, const api::Shape& shape, void* object);
http::Response encode_response(const Recognised& recognised, const api::OperationInfo& operation,
                               const api::Shape& shape, const void* object, std::string_view request_id);
http::Response encode_error(const Recognised& recognised, const Error& error, std::string_view request_id);

// Client: awsJson or rest-json, depending on the operation. Unsigned; the sender adds Host.
http::Request encode_request(const api::OperationInfo& operation, const api::Shape& shape, const void* object);
// An error response is returned as an Error with the message "AWSNAME: text".
Result<void> decode_response(const api::OperationInfo& operation, const http::Response& response,
                             const api::Shape& shape, void* object);

}  // namespace athanor::wire
