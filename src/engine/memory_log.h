// For tests: a log in memory. A position is an index.
#pragma once

#include <string>
#include <vector>

#include "log/log.h"

namespace athanor::engine {

class MemoryLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType type, base::Time time, std::string_view payload) override {
    records_.push_back({.position = end(), .type = type, .time = time, .payload = std::string{payload}});
    return records_.back().position;
  }
  log::LogPosition end() const override { return log::LogPosition{records_.size()}; }
  Result<log::LogPosition> commit() override { return committed_ = end(); }
  log::LogPosition commit_position() const override { return committed_; }
  Result<log::Record> read(log::LogPosition at) const override { return records_.at(at.value); }
  Result<log::LogPosition> scan(log::LogPosition from,
                                const std::function<bool(const log::Record&)>& visit) const override {
    while (from < committed_) {
      if (const auto at = from.value++; !visit(records_[at])) break;
    }
    return from;
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

 private:
  std::vector<log::Record> records_;
  log::LogPosition committed_;
};

}  // namespace athanor::engine
