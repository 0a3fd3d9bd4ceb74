#include "pattern/lint/event_sketch.h"

#include <utility>

namespace athanor::pattern {
namespace {

using format::JsonValue;

constexpr std::size_t kDepthMax = 100;  // then names have dots: a deeper event could not be read

}  // namespace

EventSketch::EventSketch()
    : event_(JsonValue::object({{"version", JsonValue::of("0")},
                                {"id", JsonValue::of("00000000-0000-4000-8000-000000000000")},
                                {"detail-type", JsonValue::of("Example")},
                                {"source", JsonValue::of("example")},
                                {"account", JsonValue::of("123456789012")},
                                {"time", JsonValue::of("2025-10-13T20:00:00Z")},
                                {"region", JsonValue::of("us-east-1")},
                                {"resources", JsonValue::array()},
                                {"detail", JsonValue::object()}})) {}

void EventSketch::put(JsonValue& object, std::string_view path, JsonValue value, std::size_t depth) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos || depth == kDepthMax) return object.set(path, std::move(value));
  const std::string_view name = path.substr(0, dot);
  if (object.find(name) == nullptr) object.set(name, JsonValue::object());
  JsonValue* const next = object.find(name);
  if (!next->is_object()) return object.set(path, std::move(value));
  put(*next, path.substr(dot + 1), std::move(value), depth + 1);
}

}  // namespace athanor::pattern
