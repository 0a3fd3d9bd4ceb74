// For tests: an in-memory journal that applies what is written and keeps it for replay.
#pragma once

#include <string>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "log/journal.h"
#include "queue/queues.h"

namespace athanor::queue {

class TestJournal final : public log::Journal {
 public:
  TestJournal(Queues& queues, const base::Clock& clock) : queues_(queues), clock_(clock) {}

  log::LogPosition next_position() const override { return log::LogPosition{1'000 + records_.size()}; }
  const std::vector<log::Record>& records() const { return records_; }

  // Applies one record to any Queues, as an engine does in recovery.
  static void replay(const log::Record& record, Queues& queues) {
    const bool known = (apply_if<QueueCreated>(record, queues) || apply_if<QueueAttributesSet>(record, queues) ||
                        apply_if<QueueTagsSet>(record, queues) || apply_if<QueueDeleted>(record, queues) ||
                        apply_if<QueuePurged>(record, queues) || apply_if<MessageSent>(record, queues) ||
                        apply_if<MessagesReceived>(record, queues) || apply_if<MessagesDeleted>(record, queues) ||
                        apply_if<VisibilityChanged>(record, queues) || apply_if<MessagesDeadLettered>(record, queues) ||
                        apply_if<MessagesExpired>(record, queues));
    ATHANOR_ASSERT(known);
  }

 protected:
  log::LogPosition write_encoded(log::RecordType type, std::string_view payload, const void*) override {
    records_.push_back({next_position(), type, clock_.now(), std::string{payload}});
    replay(records_.back(), queues_);
    return records_.back().position;
  }

 private:
  template <class R>
  static bool apply_if(const log::Record& record, Queues& queues) {
    if (record.type != R::kType) return false;
    const auto decoded = log::decode<R>(record.payload);
    ATHANOR_ASSERT(decoded);
    queues.apply(*decoded, record.position, record.time);
    return true;
  }

  Queues& queues_;
  const base::Clock& clock_;
  std::vector<log::Record> records_;
};

}  // namespace athanor::queue
