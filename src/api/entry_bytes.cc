#include "api/entry_bytes.h"

#include <algorithm>

namespace athanor::api {

std::size_t entry_bytes(const PutEventsRequestEntry& entry) {
  std::size_t bytes = entry.time ? 14 : 0;
  for (const auto* text : {&entry.source, &entry.detail_type, &entry.detail}) bytes += *text ? (*text)->size() : 0;
  if (entry.resources) {
    for (const std::string& resource : *entry.resources) bytes += std::max<std::size_t>(resource.size(), 1);
  }
  return bytes;
}

}  // namespace athanor::api
