// What the three batch operations have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "api/sqs.h"
#include "base/result.h"

namespace athanor::service::sqs {

// Refuses the whole batch if it has no entries, more than ten, or an id that is malformed or repeated. `entry_shape` is
// what AWS's message calls an entry.
Result<void> check_batch_id(std::string_view id, std::unordered_set<std::string_view>& seen);
Result<void> check_batch_size(std::size_t entries, std::string_view entry_shape);

template <class Entries>
Result<void> check_batch(const Entries& entries, std::string_view entry_shape) {
  ATHANOR_CHECK(check_batch_size(entries.size(), entry_shape));
  std::unordered_set<std::string_view> seen;
  for (const auto& entry : entries) ATHANOR_CHECK(check_batch_id(entry.id, seen));
  return {};
}

// Adds an entry to one of the lists of the response. The model requires both, but AWS leaves an empty one out, and
// clients go by that: the `hasFailed` of AWS's Java SDK says whether the list is there.
template <class Entry>
void add(std::optional<std::vector<Entry>>& list, std::type_identity_t<Entry> entry) {
  if (!list) list.emplace();
  list->push_back(std::move(entry));
}

// One entry's failure as shown in the response to a batch.
api::BatchResultErrorEntry failed_entry(std::string id, const Error& error);

}  // namespace athanor::service::sqs
