#include "wire/error_names.h"

namespace athanor::wire {
namespace {

struct Row {
  std::string_view service;  // empty: for services without a row of their own
  ErrorCode code;
  ErrorName name;
};

// Sources: the service models' error shapes; where SQS has two names for one error, recorded answers of AWS.
constexpr Row kRows[] = {
    // Queues.
    {"sqs", ErrorCode::NotFound, {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400}},
    {"sqs", ErrorCode::AlreadyExists, {"QueueNameExists", "QueueAlreadyExists", 400}},
    {"sqs", ErrorCode::InvalidInput, {"InvalidParameterValueException", "InvalidParameterValue", 400}},
    {"sqs", ErrorCode::InvalidParameterValue, {"InvalidParameterValueException", "InvalidParameterValue", 400}},
    {"sqs", ErrorCode::MissingParameter, {"MissingRequiredParameterException", "MissingParameter", 400}},
    {"sqs", ErrorCode::InvalidAttributeName, {"InvalidAttributeName", "InvalidAttributeName", 400}},
    {"sqs", ErrorCode::InvalidAttributeValue, {"InvalidAttributeValue", "InvalidAttributeValue", 400}},
    {"sqs", ErrorCode::InvalidMessageContents, {"InvalidMessageContents", "InvalidMessageContents", 400}},
    {"sqs", ErrorCode::ReceiptHandleInvalid, {"ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400}},
    {"sqs", ErrorCode::MessageNotInflight, {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400}},
    {"sqs", ErrorCode::EmptyBatch, {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400}},
    {"sqs",
     ErrorCode::TooManyEntriesInBatch,
     {"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400}},
    {"sqs",
     ErrorCode::BatchEntryIdsNotDistinct,
     {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400}},
    {"sqs", ErrorCode::InvalidBatchEntryId, {"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400}},
    {"sqs", ErrorCode::BatchTooLong, {"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400}},
    {"sqs", ErrorCode::PurgeInProgress, {"PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403}},
    {"sqs",
     ErrorCode::UnsupportedOperation,
     {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400}},
    {"sqs", ErrorCode::OverLimit, {"OverLimit", "OverLimit", 403}},
    {"sqs", ErrorCode::Throttled, {"RequestThrottled", "RequestThrottled", 403}},
    {"sqs", ErrorCode::UnknownOperation, {"InvalidAction", "InvalidAction", 400}},

    // Functions.
    {"lambda", ErrorCode::NotFound, {"ResourceNotFoundException", "", 404, true, "Message"}},
    {"lambda", ErrorCode::AlreadyExists, {"ResourceConflictException", "", 409}},
    {"lambda", ErrorCode::IllegalStatus, {"ResourceConflictException", "", 409}},
    {"lambda", ErrorCode::RevisionMismatch, {"PreconditionFailedException", "", 412}},
    {"lambda", ErrorCode::InvalidParameterValue, {"InvalidParameterValueException", "", 400}},
    {"lambda", ErrorCode::InvalidRequestContent, {"InvalidRequestContentException", "", 400}},
    {"lambda", ErrorCode::InvalidZipFile, {"InvalidParameterValueException", "", 400}},
    {"lambda", ErrorCode::RequestTooLarge, {"RequestTooLargeException", "", 413}},
    {"lambda",
     ErrorCode::Throttled,
     {"TooManyRequestsException", "", 429, true, "message", "ConcurrentInvocationLimitExceeded"}},
    {"lambda",
     ErrorCode::OverLimit,
     {"TooManyRequestsException", "", 429, true, "message", "ReservedFunctionConcurrentInvocationLimitExceeded"}},
    {"lambda", ErrorCode::MalformedRequest, {"InvalidRequestContentException", "", 400}},
    {"lambda", ErrorCode::InvalidMessageContents, {"InvalidRequestContentException", "", 400}},
    {"lambda", ErrorCode::UnknownOperation, {"UnknownOperationException", "", 404}},
    {"lambda", ErrorCode::MissingAuthentication, {"MissingAuthenticationTokenException", "", 403}},
    {"lambda", ErrorCode::SignatureMismatch, {"InvalidSignatureException", "", 403}},
    {"lambda", ErrorCode::SignatureExpired, {"InvalidSignatureException", "", 403}},
    {"lambda", ErrorCode::UnknownAccessKey, {"UnrecognizedClientException", "", 403}},
    {"lambda", ErrorCode::IncompleteSignature, {"IncompleteSignatureException", "", 403}},
    {"lambda", ErrorCode::AccessDenied, {"AccessDeniedException", "", 403}},
    {"lambda", ErrorCode::Unavailable, {"ServiceException", "", 500, false, "Message"}},

    // All.
    {"", ErrorCode::NotFound, {"ResourceNotFoundException", "ResourceNotFoundException", 400}},
    {"", ErrorCode::AlreadyExists, {"ResourceAlreadyExistsException", "ResourceAlreadyExistsException", 400}},
    {"", ErrorCode::IllegalStatus, {"IllegalStatusException", "IllegalStatusException", 400}},
    {"", ErrorCode::InvalidEventPattern, {"InvalidEventPatternException", "InvalidEventPatternException", 400}},
    {"", ErrorCode::PolicyTooLong, {"PolicyLengthExceededException", "PolicyLengthExceededException", 400}},
    {"", ErrorCode::InvalidInput, {"ValidationException", "ValidationError", 400}},
    {"", ErrorCode::InvalidParameterValue, {"ValidationException", "InvalidParameterValue", 400}},
    {"", ErrorCode::MissingParameter, {"ValidationException", "MissingParameter", 400}},
    // What a template asks for and a queue or a function refuses.
    {"", ErrorCode::InvalidAttributeName, {"ValidationException", "InvalidAttributeName", 400}},
    {"", ErrorCode::InvalidAttributeValue, {"ValidationException", "InvalidAttributeValue", 400}},
    {"", ErrorCode::InvalidZipFile, {"ValidationException", "InvalidZipFile", 400}},
    {"", ErrorCode::MalformedRequest, {"SerializationException", "MalformedInput", 400}},
    {"", ErrorCode::InvalidMessageContents, {"SerializationException", "MalformedInput", 400}},
    {"", ErrorCode::UnknownOperation, {"UnknownOperationException", "InvalidAction", 400}},
    {"", ErrorCode::LimitExceeded, {"LimitExceededException", "LimitExceeded", 400}},
    {"", ErrorCode::RequestTooLarge, {"RequestEntityTooLargeException", "RequestEntityTooLarge", 413}},
    {"", ErrorCode::Throttled, {"ThrottlingException", "Throttling", 400}},
    {"", ErrorCode::AccessDenied, {"AccessDeniedException", "AccessDenied", 400}},
    {"", ErrorCode::MissingAuthentication, {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403}},
    {"", ErrorCode::IncompleteSignature, {"IncompleteSignatureException", "IncompleteSignature", 400}},
    {"", ErrorCode::UnknownAccessKey, {"UnrecognizedClientException", "InvalidClientTokenId", 403}},
    {"", ErrorCode::SignatureMismatch, {"InvalidSignatureException", "SignatureDoesNotMatch", 403}},
    {"", ErrorCode::SignatureExpired, {"InvalidSignatureException", "SignatureDoesNotMatch", 403}},
    {"", ErrorCode::Unavailable, {"InternalFailure", "ServiceUnavailable", 503, false}},
    {"", ErrorCode::DiskFull, {"InternalFailure", "InternalFailure", 503, false}},
    {"", ErrorCode::Timeout, {"InternalFailure", "InternalFailure", 504, false}},
    {"", ErrorCode::Corrupt, {"InternalFailure", "InternalFailure", 500, false}},
    {"", ErrorCode::Lost, {"InternalFailure", "InternalFailure", 500, false}},
};

}  // namespace

ErrorName error_name(std::string_view service, ErrorCode code) {
  for (const std::string_view wanted : {service, std::string_view{}}) {
    for (const Row& row : kRows) {
      if (row.service == wanted && row.code == code) return row.name;
    }
  }
  return {"InternalFailure", "InternalFailure", 500, false};
}

ErrorCode error_code(std::string_view service, std::string_view name) {
  if (name.empty()) return ErrorCode::Internal;  // Lambda's rows have no query code
  for (const std::string_view wanted : {service, std::string_view{}}) {
    for (const Row& row : kRows) {
      if (row.service == wanted && (row.name.name == name || row.name.query_code == name)) return row.code;
    }
  }
  return ErrorCode::Internal;
}

}  // namespace athanor::wire
