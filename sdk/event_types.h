// The types of events a program knows, as one list: names are distinct, and using a type that is not in it does not
// compile.
#pragma once

#include <array>
#include <concepts>
#include <string_view>

#include "sdk/event.h"

namespace athanor::sdk {

template <EventType... Types>
struct EventTypes {
  static constexpr std::array<EventKind, sizeof...(Types)> kinds() { return {Types::kKind...}; }

  template <class T>
  static constexpr bool contains = (std::same_as<T, Types> || ...);

  static constexpr bool names_are_distinct() {
    const auto all = kinds();
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (all[i].type == all[j].type) return false;
      }
    }
    return true;
  }
  static_assert(names_are_distinct(), "two types of events have the same name");

  // Calls visit.template operator()<T>() for the type with that name; false when there is none.
  template <class Visit>
  static bool visit(std::string_view type, Visit&& visit) {
    return ((Types::kKind.type == type && (visit.template operator()<Types>(), true)) || ...);
  }
};

}  // namespace athanor::sdk
