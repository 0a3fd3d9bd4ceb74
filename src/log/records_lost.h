// What a repair of the log puts in the place of damaged records, so that all that follow keep their positions.
//
// Nothing is known of what was there. A state rebuilt across it has missed records (engine/after_loss.h); a read at a
// position inside it finds nothing.
#pragma once

#include <string>

#include "base/describe.h"
#include "log/log.h"

namespace athanor::log {

struct RecordsLost {
  static constexpr RecordType kType = 1;
  std::string filling;  // zeros, so that the record is as long as what it replaces
  static constexpr auto members() { return Members{member("filling", &RecordsLost::filling)}; }
};

}  // namespace athanor::log
