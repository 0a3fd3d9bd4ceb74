// The one place that knows AWS's names for our error codes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace athanor::wire {

struct ErrorName {
  std::string_view name;        // in JSON protocols: "ResourceNotFoundException"
  std::string_view query_code;  // in query/XML, and in x-amzn-query-error
  std::uint16_t status = 400;
  bool is_sender = true;                     // the caller's fault
  std::string_view text_member = "message";  // in rest-json answers: some shapes of Lambda's model say "Message"
  std::string_view reason = {};              // in rest-json, of a TooManyRequestsException
};

// Every error code has a name in every service.
ErrorName error_name(std::string_view service, ErrorCode code);

// The error code for a name that a server sent; Internal when it is not one of ours.
ErrorCode error_code(std::string_view service, std::string_view name);

}  // namespace athanor::wire
