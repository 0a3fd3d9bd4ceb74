// What went wrong with a function, in the words of the Lambda Runtime API.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "function/executor.h"
#include "http/message.h"

namespace athanor::runtime {

// The object that Lambda makes for an error of its own.
std::string error_json(std::string_view type, std::string_view message);

// An invocation that failed with such an error.
function::Outcome failure(function::OutcomeKind kind, std::string_view type, std::string_view message);

// The type of an error that a runtime reports.
std::string error_type_of(const http::Request& request);

// A runtime that streams its answer may fail after part of it, and says so in trailers. Source: Lambda Developer Guide,
// "implementing response streaming in a custom runtime".
std::optional<function::Outcome> error_behind_answer(const http::Request& request);

}  // namespace athanor::runtime
