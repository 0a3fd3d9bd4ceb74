// What the archives keep at one moment, for other threads that look at old records.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "log/log.h"

namespace athanor::archive {

// Whether an archive of that retention (0: forever) still keeps at `now` what came at `ingested`. Events expire a whole
// hour at a time.
bool retention_keeps(std::uint32_t retention_days, base::Time ingested, base::Time now);

// Each keeper is an archive, by its number.
class KeptEvents final : public log::Keepers {
 public:
  KeptEvents(std::map<std::uint64_t, std::uint32_t> retention_days, base::Time now)
      : retention_days_(std::move(retention_days)), now_(now) {}

  std::vector<std::uint64_t> keepers_of(log::RecordType type, base::Time time, std::string_view payload) const override;
  bool keeps(std::uint64_t archive, base::Time newest) const override;

 private:
  const std::map<std::uint64_t, std::uint32_t> retention_days_;  // by the number of the archive
  const base::Time now_;
};

}  // namespace athanor::archive
