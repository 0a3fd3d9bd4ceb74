// For tests of the loop and of what runs on it: a log without records, and no functions.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <semaphore>
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

// A log whose disk takes as long as the test says, and which records the positions of snapshots.
class SlowLog : public EmptyLog {
 public:
  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view payload) override {
    const log::LogPosition position{end_.load()};
    end_ += payload.size();
    return position;
  }
  log::LogPosition end() const override { return log::LogPosition{end_}; }
  Result<log::LogPosition> commit() override {
    const std::uint64_t end = end_;
    commits_.release();
    disk_.acquire();
    disk_.release();
    committed_ = end;
    return log::LogPosition{end};
  }
  log::LogPosition commit_position() const override { return log::LogPosition{committed_}; }
  Result<void> save_snapshot(const log::Snapshot& snapshot) override {
    snapshot_at_ = snapshot.position.value;
    return {};
  }

  void wait_for_commit() { commits_.acquire(); }
  void let_go() { disk_.release(); }
  std::uint64_t snapshot_at() const { return snapshot_at_; }

 private:
  std::atomic<std::uint64_t> end_{0}, committed_{0}, snapshot_at_{0};
  std::counting_semaphore<> commits_{0}, disk_{0};
};

class NoFunctions final : public function::Executor {
 public:
  void start(function::Start) override {}
  void retire(const std::string&) override {}
};

}  // namespace athanor::engine
