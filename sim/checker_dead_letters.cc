// What must be true of a dead letter: its delivery was given up, and for the reason that it states.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/checker.h"

namespace athanor::sim {

// Source of the attributes: EventBridge user guide, "dead-letter queues".
void Checker::check_dead_letter(const std::string& id, base::Time sent, int event, int replay,
                                const std::map<std::string, std::string>& attributes) {
  const auto value = [&](const char* name) {
    const auto it = attributes.find(name);
    return it == attributes.end() ? std::string{} : it->second;
  };
  const std::string target_arn = value("TARGET_ARN");
  const auto place = std::find_if(kPlaces.begin(), kPlaces.end(), [&](Place p) { return arn_of(p) == target_arn; });
  if (place == kPlaces.end()) return violate("I6: a dead letter without a target: " + target_arn);
  const Key key{event, replay, *place};
  Expected* const expected = find_expected(event, replay, *place);
  if (expected == nullptr || (expected->count + expected->letters_due == 0 && !is_void_))
    return violate("I3: a dead letter of what no rule sends: " + describe(key));
  const bool is_absent = value("ERROR_CODE") == "NO_RESOURCE";
  // With retries, the function was full and then deleted; without, it did not exist when the event came.
  if (is_absent && value("RETRY_ATTEMPTS") == "0") {
    see(expected->absent_letters, id);
    coverage_.add(Reached::DeadLetterNoResource);
    if (expected->absent_letters.size() > static_cast<std::size_t>(expected->letters_due) && !is_void_)
      violate("I6: a dead letter of a target that existed: " + describe(key));
    return;
  }
  if (!is_function(*place)) return violate("I6: a dead letter of a target that takes everything: " + target_arn);
  see(expected->letters, id);
  const bool is_deleted = value("ERROR_CODE") == "ResourceNotFoundException";
  if (is_deleted) coverage_.add(Reached::DeadLetterAfterDeletion);
  if ((is_absent || is_deleted) && !deleted_ever_.contains(*place))
    violate("I6: a dead letter of a function that was never deleted: " + describe(key));
  const auto was_closed = [&](const auto& entry) { return entry.second.key == key && entry.second.closed != kOpen; };
  if (is_deleted && !has_short_lines_ && expected->closed == kOpen && std::ranges::none_of(runs_, was_closed) &&
      !is_void_)
    violate("I6: a dead letter of a function that was deleted before the event came: " + describe(key));
  if (is_absent) return;
  const auto& configurations = configurations_[index_of(*place)];
  const bool throttled = value("ERROR_CODE") == "THROTTLING";
  const std::string condition = value("EXHAUSTED_RETRY_CONDITION");
  const bool may_be_left_over = std::ranges::any_of(
      runs_, [&](const auto& entry) { return entry.second.key == key && is_left_over(entry.second); });
  const auto [begin, end] = expected->targets.equal_range(value("RULE_ARN"));
  const bool fits = std::any_of(begin, end, [&](const auto& entry) {
    const TargetPut& target = entry.second;
    const auto retries = base::to_int(value("RETRY_ATTEMPTS"));
    if (!target.has_dead_letters || !retries || *retries < 0) return false;
    // What fails again after the configuration has changed may already be past its limits.
    const auto [fewest, most] =
        throttled ? std::pair{target.retries_max, target.retries_max}
                  : std::pair{std::ranges::min(configurations, {}, &FunctionPut::retries_max).retries_max,
                              std::ranges::max(configurations, {}, &FunctionPut::retries_max).retries_max};
    if (*retries > std::int64_t{most}) return false;
    if (condition == "MaximumRetryAttempts") return is_deleted || may_be_left_over || *retries >= std::int64_t{fewest};
    if (condition != "MaximumEventAgeInSeconds") return false;
    const base::Duration age_max =
        throttled ? target.event_age_max
                  : std::ranges::min(configurations, {}, &FunctionPut::event_age_max).event_age_max;
    const base::Duration step = throttled ? base::Duration{std::chrono::minutes{15}} : std::chrono::minutes{2};
    return replay >= 0 || sent + step - event_at(event).time >= age_max;
  });
  if (!fits)
    violate(fmt::format("I6: a dead letter that does not fit its target: {} {} after {} retries, {}: {}",
                        value("ERROR_CODE"), condition, value("RETRY_ATTEMPTS"), value("RULE_ARN"), describe(key)));
  if (!is_deleted)
    coverage_.add(condition == "MaximumRetryAttempts" ? Reached::DeadLetterByAttempts : Reached::DeadLetterByAge);
}

}  // namespace athanor::sim
