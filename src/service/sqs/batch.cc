#include "service/sqs/batch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/alphanumeric.h"

namespace athanor::service::sqs {
namespace {

constexpr std::size_t kBatchEntriesMax = 10;    // Source: SQS quotas
constexpr std::size_t kBatchIdCharacters = 80;  // Source: SQS API Reference, SendMessageBatchRequestEntry

struct CodeRow {
  ErrorCode code;
  std::string_view name;
};

// An entry's code is in the body of a successful response, the same in every protocol.
constexpr CodeRow kCodes[] = {
    {ErrorCode::NotFound, "AWS.SimpleQueueService.NonExistentQueue"},
    {ErrorCode::InvalidParameterValue, "InvalidParameterValue"},
    {ErrorCode::InvalidInput, "InvalidParameterValue"},
    {ErrorCode::MissingParameter, "InvalidParameterValue"},  // in a batch; outside of one it is MissingParameter
    {ErrorCode::InvalidMessageContents, "InvalidMessageContents"},
    {ErrorCode::ReceiptHandleInvalid, "ReceiptHandleIsInvalid"},
    {ErrorCode::MessageNotInflight, "AWS.SimpleQueueService.MessageNotInflight"},
    {ErrorCode::UnsupportedOperation, "AWS.SimpleQueueService.UnsupportedOperation"},
};

}  // namespace

Result<void> check_batch_size(std::size_t entries, std::string_view entry_shape) {
  if (entries == 0) {
    return Error{
        ErrorCode::EmptyBatch, fmt::format("There should be at least one {} in the request.", entry_shape), {}};
  }
  if (entries > kBatchEntriesMax) {
    return Error{
        ErrorCode::TooManyEntriesInBatch,
        fmt::format("Maximum number of entries per request are {}. You have sent {}.", kBatchEntriesMax, entries),
        {}};
  }
  return {};
}

Result<void> check_batch_id(std::string_view id, std::unordered_set<std::string_view>& seen) {
  const bool characters =
      std::all_of(id.begin(), id.end(), [](char c) { return base::is_alphanumeric_ascii(c) || c == '-' || c == '_'; });
  if (id.empty() || id.size() > kBatchIdCharacters || !characters) {
    return Error{ErrorCode::InvalidBatchEntryId,
                 "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at "
                 "most 80 letters long.",
                 {}};
  }
  if (!seen.insert(id).second)
    return Error{ErrorCode::BatchEntryIdsNotDistinct, fmt::format("Id {} repeated.", id), {}};
  return {};
}

api::BatchResultErrorEntry failed_entry(std::string id, const Error& error) {
  for (const auto& row : kCodes) {
    if (row.code == error.code) return {std::move(id), true, std::string{row.name}, error.message};
  }
  return {std::move(id), false, "InternalError", error.message};
}

}  // namespace athanor::service::sqs
