#include "engine/record_text.h"

#include <fmt/format.h>

#include <string>
#include <type_traits>

#include "base/text.h"
#include "engine/records.h"
#include "log/codec.h"

namespace athanor::engine {
namespace {

using format::JsonValue;

JsonValue text(std::string_view bytes) {
  if (base::is_valid_utf8(bytes)) return JsonValue::of(bytes);
  return JsonValue::object({{"Base64", JsonValue::of(base::to_base64(bytes))}});
}

template <class T>
JsonValue json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return JsonValue::of(static_cast<std::int64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return JsonValue::of(value);
  } else if constexpr (log::codec::IsStrong<T>::value) {
    return json_of(value.value);
  } else if constexpr (std::is_same_v<T, base::Time>) {
    return JsonValue::of(base::to_iso8601_millis(value));
  } else if constexpr (log::codec::is_varint<T>()) {
    return JsonValue::of(value.count());
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return text(value);
  } else if constexpr (log::codec::IsOptional<T>::value) {
    return value ? json_of(*value) : JsonValue::null();
  } else if constexpr (log::codec::IsVector<T>::value) {
    JsonValue list = JsonValue::array();
    for (const auto& element : value) list.items.push_back(json_of<typename T::value_type>(element));
    return list;
  } else if constexpr (log::codec::IsMap<T>::value) {
    JsonValue map = JsonValue::object();
    for (const auto& [key, element] : value) map.members.emplace_back(std::string{key}, json_of(element));
    return map;
  } else {
    JsonValue object = JsonValue::object();
    base::for_each_member(value, [&](const auto& member, const auto& part) {
      object.members.emplace_back(std::string{member.name}, json_of(part));
    });
    return object;
  }
}

// The type's own name, as the compiler spells it at the end of "... [R = athanor::bus::EventAccepted]".
template <class R>
constexpr std::string_view name_of() {
  std::string_view name = __PRETTY_FUNCTION__;
  name.remove_suffix(1);
  return name.substr(name.rfind(':') + 1);
}

}  // namespace

std::string_view record_name(log::RecordType type) {
  std::string_view name;
  visit_record_type(type, [&]<class R>(std::type_identity<R>) { name = name_of<R>(); });
  return name;
}

std::optional<log::RecordType> record_type(std::string_view name) {
  std::optional<log::RecordType> type;
  [&]<class... R>(std::type_identity<std::tuple<R...>>) {
    static_cast<void>(((name == name_of<R>() && (type = R::kType, true)) || ...));
  }(std::type_identity<Records>{});
  return type;
}

Result<JsonValue> record_fields(log::RecordType type, std::string_view payload) {
  Result<JsonValue> fields = Error{ErrorCode::UnknownFormat, fmt::format("There is no record of type {}.", type), {}};
  visit_record_type(type, [&]<class R>(std::type_identity<R>) {
    if (const auto record = log::decode<R>(payload))
      fields = json_of(*record);
    else
      fields = record.error();
  });
  return fields;
}

}  // namespace athanor::engine
