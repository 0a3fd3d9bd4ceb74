#include "bench/patterns/walk.h"

#include <simdjson.h>

#include <algorithm>

namespace athanor::bench {

std::size_t walk_lines(const std::vector<std::string>& lines, const std::vector<std::string>& fields,
                       bool asks_coordinates) {
  using namespace simdjson;
  static ondemand::parser parser;
  static std::vector<char> padded;
  std::size_t sum = 0;
  for (const std::string& line : lines) {
    // The lines are separate strings; a parser that wants padding after them gets it by copying, as it would in
    // practice.
    padded.resize(std::max(padded.size(), line.size() + SIMDJSON_PADDING));
    std::copy(line.begin(), line.end(), padded.begin());
    ondemand::document document = parser.iterate(padded.data(), line.size(), padded.size());
    for (ondemand::field member : document.get_object()) {
      const ondemand::raw_json_string name = member.key();
      if (name == "properties" && !fields.empty()) {
        for (ondemand::field property : member.value().get_object()) {
          const ondemand::raw_json_string key = property.key();
          if (std::none_of(fields.begin(), fields.end(), [&](const auto& f) { return key == std::string_view{f}; }))
            continue;
          ondemand::value value = property.value();
          std::string_view text;
          if (!value.get_string().get(text)) sum += text.size();
        }
      } else if (name == "geometry" && asks_coordinates) {
        for (ondemand::field part : member.value().get_object()) {
          if (part.key() != "coordinates") continue;
          for (auto point : part.value().get_array()) {
            ondemand::object members;
            if (point.get_object().get(members)) continue;
            for (ondemand::field number : members)
              sum += static_cast<std::size_t>(double(number.value().get_double()) != 0);
          }
        }
      }
    }
  }
  return sum;
}

}  // namespace athanor::bench
