#include "pattern/test_event_pattern.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/json.h"
#include "pattern/event_pattern.h"
#include "pattern/rule_set.h"

namespace athanor::pattern {
namespace {

bool is_whole_event(std::string_view event) {
  if (event.size() > kTestedEventBytesMax || !format::is_valid_json_object(event)) return false;
  std::vector<std::string_view> missing = {"id", "account", "source", "time", "region", "detail-type"};
  format::JsonCursor cursor{event};
  cursor.enter_object();
  for (std::string_view raw_key; cursor.next_member(raw_key); cursor.take_raw())
    std::erase(missing, format::unescape_json(raw_key));
  return missing.empty();
}

}  // namespace

Result<bool> test_event_pattern(std::string_view pattern_text, std::string_view event) {
  ATHANOR_TRY(pattern, parse_event_pattern(pattern_text));
  if (!is_whole_event(event)) return invalid_input("Parameter Event is not valid.");
  RuleSet rule;
  rule.put(0, pattern);
  std::vector<std::uint64_t> matched;
  rule.match(event, matched);
  return !matched.empty();
}

}  // namespace athanor::pattern
