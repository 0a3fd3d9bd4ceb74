// For tests of the loop and of what runs on it: a log without records, and no functions.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "function/executor.h"
#include "log/log.h"

namespace athanor::engine {

// Keeps nothing: for decisions that write no records.
class EmptyLog : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override { return end(); }
  log::LogPosition end() const override { return log::LogPosition{0}; }
  Result<log::LogPosition> commit() override { return end(); }
  log::LogPosition commit_position() const override { return end(); }
  Result<log::Record> read(log::LogPosition) const override { return not_found("There is no record."); }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }
};

class NoFunctions final : public function::Executor {
 public:
  void start(function::Start) override {}
  void retire(const std::string&) override {}
};

}  // namespace athanor::engine
