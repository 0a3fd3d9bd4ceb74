#include "sdk/event.h"

#include "auth/digest.h"
#include "base/assert.h"
#include "base/text.h"

namespace athanor::sdk {
namespace {

constexpr std::size_t kIdDigits = 32;  // 128 of SHA-256's 256 bits: no collisions by chance

}  // namespace

Lineage Lineage::of(const EventFields& parent) { return Lineage{parent.correlation_id(), parent.event_id()}; }

Lineage Lineage::each(std::string_view what) const {
  Lineage lineage = *this;
  lineage.discriminator_ = what;
  return lineage;
}

EventFields::EventFields(const EventKind& kind, const Lineage& lineage, const Producer& producer, Timestamp now)
    : correlation_id_(lineage.correlation_id_),
      causation_id_(lineage.causation_id_),
      event_type_(kind.type),
      timestamp_(now),
      source_module_(producer.module) {
  ATHANOR_ASSERT(!correlation_id_.empty() && !causation_id_.empty());
  bool declared = false;
  for (const auto& known : kind.producers) declared |= !known.module.empty() && known.module == producer.module;
  ATHANOR_ASSERT(declared);
  if (!producer.component.empty()) source_component_ = producer.component;
  std::string seed;
  for (const std::string_view part : {std::string_view{correlation_id_}, std::string_view{causation_id_}, kind.type,
                                      producer.module, std::string_view{lineage.discriminator_}}) {
    seed += std::to_string(part.size()) + ":" + std::string(part);  // with lengths, so that no two lists look alike
  }
  event_id_ = std::string(kind.id_prefix) + base::to_hex(auth::sha256(seed)).substr(0, kIdDigits);
}

std::string_view source_of(const EventKind& kind, std::string_view source_module) {
  for (const auto& producer : kind.producers) {
    if (!producer.module.empty() && producer.module == source_module) return producer.source;
  }
  return source_module;
}

}  // namespace athanor::sdk
