// rest-json: members travel in the path, the query, headers or the body, as their constraints say.
#pragma once

#include <string>
#include <vector>

#include "api/operation.h"
#include "api/shape.h"
#include "base/result.h"
#include "http/message.h"

namespace athanor::wire {

Result<void> decode_rest_request(const api::OperationInfo& operation, const http::Request& request,
                                 const api::Shape& shape, void* object, std::vector<std::string>& missing);
http::Response encode_rest_response(const api::OperationInfo& operation, const api::Shape& shape, const void* object);

http::Request encode_rest_request(const api::OperationInfo& operation, const api::Shape& shape, const void* object);
Result<void> decode_rest_response(const http::Response& response, const api::Shape& shape, void* object,
                                  std::vector<std::string>& missing);

}  // namespace athanor::wire
