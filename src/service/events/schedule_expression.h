// When a scheduled rule runs, in the words of its owner.
#pragma once

#include <string_view>

namespace athanor::service::events {

// Whether this is one of "rate(5 minutes)" and "cron(0 10 * * ? *)". Source: EventBridge User Guide, "cron expressions"
// and "rate expressions". What the guide leaves open is taken: a step in the days of the week, names in lower case,
// ranges that run over the end of an hour, a day, a week or a year (the guide shows hours 20-2).
bool is_schedule_expression(std::string_view text);

}  // namespace athanor::service::events
