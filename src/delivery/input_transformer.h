// What a target receives instead of the event: a constant, a part of it, or a template filled from it.
//
// Source: EventBridge user guide, "input transformation", and recorded answers of AWS (docs/compatibility).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bus/event.h"
#include "bus/target.h"
#include "format/json.h"

namespace athanor::delivery {

// The text that `target` receives of the event. InvalidInput when its template gives no valid JSON for this event: such
// a delivery is given up (AWS drops it without a word). RequestTooLarge when it gives more than limits::kMessageBytes,
// which no target takes: how often the template names a part of the event, it is not made then.
Result<std::string> transform_input(const bus::Target& target, const bus::EventAccepted& event,
                                    std::string_view replay_name, base::Time ingested);

// InvalidInput when `target` takes no such text: Lambda refuses, and at once, a payload that is no JSON (Lambda API
// Reference, Invoke). Only templates make one.
Result<void> check_taken(const bus::Target& target, std::string_view input);

// What PutTargets refuses: a template variable that is neither mapped nor reserved, a path that is none.
Result<void> check_input(const bus::Target& target);

// The value at a JSONPath: $, .name, ['name'], [n], [*] and .*; nullopt when there is none, or `json` is none.
std::optional<format::JsonValue> select_path(std::string_view json, std::string_view path);
bool is_valid_path(std::string_view path);

}  // namespace athanor::delivery
