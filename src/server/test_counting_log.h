// For tests: a log that threads share and that keeps nothing.
#pragma once

#include <atomic>
#include <string_view>

#include "engine/test_loop.h"

namespace athanor::server {

// Only counts. The engine's thread appends; that thread or the log's commits.
class CountingLog final : public engine::EmptyLog {
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

  std::atomic<bool> fails_to_commit = false;

 private:
  std::atomic<std::uint64_t> end_ = 0, committed_ = 0;
};

}  // namespace athanor::server
