// What the three batch operations have in common.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

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

// One entry's failure as shown in the response to a batch.
api::BatchResultErrorEntry failed_entry(std::string id, const Error& error);

}  // namespace athanor::service::sqs
