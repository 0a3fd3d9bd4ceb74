#include "service/sqs/message_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/alphanumeric.h"
#include "base/limits.h"
#include "base/text.h"
#include "queue/attributes.h"
#include "queue/given_id.h"
#include "queue/limits.h"

namespace athanor::service::sqs {
namespace {

// Source: SQS Developer Guide, message metadata; SQS API Reference, SendMessage.
constexpr std::size_t kAttributesMax = 10;
constexpr std::size_t kAttributeNameCharacters = 256;
// Of a Number: its digits, and the powers of ten it lies between. Source: SQS Developer Guide, message attribute data
// types.
constexpr std::size_t kNumberDigits = 38;
constexpr std::int64_t kNumberExponentMin = -128;
constexpr std::int64_t kNumberExponentMax = 126;
// Counts towards no quota. Our choice, as X-Ray gives no length: the longest that Lambda accepts (API Reference,
// TraceHeader).
constexpr std::size_t kTraceHeaderBytes = 8'192;

Error invalid_characters() {
  return {ErrorCode::InvalidMessageContents,
          "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD "
          "| #x10000 to #x10FFFF",
          {}};
}

Result<void> check_attribute_name(const std::string& name) {
  const bool characters = std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_alphanumeric_ascii(c) || c == '_' || c == '-' || c == '.';
  });
  if (name.empty() || name.size() > kAttributeNameCharacters || !characters) {
    return bad_parameter(fmt::format(
        "Message (user) attribute name '{}' is invalid: it can contain A-Z, a-z, 0-9, underscore, hyphen and period, "
        "and must be 1 to {} characters long.",
        name, kAttributeNameCharacters));
  }
  const std::string lower = base::to_lower_ascii(name);
  if (name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string::npos ||
      lower.starts_with("aws.") || lower.starts_with("amazon.")) {
    return bad_parameter(fmt::format(
        "Message (user) attribute name '{}' is invalid: it must not start with AWS. or Amazon., start or end with a "
        "period, or have two of them in succession.",
        name));
  }
  return {};
}

// Digits with an optional sign, fraction and exponent, within the bounds above.
bool is_number(std::string_view text) {
  const auto take_digits = [&text] {
    const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
    text.remove_prefix(digits.size());
    return digits;
  };
  const auto take_sign = [&text] {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    return is_negative;
  };
  take_sign();
  std::string digits{take_digits()};
  auto exponent = static_cast<std::int64_t>(digits.size()) - 1;  // of the first digit
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits();
  }
  if (digits.empty()) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    const bool is_negative = take_sign();
    const auto given = base::to_int(take_digits());
    if (!given) return false;
    const auto shift = std::min<std::int64_t>(*given, 2 * limits::kMessageBytes);  // more than any digits make up for
    exponent += is_negative ? -shift : shift;
  }
  if (!text.empty()) return false;
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return true;
  const std::size_t last = digits.find_last_not_of('0');
  exponent -= static_cast<std::int64_t>(first);
  const bool is_largest = exponent == kNumberExponentMax && first == last && digits[first] == '1';
  return last - first < kNumberDigits && exponent >= kNumberExponentMin &&
         (exponent < kNumberExponentMax || is_largest);
}

Result<queue::MessageAttribute> checked_attribute(const std::string& name, const api::MessageAttributeValue& given) {
  const std::string& type = given.data_type;
  if (type.empty()) {
    return bad_parameter(
        fmt::format("The message attribute '{}' must contain non-empty message attribute type.", name));
  }
  const std::string_view base_type = std::string_view{type}.substr(0, type.find('.'));
  if (base_type != "String" && base_type != "Number" && base_type != "Binary") {
    return bad_parameter(fmt::format(
        "The message attribute '{}' has an invalid message attribute type, the set of supported type prefixes is "
        "Binary, Number, and String.",
        name));
  }
  if (type.size() > kAttributeNameCharacters || !has_allowed_characters(type)) {
    return bad_parameter(fmt::format("The message attribute '{}' has an invalid message attribute type.", name));
  }
  const bool binary = base_type == "Binary";
  const std::string value = binary ? (given.binary_value ? given.binary_value->bytes : std::string{})
                                   : given.string_value.value_or(std::string{});
  if (value.empty()) {
    return bad_parameter(fmt::format(
        "The message attribute '{}' must contain non-empty message attribute value for message attribute type '{}'.",
        name, type));
  }
  if (binary ? given.string_value.has_value() : given.binary_value.has_value()) {
    return bad_parameter(
        fmt::format("The message attribute '{}' has a value of another kind than its type '{}'.", name, type));
  }
  if (!binary && !has_allowed_characters(value)) return invalid_characters();
  if (base_type == "Number" && !is_number(value)) {
    return bad_parameter(fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name));
  }
  return queue::MessageAttribute{type, value};
}

}  // namespace

bool is_trace_header(std::string_view text) {
  return !text.empty() && text.size() <= kTraceHeaderBytes && has_allowed_characters(text);
}

bool has_allowed_characters(std::string_view text) {
  if (!base::is_valid_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    // U+FFFE and U+FFFF; valid UTF-8 has two more bytes there.
    if (c == '\xEF' && text[i + 1] == '\xBF' && (text[i + 2] == '\xBE' || text[i + 2] == '\xBF')) return false;
  }
  return true;
}

Result<void> check_body(std::string_view body) {
  if (body.empty()) {
    return Error{ErrorCode::MissingParameter, "The request must contain the parameter MessageBody.", {}};
  }
  if (!has_allowed_characters(body)) return invalid_characters();
  return {};
}

Result<void> check_delay(const std::optional<std::int64_t>& delay_seconds) {
  if (!delay_seconds || (*delay_seconds >= 0 && *delay_seconds <= queue::kDelayMax.count())) return {};
  return queue::invalid_parameter(std::to_string(*delay_seconds), "DelaySeconds",
                                  fmt::format("DelaySeconds must be >= 0 and <= {}.", queue::kDelayMax.count()));
}

Result<void> check_id(const std::optional<std::string>& id, std::string_view parameter) {
  if (!id || queue::is_given_id(*id)) return {};
  return queue::invalid_parameter(
      *id, parameter,
      fmt::format("{} can only include alphanumeric and punctuation characters. 1 to {} in length.", parameter,
                  queue::kGivenIdCharacters));
}

Result<queue::MessageAttributes> checked_attributes(
    const std::optional<std::map<std::string, api::MessageAttributeValue>>& attributes) {
  queue::MessageAttributes checked;
  if (!attributes) return checked;
  if (attributes->size() > kAttributesMax) {
    return bad_parameter(fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].",
                                     attributes->size(), kAttributesMax));
  }
  for (const auto& [name, value] : *attributes) {
    ATHANOR_CHECK(check_attribute_name(name));
    ATHANOR_TRY(attribute, checked_attribute(name, value));
    checked.emplace(name, std::move(attribute));
  }
  return checked;
}

Result<std::string> checked_trace_header(
    const std::optional<std::map<std::string, api::MessageSystemAttributeValue>>& attributes) {
  std::string header;
  if (!attributes) return header;
  for (const auto& [name, value] : *attributes) {
    if (name != "AWSTraceHeader") {
      return bad_parameter(fmt::format("Message system attribute name '{}' is invalid.", name));
    }
    if (value.data_type != "String" || !value.string_value || value.string_value->empty() || value.binary_value ||
        !has_allowed_characters(*value.string_value)) {
      return bad_parameter("The message system attribute 'AWSTraceHeader' must have a non-empty value of type String.");
    }
    if (value.string_value->size() > kTraceHeaderBytes) {
      return bad_parameter(fmt::format("The message system attribute 'AWSTraceHeader' must be at most {} bytes long.",
                                       kTraceHeaderBytes));
    }
    header = *value.string_value;
  }
  return header;
}

}  // namespace athanor::service::sqs
