#include "service/sqs/digests.h"

#include <cstdint>

#include "auth/digest.h"
#include "base/text.h"

namespace athanor::service::sqs {
namespace {

constexpr char kText = 1;
constexpr char kBinary = 2;

void put_sized(std::string& out, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 255);
  out += bytes;
}

}  // namespace

std::string md5_of_body(std::string_view body) { return base::to_hex(auth::md5(body)); }

std::optional<std::string> md5_of_attributes(const queue::MessageAttributes& attributes) {
  if (attributes.empty()) return std::nullopt;
  std::string input;
  for (const auto& [name, attribute] : attributes) {
    put_sized(input, name);
    put_sized(input, attribute.data_type);
    input += attribute.is_binary() ? kBinary : kText;
    put_sized(input, attribute.value);
  }
  return base::to_hex(auth::md5(input));
}

}  // namespace athanor::service::sqs
