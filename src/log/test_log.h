// A log in memory, for tests: durable at once, and as strict about the size of a record as the one on disk.
#pragma once

#include <string>
#include <vector>

#include "base/limits.h"
#include "log/log.h"

namespace athanor::log {

class MemoryLog final : public Log {
 public:
  Result<LogPosition> append(RecordType type, base::Time time, std::string_view payload) override {
    if (payload.size() > limits::kRecordBytes) return Error{ErrorCode::RequestTooLarge, "A record is smaller.", {}};
    records_.push_back({end(), type, time, std::string{payload}});
    return records_.back().position;
  }
  LogPosition end() const override { return LogPosition{records_.size()}; }
  Result<LogPosition> commit() override { return end(); }
  LogPosition commit_position() const override { return end(); }
  Result<Record> read(LogPosition position) const override { return records_.at(position.value); }
  Result<LogPosition> scan(LogPosition from, const std::function<bool(const Record&)>& visit) const override {
    for (std::size_t i = from.value; i < records_.size(); ++i) {
      if (!visit(records_[i])) return LogPosition{i + 1};
    }
    return end();
  }
  Result<void> trim(LogPosition) override { return {}; }
  Result<void> save_snapshot(const Snapshot&) override { return {}; }
  Result<std::optional<Snapshot>> load_snapshot() const override { return std::optional<Snapshot>{}; }

  std::vector<Record> records_;
};

}  // namespace athanor::log
