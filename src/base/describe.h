// A struct that lists its members once. Wire protocols, validation, log records, snapshots and the SDK's events
// are walks over such lists:
//
//   struct PutEventsRequest {
//     std::vector<PutEventsRequestEntry> entries;
//     static constexpr auto members() {
//       return Members{member("Entries", &PutEventsRequest::entries, {.count_min = 1, .count_max = 10})};
//     }
//   };
//
// A member's place in the list is its number in the log (log/codec.h): members are added at the end, never moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace athanor::base {

// Where rest-json carries a member. The other protocols use only the body.
enum class Location : std::uint8_t { Body, Uri, Query, Header, Payload, StatusCode };

// What the API model says about one member. A bound at its type's extreme means no bound.
struct Constraints {
  std::int64_t length_min = 0;  // characters of a string, bytes of a blob
  std::int64_t length_max = std::numeric_limits<std::int64_t>::max();
  std::int64_t count_min = 0;  // elements of a list or map
  std::int64_t count_max = std::numeric_limits<std::int64_t>::max();
  std::int64_t value_min = std::numeric_limits<std::int64_t>::min();
  std::int64_t value_max = std::numeric_limits<std::int64_t>::max();
  std::string_view pattern = {};  // the model's regular expression, matched against the whole string
  std::string_view one_of = {};   // enum values in AWS's order: "ENABLED, DISABLED"
  bool required = false;
  Location location = Location::Body;
  std::string_view location_name = {};  // name of the header, query key or URI label; empty: the member's name
  std::string_view query_name = {};     // name in query/XML when it differs (flattened lists: "MessageAttribute")
};

template <class Owner, class T>
struct Member {
  using Type = T;
  std::string_view name;
  T Owner::* pointer;
  Constraints constraints;
};

template <class Owner, class T>
constexpr Member<Owner, T> member(std::string_view name, T Owner::* pointer, Constraints constraints = {}) {
  return {name, pointer, constraints};
}

template <class... M>
struct Members;

// A member at its place in a list.
template <std::size_t Place, class M>
struct Listed {
  M member;
};

template <std::size_t Place, class M>
constexpr const M& member_at(const Listed<Place, M>& listed) {
  return listed.member;
}

template <class Places, class... M>
struct MemberList;

template <std::size_t... Place, class... M>
struct MemberList<std::index_sequence<Place...>, M...> : Listed<Place, M>... {
  // Calls visit(member) for each, in order.
  template <class Visit>
  constexpr void each(Visit&& visit) const {
    (visit(member_at<Place>(*this)), ...);
  }

  // This list followed by `own`.
  template <class... Own>
  constexpr Members<M..., Own...> with(Own... own) const {
    return {member_at<Place>(*this)..., own...};
  }
};

// What members() returns. A std::tuple would do, but take several times as long to compile wherever it is included.
template <class... M>
struct Members : MemberList<std::index_sequence_for<M...>, M...> {
  constexpr Members(M... members) : MemberList<std::index_sequence_for<M...>, M...>{{members}...} {}
};

template <class T>
concept Described = requires { T::members(); };

// The list of T, made once at compile time.
template <Described T>
inline constexpr auto kMembersOf = T::members();

// Calls visit(member, value) for each member in order. `object` may be const.
template <class T, class Visit>
constexpr void for_each_member(T& object, Visit&& visit) {
  kMembersOf<std::remove_const_t<T>>.each([&](const auto& m) { visit(m, object.*(m.pointer)); });
}

}  // namespace athanor::base

namespace athanor {
using base::member;
using base::Members;
}  // namespace athanor
