// What can go wrong at the border, by reason. wire/error_names.cc, and nothing else, gives each reason the name and the
// HTTP status that the service's clients know.
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
  AccessDenied,      // the caller is known, but not allowed to do this
  LimitExceeded,     // more resources than the account may hold
  RequestTooLarge,   // more bytes than the operation takes
  Throttled,         // an internal queue is full: try again later
  IllegalStatus,     // the resource is in a state that forbids this
  // The caller is not who it claims to be.
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
  // Failures of the world, or our own.
  Unavailable,  // the log has stopped, or is stopping: the outcome of an open request is unknown
  Timeout,
  DiskFull,
  Corrupt,        // bytes on disk are not what was written there
  Lost,           // ... or are gone for good, for example because a repair of the log removed them
  UnknownFormat,  // ... or were written by another version and cannot be read by this one
  Internal,
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;  // to the caller, over the wire: what to change
  std::string detail;   // to the operator, into our own log: what happened inside
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace athanor
