// Described structs at run time. A protocol is one function over (Shape, object) instead of a template for every type:
// that keeps the compiled code small and the walks readable.
//
// A member may be a std::string, bool, std::int64_t, double, base::Time, Blob, another described struct, or a
// std::vector, std::map<std::string, ...> or std::optional of these.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"

namespace athanor::api {

// Bytes; Base64 in JSON and XML.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

enum class Kind : std::uint8_t { Struct, String, Bool, Integer, Double, Timestamp, Blob, List, Map, Optional };

struct Shape;
using base::Location;

struct Field {
  std::string_view name;
  const base::Constraints* constraints;
  const Shape& (*shape)();
  void* (*get)(void* object);

  const void* get_const(const void* object) const { return get(const_cast<void*>(object)); }
};

struct Shape {
  Kind kind = Kind::Struct;
  std::string_view name = {};           // of a Struct, where messages show it: "PutEventsRequestEntry"
  std::span<const Field> fields = {};   // Struct, in the order described
  const Shape& (*element)() = nullptr;  // of a List, Map or Optional

  // List: adds an element and returns it. Map: adds one under the key. Optional: fills it.
  void* (*append)(void* list) = nullptr;
  void* (*insert)(void* map, std::string key) = nullptr;
  void* (*emplace)(void* optional) = nullptr;

  std::size_t (*size)(const void* container) = nullptr;              // List, Map
  const void* (*at)(const void* list, std::size_t index) = nullptr;  // List
  void (*each)(const void* map, const std::function<void(const std::string& key, const void* value)>& visit) = nullptr;
  const void* (*value)(const void* optional) = nullptr;  // nullptr when empty
};

template <class T>
const Shape& shape_of();

namespace detail {

template <class T>
struct Element {
  using Type = void;
};
template <class T>
struct Element<std::vector<T>> {
  using Type = T;
  static constexpr Kind kKind = Kind::List;
};
template <class T>
struct Element<std::optional<T>> {
  using Type = T;
  static constexpr Kind kKind = Kind::Optional;
};
template <class T>
struct Element<std::map<std::string, T>> {
  using Type = T;
  static constexpr Kind kKind = Kind::Map;
};

// AWS's largest batch: a list has room for it from its first element on, since entries are costly to move.
inline constexpr std::size_t kBatchMax = 10;

// One function per member, found by its place in members(): what a Field points to.
template <class T, std::size_t Place>
void* member_address(void* object) {
  return &(static_cast<T*>(object)->*(base::member_at<Place>(base::kMembersOf<T>).pointer));
}

template <class T, std::size_t... Place, class... M>
constexpr std::array<Field, sizeof...(M)> fields_of(const base::MemberList<std::index_sequence<Place...>, M...>&) {
  return {Field{base::member_at<Place>(base::kMembersOf<T>).name,
                &base::member_at<Place>(base::kMembersOf<T>).constraints, &shape_of<typename M::Type>,
                &member_address<T, Place>}...};
}

template <class T>
inline constexpr auto kFieldsOf = fields_of<T>(base::kMembersOf<T>);

template <class T>
constexpr Shape make_shape() {
  Shape shape;
  if constexpr (std::is_same_v<T, std::string>) {
    shape.kind = Kind::String;
  } else if constexpr (std::is_same_v<T, bool>) {
    shape.kind = Kind::Bool;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    shape.kind = Kind::Integer;
  } else if constexpr (std::is_same_v<T, double>) {
    shape.kind = Kind::Double;
  } else if constexpr (std::is_same_v<T, base::Time>) {
    shape.kind = Kind::Timestamp;
  } else if constexpr (std::is_same_v<T, Blob>) {
    shape.kind = Kind::Blob;
  } else if constexpr (base::Described<T>) {
    if constexpr (requires { T::kName; }) shape.name = T::kName;
    shape.fields = kFieldsOf<T>;
  } else {
    using E = typename Element<T>::Type;
    static_assert(!std::is_void_v<E>, "a member of a type that no protocol knows");
    shape.kind = Element<T>::kKind;
    shape.element = &shape_of<E>;
    if constexpr (Element<T>::kKind == Kind::List) {
      shape.append = [](void* list) -> void* {
        T& elements = *static_cast<T*>(list);
        if (elements.empty()) elements.reserve(kBatchMax);
        return &elements.emplace_back();
      };
      shape.size = [](const void* list) { return static_cast<const T*>(list)->size(); };
      shape.at = [](const void* list, std::size_t index) -> const void* {
        return &(*static_cast<const T*>(list))[index];
      };
    } else if constexpr (Element<T>::kKind == Kind::Map) {
      shape.insert = [](void* map, std::string key) -> void* { return &(*static_cast<T*>(map))[std::move(key)]; };
      shape.size = [](const void* map) { return static_cast<const T*>(map)->size(); };
      shape.each = [](const void* map, const std::function<void(const std::string&, const void*)>& visit) {
        for (const auto& [key, value] : *static_cast<const T*>(map)) visit(key, &value);
      };
    } else {
      shape.emplace = [](void* optional) -> void* { return &static_cast<T*>(optional)->emplace(); };
      shape.value = [](const void* optional) -> const void* {
        const auto& o = *static_cast<const T*>(optional);
        return o ? &*o : nullptr;
      };
    }
  }
  return shape;
}

}  // namespace detail

template <class T>
const Shape& shape_of() {
  static constexpr Shape shape = detail::make_shape<T>();
  return shape;
}

}  // namespace athanor::api
