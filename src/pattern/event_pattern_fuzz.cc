// Any bytes as a pattern and an event: parsed or refused, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "format/json.h"
#include "pattern/reference_matcher.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto half = bytes.find('\0');
  const auto pattern = athanor::pattern::parse_event_pattern(bytes.substr(0, half));
  if (!pattern || half == std::string_view::npos) return 0;
  const std::string_view event = bytes.substr(half + 1);
  if (athanor::format::is_valid_json_object(event)) {
    athanor::pattern::matches(*pattern, athanor::pattern::flatten(event, athanor::pattern::wanted_paths(*pattern)));
  }
  return 0;
}
