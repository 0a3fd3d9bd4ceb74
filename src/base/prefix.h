// Entries of a sorted map with a common prefix: the names of one region, or of one bus.
#pragma once

#include <string_view>
#include <vector>

namespace athanor::base {

// The values whose keys begin with `prefix`, in order. Each pointer is valid while the map holds the value.
template <class Map>
std::vector<const typename Map::mapped_type*> values_with_prefix(const Map& map, std::string_view prefix) {
  std::vector<const typename Map::mapped_type*> found;
  for (auto it = map.lower_bound(prefix); it != map.end() && it->first.starts_with(prefix); ++it)
    found.push_back(&it->second);
  return found;
}

}  // namespace athanor::base
