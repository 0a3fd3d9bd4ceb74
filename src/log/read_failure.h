// How a failed read of the log is reported to the request that needed the record.
//
// A needed record that is missing is our loss, not the caller's mistake: NotFound would look like a queue or rule that
// does not exist. File names are shown only to the operator.
#pragma once

#include <utility>

#include "base/error.h"

namespace athanor::log {

// `error` is what log::Log returned. NotFound becomes Lost; Corrupt and Unavailable keep their codes.
inline Error read_failure(Error error) {
  std::string inside = error.detail.empty() ? std::move(error.message) : error.message + " " + error.detail;
  switch (error.code) {
    case ErrorCode::NotFound:
      return {ErrorCode::Lost, "A record of the log is missing.", std::move(inside)};
    case ErrorCode::Unavailable:
      return {ErrorCode::Unavailable, "The log cannot be read: the disk failed. Try again later.", std::move(inside)};
    default:
      return {error.code, "A record of the log cannot be read.", std::move(inside)};
  }
}

}  // namespace athanor::log
