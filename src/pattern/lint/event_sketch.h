// An event built from what has to be at some of its paths.
#pragma once

#include <string_view>

#include "format/json.h"

namespace athanor::pattern {

class EventSketch {
 public:
  EventSketch();

  // A value of the envelope or below detail, once for each path. Nested as the dots say; where an array or a value is
  // in the way, a name with dots avoids it.
  void put(std::string_view path, format::JsonValue value) { put(event_, path, std::move(value), 0); }
  // The same within an object that stands alone.
  static void put_into(format::JsonValue& object, std::string_view path, format::JsonValue value) {
    put(object, path, std::move(value), 0);
  }

  // With all fields of the envelope.
  const format::JsonValue& event() const { return event_; }

 private:
  static void put(format::JsonValue& object, std::string_view path, format::JsonValue value, std::size_t depth);

  format::JsonValue event_;
};

}  // namespace athanor::pattern
