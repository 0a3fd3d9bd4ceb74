// What a target receives instead of the event: a constant, a part of it, or a template filled from it.
//
// Source: EventBridge user guide, "input transformation", and recorded answers of AWS (docs/compatibility).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bus/event.h"
#include "bus/target.h"

namespace athanor::delivery {

// The text that `target` receives for the event. InvalidInput when its template gives invalid JSON for this event: the
// delivery is given up (AWS drops it silently). RequestTooLarge when it gives more than limits::kMessageBytes, which no
// target takes: filling stops there, however often the template names a part of the event.
Result<std::string> transform_input(const bus::Target& target, const bus::EventAccepted& event,
                                    std::string_view replay_name, base::Time ingested);

// The part of a delivery that depends on the body of its event.
struct InputFacts {
  std::uint64_t bytes = 0;
  std::string message_group_id;  // resolved; empty when its path selects nothing
  std::string error;             // not empty: why the target receives nothing
};

// What the targets of one event receive. An event may be a megabyte and have thousands of targets: what several of them
// ask for, the value at a path or a filled template, is made once. Borrows event, name and targets.
class EventInputs {
 public:
  EventInputs(const bus::EventAccepted& event, std::string_view replay_name, base::Time ingested)
      : event_(event), replay_name_(replay_name), ingested_(ingested) {}

  Result<std::string> make(const bus::Target& target);  // see transform_input
  InputFacts facts(const bus::Target& target);

 private:
  // Compared by its text, and by the rule if it names the rule.
  struct Template {
    const bus::InputTransformer* transformer;
    std::string_view rule_arn;
  };
  struct BySameTemplate {
    bool operator()(const Template& a, const Template& b) const;
  };
  struct Filled {
    std::uint64_t bytes = 0;
    bool is_json = false;
  };

  const std::string& text();
  // Compact; nullopt when there is none. Valid until the next call.
  const std::optional<std::string>& at(std::string_view path);
  std::optional<std::string> value_of(std::string_view name, const bus::Target& target);
  // With `left_out`, `null` replaces whole values, and the bytes this saves are added to `left_out`: to learn the
  // lengths of a hundred filled templates, a megabyte of JSON need not be parsed a hundred times.
  Result<std::string> fill_template(const bus::Target& target, std::uint64_t* left_out = nullptr);
  const Filled& filled_for(const bus::Target& target);

  const bus::EventAccepted& event_;
  std::string_view replay_name_;
  base::Time ingested_;
  std::string text_;                                               // empty: not made yet
  std::map<std::string_view, std::optional<std::string>> values_;  // by path
  std::size_t value_bytes_ = 0;
  std::map<Template, Filled, BySameTemplate> filled_;
};

// What PutTargets refuses, such as a template variable that is neither mapped nor reserved, or an invalid path.
Result<void> check_input(const bus::Target& target);

}  // namespace athanor::delivery
