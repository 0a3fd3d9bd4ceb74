// Records for human readers: the name of a type, and its fields as JSON.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "format/json.h"
#include "log/log.h"

namespace athanor::engine {

// "EventAccepted" for 100. Empty when there is no such type.
std::string_view record_name(log::RecordType type);
// The type of that name.
std::optional<log::RecordType> record_type(std::string_view name);

// The members under their names in the code. Times are ISO 8601, durations a number in the member's unit, bytes that
// are not UTF-8 {"Base64": ...}. Corrupt when the payload does not decode, UnknownFormat when the type is unknown.
Result<format::JsonValue> record_fields(log::RecordType type, std::string_view payload);

}  // namespace athanor::engine
