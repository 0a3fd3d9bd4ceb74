#include "queue/message.h"

#include "base/text.h"

namespace athanor::queue {
namespace {

// The lowest number of 20 digits: with it in front, all numbers have as many.
constexpr std::uint64_t kFirstSequenceNumber = 10'000'000'000'000'000'000ULL;

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (const char c : bytes) bits = (bits << 8) | static_cast<unsigned char>(c);
  return bits;
}

}  // namespace

MessageId MessageId::random(base::Random& random) {
  const base::Uuid uuid = base::random_uuid_bits(random);
  return {uuid.high, uuid.low};
}

std::optional<MessageId> MessageId::parse(std::string_view uuid) {
  if (uuid.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (uuid[i] == '-')) return std::nullopt;
    if (!dash) digits += uuid[i];
  }
  const auto bytes = base::from_hex(digits);
  if (!bytes) return std::nullopt;
  return MessageId{from_big_endian(std::string_view{*bytes}.substr(0, 8)),
                   from_big_endian(std::string_view{*bytes}.substr(8))};
}

std::string MessageId::text() const { return base::uuid_text({high, low}); }

std::string sequence_number(Sequence sequence) { return std::to_string(kFirstSequenceNumber + sequence.value); }

}  // namespace athanor::queue
