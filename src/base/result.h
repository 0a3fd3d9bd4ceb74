// A value, or the reason why there is none. It cannot be dropped unread.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace athanor {

// `std::expected` with the error convertible from a bare Error, so that `return Error{...}` reads as it should.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}
  Result(const T& value) : std::expected<T, Error>(value) {}
  Result(T&& value) : std::expected<T, Error>(std::move(value)) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
  Result() = default;
  Result(Error error) : std::expected<void, Error>(std::unexpected(std::move(error))) {}
};

inline Error invalid_input(std::string message) { return {ErrorCode::InvalidInput, std::move(message), {}}; }
inline Error not_found(std::string message) { return {ErrorCode::NotFound, std::move(message), {}}; }
inline Error bad_parameter(std::string message) { return {ErrorCode::InvalidParameterValue, std::move(message), {}}; }
inline Error corrupt(std::string message, std::string detail = {}) {
  return {ErrorCode::Corrupt, std::move(message), std::move(detail)};
}
// A request refused with this has changed nothing.
inline Error disk_is_full(std::string detail = {}) {
  return {ErrorCode::DiskFull, "The disk is full: nothing was stored. Try again when there is room.",
          std::move(detail)};
}

}  // namespace athanor

// Returns the error of `expression` from the function, or goes on with `variable` holding its value.
#define ATHANOR_TRY(variable, expression)                              \
  auto variable##_result = (expression);                               \
  if (!variable##_result) return std::move(variable##_result).error(); \
  auto& variable = *variable##_result

// The same where there is no value, or it is not needed.
#define ATHANOR_CHECK(expression) \
  if (auto athanor_checked = (expression); !athanor_checked) return std::move(athanor_checked).error()
