// What can go wrong at the border, by reason. The wire gives each reason the name and the HTTP status
// that the service's clients know (wire/error_names.cc); nothing else knows them.
#pragma once

#include <cstdint>
#include <string>

namespace athanor {

enum class ErrorCode : std::uint8_t {
  // The caller's mistakes, common to all services.
  InvalidInput,      // a constraint of the API description, or of its documentation, is broken
  MalformedRequest,  // the body cannot be read in the protocol it claims
  UnknownOperation,  // not an operation of ours
  NotFound,          // the resource does not exist
  AlreadyExists,     // ... or does, with other attributes
  AccessDenied,      // who you are is known, and it is not enough
  LimitExceeded,     // more resources than the account may hold
  RequestTooLarge,   // more bytes than the operation takes
  Throttled,         // a queue inside is full: come again later
  IllegalStatus,     // the resource is in a state that forbids this
  // The caller is not who it says.
  MissingAuthentication,
  IncompleteSignature,
  UnknownAccessKey,
  SignatureMismatch,
  SignatureExpired,
  // Events.
  InvalidEventPattern,
  PolicyTooLong,  // of functions too
  // Queues.
  MissingParameter,
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidMessageContents,
  ReceiptHandleInvalid,
  MessageNotInflight,
  EmptyBatch,
  TooManyEntriesInBatch,
  BatchEntryIdsNotDistinct,
  InvalidBatchEntryId,
  BatchTooLong,
  PurgeInProgress,
  OverLimit,
  UnsupportedOperation,
  // Functions.
  InvalidParameterValue,
  InvalidRequestContent,  // the payload is not JSON
  InvalidZipFile,
  RevisionMismatch,  // somebody else has changed the function since
  // The world, or we ourselves.
  Unavailable,  // the log has stopped, or is stopping: the outcome of an open request is unknown
  Timeout,
  DiskFull,
  Corrupt,        // bytes on disk are not what was written there
  Lost,           // ... or are gone for good, as where a repair of the log took them out
  UnknownFormat,  // ... or are what another version wrote, which this one does not read
  Internal,
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;  // to the caller, over the wire: what to change
  std::string detail;   // to the operator, into our own log: what happened inside
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace athanor
