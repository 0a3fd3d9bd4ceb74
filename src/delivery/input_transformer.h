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

// The text that `target` receives of the event. InvalidInput when its template gives no valid JSON for this event: such
// a delivery is given up (AWS drops it without a word). RequestTooLarge when it gives more than limits::kMessageBytes,
// which no target takes: how often the template names a part of the event, it is not made then.
Result<std::string> transform_input(const bus::Target& target, const bus::EventAccepted& event,
                                    std::string_view replay_name, base::Time ingested);

// What of a delivery depends on the body of its event.
struct InputFacts {
  std::uint64_t bytes = 0;
  std::string message_group_id;  // of a path: empty where the event has nothing there
  std::string error;             // not empty: the target receives nothing, and why
};

// What the targets of one event receive of it. An event may be a megabyte and have thousands of targets: what several
// ask for, the value at a path or what a template gives, is made once. Borrows event, name and targets.
class EventInputs {
 public:
  EventInputs(const bus::EventAccepted& event, std::string_view replay_name, base::Time ingested)
      : event_(event), replay_name_(replay_name), ingested_(ingested) {}

  Result<std::string> make(const bus::Target& target);  // as transform_input says
  InputFacts facts(const bus::Target& target);

 private:
  // By its text, and by the rule where it names that.
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
  // Compact; nullopt when there is none. Good until the next call.
  const std::optional<std::string>& at(std::string_view path);
  std::optional<std::string> value_of(std::string_view name, const bus::Target& target);
  // With `left_out`, null stands for whole values, whose bytes beyond it are added there: in a hundred templates a
  // megabyte of JSON need not be read a hundred times to know how long each is.
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

// What PutTargets refuses: a template variable that is neither mapped nor reserved, a path that is none.
Result<void> check_input(const bus::Target& target);

}  // namespace athanor::delivery
