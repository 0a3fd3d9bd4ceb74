// Any line as a pattern, and what follows it as an event: parsed or refused, never a crash; and the rule set agrees
// with the plain matcher about the event.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "format/json.h"
#include "pattern/reference_matcher.h"
#include "pattern/rule_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace athanor::pattern;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto line = bytes.find('\n');
  const auto pattern = parse_event_pattern(bytes.substr(0, line));
  if (!pattern || line == std::string_view::npos) return 0;
  const std::string_view event = bytes.substr(line + 1);
  if (!athanor::format::is_valid_json_object(event)) return 0;
  RuleSet rules;
  rules.put(7, *pattern);
  std::vector<std::uint64_t> matched;
  rules.match(event, matched);
  ATHANOR_ASSERT(matches(*pattern, flatten(event, wanted_paths(*pattern))) == !matched.empty());
  return 0;
}
