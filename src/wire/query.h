// The query protocol of older SQS clients: a form comes in, XML goes out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"
#include "http/message.h"

namespace athanor::wire {

// Reads members from parameters such as "MessageAttribute.1.Value.StringValue". Lists and maps are flattened as in SQS
// ("AttributeName.1"), or have ".member." or ".entry." in between. Indices give an order, never a size.
Result<void> decode_query(const http::Parameters& parameters, const api::Shape& shape, void* object,
                          std::vector<std::string>& missing);

// <XResponse><XResult>...</XResult><ResponseMetadata>...</XResponse>
std::string encode_query_response(std::string_view operation, bool has_output, const api::Shape& shape,
                                  const void* object, std::string_view request_id);

std::string encode_query_error(std::string_view code, std::string_view message, bool is_sender,
                               std::string_view request_id);

// The parameters of a request, as a client would send them (without Action and Version). For tests: the mirror of
// decode_query.
http::Parameters encode_query_request(const api::Shape& shape, const void* object);

}  // namespace athanor::wire
