// Messages to the operator, on standard error.
#pragma once

#include <string_view>

#include "base/error.h"

namespace athanor::server {

// Writes a line. If standard error cannot be written (its disk is full), the line is lost and the server goes on.
void say(std::string_view text);
void say(const Error& error);

}  // namespace athanor::server
