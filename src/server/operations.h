// All operations that are served.
#pragma once

#include <string_view>

#include "server/handler.h"

namespace athanor::server {

// The handler of an operation; nullptr when there is none, and the answer is UnknownOperationException.
const Handler* find_handler(std::string_view service, std::string_view operation);

}  // namespace athanor::server
