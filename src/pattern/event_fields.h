// An event as a matcher sees it: the values at the ends of its paths, each with the array elements that contain it.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pattern/condition.h"
#include "pattern/ways.h"

namespace athanor::pattern {

// The delivered form of an event, without building its text. Views are borrowed for the call.
struct Envelope {
  std::string_view id;
  std::string_view detail_type;
  std::string_view source;
  std::string_view account;
  std::string_view time;  // as delivered: "2025-10-13T20:00:00Z"
  std::string_view region;
  std::span<const std::string_view> resources;
  std::string_view detail;       // JSON text of an object
  std::string_view replay_name;  // empty: none
};

// Calls visit(name, text) for each field of the envelope except detail, in the order of their leaves.
template <class Visit>
void for_each_field(const Envelope& event, Visit visit) {
  visit("version", std::string_view{"0"});
  visit("id", event.id);
  visit("detail-type", event.detail_type);
  visit("source", event.source);
  visit("account", event.account);
  visit("time", event.time);
  visit("region", event.region);
  if (!event.replay_name.empty()) visit("replay-name", event.replay_name);
  for (const std::string_view resource : event.resources) visit("resources", resource);
}

struct Field {
  Value value;
  Place place;
};

struct Fields {
  // A path has several values when arrays or repeated keys produce them; in ascending order of leaf.
  std::unordered_map<std::string, std::vector<Field>> by_path;
  std::vector<Element> elements;
  std::vector<LeafRange> arrays;
};

inline std::vector<Place> within(std::span<const std::uint32_t> chosen, std::span<const Place> places,
                                 const Fields& fields) {
  return within(chosen, places, fields.elements, fields.arrays);
}

// The paths that some pattern mentions: the rest of an event is skipped.
class WantedPaths {
 public:
  void add(std::string_view path);
  bool wants(const std::string& path) const { return paths_.contains(path); }
  bool leads_somewhere(const std::string& path) const { return prefixes_.contains(path); }

 private:
  std::set<std::string> paths_;
  std::set<std::string> prefixes_;
};

Fields flatten(const Envelope& event, const WantedPaths& wanted);
// `event_text` is valid JSON, an object.
Fields flatten(std::string_view event_text, const WantedPaths& wanted);

}  // namespace athanor::pattern
