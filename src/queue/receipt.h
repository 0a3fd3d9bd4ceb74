// Receipt handles: the tickets that a receive returns, for deleting the message or changing its visibility.
//
// A handle holds the message's sequence, part of its id and which of its receives this was, sealed with a key that only
// its queue knows: nothing about a handle is stored, each receive makes a new one, and handles cannot be forged. The id
// is needed because a log restored to an earlier moment gives the later sequences to other messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "queue/message.h"

namespace athanor::queue {

struct Receipt {
  Sequence sequence;
  std::uint32_t generation = 0;  // 1: the first receive from this queue
  std::uint64_t id_low = 0;      // of the message's id
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// 32 bytes, drawn when the queue is created.
std::string random_receipt_key(base::Random& random);

std::string write_receipt(const Receipt& receipt, std::string_view key);

// nullopt when the text is not a handle, belongs to another queue, or was tampered with.
std::optional<Receipt> read_receipt(std::string_view handle, std::string_view key);

}  // namespace athanor::queue
