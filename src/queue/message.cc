#include "queue/message.h"

#include "base/text.h"

namespace athanor::queue {
namespace {

// The lowest number of 20 digits: with it added, all numbers have 20.
constexpr std::uint64_t kFirstSequenceNumber = 10'000'000'000'000'000'000ULL;

}  // namespace

MessageId MessageId::random(base::Random& random) {
  const base::Uuid uuid = base::random_uuid_bits(random);
  return {uuid.high, uuid.low};
}

std::string MessageId::text() const { return base::uuid_text({high, low}); }

std::string sequence_number(Sequence sequence) { return std::to_string(kFirstSequenceNumber + sequence.value); }

}  // namespace athanor::queue
