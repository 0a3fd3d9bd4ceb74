// What a failed read of the log is to whoever wanted what stands there.
//
// A record that somebody needs and that is not there is our loss and no caller's mistake: as NotFound it would be told
// as a queue or rule that does not exist. Names of files stay with the operator.
#pragma once

#include <utility>

#include "base/error.h"

namespace athanor::log {

// `error` as log::Log gave it. NotFound becomes Lost; Corrupt and Unavailable stay what they are.
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
