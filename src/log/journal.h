// How the works write to the log: `write` appends one record and, before it returns, applies it to the state of every
// work that listens. The effects are not visible from outside until the record is committed (engine/engine.h).
//
// A record is a described struct with its number:
//
//   struct QueueDeleted {
//     static constexpr log::RecordType kType = 202;
//     std::string queue_arn;
//     static constexpr auto members() { return Members{member("queue_arn", &QueueDeleted::queue_arn)}; }
//   };
//
// Number ranges: log 1, bus 100, queue 200, function 300, archive 400, delivery 500, stack 600, engine 700.
#pragma once

#include "base/clock.h"
#include "log/codec.h"
#include "log/log.h"

namespace athanor::log {

class Journal {
 public:
  virtual ~Journal() = default;

  // The position that the next record will have.
  virtual LogPosition next_position() const = 0;

  template <base::Described R>
  LogPosition write(const R& record) {
    encoded_.clear();
    codec::put_struct(encoded_, record);
    return write_encoded(R::kType, encoded_, &record);
  }

 protected:
  // `record` points to the struct of that type that `payload` encodes, which saves decoding it again.
  virtual LogPosition write_encoded(RecordType type, std::string_view payload, const void* record) = 0;

 private:
  std::string encoded_;  // kept to reuse its capacity
};

}  // namespace athanor::log
