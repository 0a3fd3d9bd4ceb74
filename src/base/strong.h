// Gives an identity a type of its own: Strong<struct QueueTag, std::uint64_t> does not mix with other numbers.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace athanor::base {

template <class Tag, class T>
struct Strong {
  T value{};
  constexpr Strong() = default;
  constexpr explicit Strong(T v) : value(std::move(v)) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
  friend constexpr bool operator==(const Strong&, const Strong&) = default;
};

}  // namespace athanor::base

template <class Tag, class T>
struct std::hash<athanor::base::Strong<Tag, T>> {
  std::size_t operator()(const athanor::base::Strong<Tag, T>& s) const noexcept { return std::hash<T>{}(s.value); }
};
