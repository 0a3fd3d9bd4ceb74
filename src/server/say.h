// What the server tells its operator, on standard error.
#pragma once

#include <string_view>

#include "base/error.h"

namespace athanor::server {

// A line. Where standard error cannot be written (its disk is full), what is said is lost, and the server goes on.
void say(std::string_view text);
void say(const Error& error);

}  // namespace athanor::server
