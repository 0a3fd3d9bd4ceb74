// What a repair of the log puts in the place of damaged records, so that all that follow keep their positions.
//
// Nothing of what stood there is known. Who rebuilds a state over it has missed records (engine/after_loss.h); who
// reads at a position in it finds nothing.
#pragma once

#include <string>

#include "base/describe.h"
#include "log/log.h"

namespace athanor::log {

struct RecordsLost {
  static constexpr RecordType kType = 1;
  std::string filling;  // zeros: the record is as long as what it stands for
  static constexpr auto members() { return Members{member("filling", &RecordsLost::filling)}; }
};

}  // namespace athanor::log
