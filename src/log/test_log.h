// A log in memory, for tests, as strict about record size as the one on disk. A position is an index.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "log/log.h"

namespace athanor::log {

class MemoryLog final : public Log {
 public:
  Result<LogPosition> append(RecordType type, base::Time time, std::string_view payload) override {
    if (refuses) return *refuses;
    if (payload.size() > limits::kRecordBytes) return Error{ErrorCode::RequestTooLarge, "A record is smaller.", {}};
    records.push_back({end(), type, time, std::string{payload}});
    return records.back().position;
  }
  LogPosition end() const override { return LogPosition{records.size()}; }
  Result<LogPosition> commit() override { return committed_ = end(); }
  LogPosition commit_position() const override { return is_durable_at_once ? end() : committed_; }
  Result<Record> read(LogPosition position) const override { return records.at(position.value); }
  Result<LogPosition> scan(LogPosition from, const std::function<bool(const Record&)>& visit) const override {
    while (from < commit_position()) {
      if (const auto at = from.value++; !visit(records[at])) break;
    }
    return from;
  }
  Result<void> trim(LogPosition) override { return {}; }
  Result<void> save_snapshot(const Snapshot& saved) override {
    snapshot = saved;
    return {};
  }
  Result<std::optional<Snapshot>> load_snapshot() const override { return snapshot; }
  bool has_room() const override { return disk_has_room; }

  std::vector<Record> records;
  std::optional<Snapshot> snapshot;
  bool is_durable_at_once = true;
  bool disk_has_room = true;
  std::optional<Error> refuses;  // when set, append returns it

 private:
  LogPosition committed_;
};

}  // namespace athanor::log
