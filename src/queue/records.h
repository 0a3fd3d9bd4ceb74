// What queues write to the log. New members go at the end, and are never moved (log/codec.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/describe.h"
#include "log/log.h"
#include "queue/attributes.h"
#include "queue/content.h"
#include "queue/message.h"

namespace athanor::queue {

struct QueueCreated {
  static constexpr log::RecordType kType = 200;
  std::string queue_arn;
  Attributes attributes;
  std::map<std::string, std::string> tags;
  std::string receipt_key;  // what ties receipt handles to this queue: receipt.h
  static constexpr auto members() {
    return Members{member("queue_arn", &QueueCreated::queue_arn), member("attributes", &QueueCreated::attributes),
                   member("tags", &QueueCreated::tags), member("receipt_key", &QueueCreated::receipt_key)};
  }
};

struct QueueAttributesSet {
  static constexpr log::RecordType kType = 201;
  std::string queue_arn;
  Attributes attributes;  // all of them, as they are from now on
  static constexpr auto members() {
    return Members{member("queue_arn", &QueueAttributesSet::queue_arn),
                   member("attributes", &QueueAttributesSet::attributes)};
  }
};

struct QueueTagsSet {
  static constexpr log::RecordType kType = 202;
  std::string queue_arn;
  std::map<std::string, std::string> tags;  // all of them
  static constexpr auto members() {
    return Members{member("queue_arn", &QueueTagsSet::queue_arn), member("tags", &QueueTagsSet::tags)};
  }
};

struct QueueDeleted {
  static constexpr log::RecordType kType = 203;
  std::string queue_arn;
  static constexpr auto members() { return Members{member("queue_arn", &QueueDeleted::queue_arn)}; }
};

struct QueuePurged {
  static constexpr log::RecordType kType = 204;
  std::string queue_arn;
  static constexpr auto members() { return Members{member("queue_arn", &QueuePurged::queue_arn)}; }
};

// Holds the body, stored only once: every receive reads it from here.
struct MessageSent {
  static constexpr log::RecordType kType = 205;
  std::string queue_arn;
  MessageId message_id;
  std::string body;
  MessageAttributes attributes;
  std::string sender_id;
  std::string trace_header;
  std::chrono::seconds delay{};
  std::string group_id;
  std::string deduplication_id;  // FIFO: given, or the SHA-256 of the body
  static constexpr auto members() {
    return Members{member("queue_arn", &MessageSent::queue_arn),
                   member("message_id", &MessageSent::message_id),
                   member("body", &MessageSent::body),
                   member("attributes", &MessageSent::attributes),
                   member("sender_id", &MessageSent::sender_id),
                   member("trace_header", &MessageSent::trace_header),
                   member("delay", &MessageSent::delay),
                   member("group_id", &MessageSent::group_id),
                   member("deduplication_id", &MessageSent::deduplication_id)};
  }
};

struct MessagesReceived {
  static constexpr log::RecordType kType = 206;
  std::string queue_arn;
  std::vector<Sequence> sequences;
  std::chrono::seconds visibility_timeout{};  // counted from the record's time
  static constexpr auto members() {
    return Members{member("queue_arn", &MessagesReceived::queue_arn), member("sequences", &MessagesReceived::sequences),
                   member("visibility_timeout", &MessagesReceived::visibility_timeout)};
  }
};

// By their receiver, or because their content is lost.
struct MessagesDeleted {
  static constexpr log::RecordType kType = 207;
  std::string queue_arn;
  std::vector<Sequence> sequences;
  static constexpr auto members() {
    return Members{member("queue_arn", &MessagesDeleted::queue_arn), member("sequences", &MessagesDeleted::sequences)};
  }
};

struct VisibilityChanged {
  static constexpr log::RecordType kType = 208;
  std::string queue_arn;
  Sequence sequence;
  std::chrono::seconds visibility_timeout{};  // counted from the record's time
  static constexpr auto members() {
    return Members{member("queue_arn", &VisibilityChanged::queue_arn), member("sequence", &VisibilityChanged::sequence),
                   member("visibility_timeout", &VisibilityChanged::visibility_timeout)};
  }
};

// Messages whose receive count exceeded maxReceiveCount leave one queue and join another, in one record.
struct MessagesDeadLettered {
  static constexpr log::RecordType kType = 209;
  std::string queue_arn;
  std::string dead_letter_arn;
  std::vector<Sequence> sequences;
  static constexpr auto members() {
    return Members{member("queue_arn", &MessagesDeadLettered::queue_arn),
                   member("dead_letter_arn", &MessagesDeadLettered::dead_letter_arn),
                   member("sequences", &MessagesDeadLettered::sequences)};
  }
};

// What has expired in a queue: messages, and entries of its deduplication window, by the record's time.
struct MessagesExpired {
  static constexpr log::RecordType kType = 210;
  std::string queue_arn;
  base::Time sent_until{};              // everything sent at or before this moment is gone
  std::uint64_t forgotten_max = 1'000;  // oldest of the window; the default is for older records
  static constexpr auto members() {
    return Members{member("queue_arn", &MessagesExpired::queue_arn), member("sent_until", &MessagesExpired::sent_until),
                   member("forgotten_max", &MessagesExpired::forgotten_max)};
  }
};

inline MessageContent content_of(MessageSent message) {
  return {std::move(message.body), std::move(message.attributes), std::move(message.sender_id),
          std::move(message.trace_header)};
}

}  // namespace athanor::queue
