// What a message carries: its body and attributes, read from the log when it is received.
#pragma once

#include <map>
#include <string>

#include "base/describe.h"

namespace athanor::queue {

struct MessageAttribute {
  std::string data_type;  // "String", "Number", "Binary", each optionally with a ".label"
  std::string value;      // text, or the bytes of a Binary

  bool is_binary() const { return data_type.starts_with("Binary"); }
  friend bool operator==(const MessageAttribute&, const MessageAttribute&) = default;
  static constexpr auto members() {
    return Members{member("data_type", &MessageAttribute::data_type), member("value", &MessageAttribute::value)};
  }
};

using MessageAttributes = std::map<std::string, MessageAttribute>;

struct MessageContent {
  std::string body;
  MessageAttributes attributes;
  std::string sender_id;     // empty: handed over by Athanor itself
  std::string trace_header;  // AWSTraceHeader; empty when none was sent

  friend bool operator==(const MessageContent&, const MessageContent&) = default;
};

// What counts against MaximumMessageSize and the batch limit: the body, and each attribute's name, type and value.
inline std::size_t content_bytes(const std::string& body, const MessageAttributes& attributes) {
  std::size_t bytes = body.size();
  for (const auto& [name, attribute] : attributes) {
    bytes += name.size() + attribute.data_type.size() + attribute.value.size();
  }
  return bytes;
}

}  // namespace athanor::queue
