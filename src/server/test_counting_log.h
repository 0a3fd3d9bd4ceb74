// For tests: a log that threads share and that keeps nothing.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>

#include "log/log.h"

namespace athanor::server {

// Only counts. The engine's thread appends; that thread or the log's commits.
class CountingLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override {
    return log::LogPosition{end_++};
  }
  log::LogPosition end() const override { return log::LogPosition{end_}; }
  Result<log::LogPosition> commit() override {
    if (fails_to_commit) return Error{ErrorCode::Unavailable, "Cannot sync.", {}};
    committed_ = end_.load();
    return commit_position();
  }
  log::LogPosition commit_position() const override { return log::LogPosition{committed_}; }
  Result<log::Record> read(log::LogPosition) const override { return not_found("There is no record."); }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

  std::atomic<bool> fails_to_commit = false;

 private:
  std::atomic<std::uint64_t> end_ = 0, committed_ = 0;
};

}  // namespace athanor::server
