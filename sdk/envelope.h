// The envelope in which a bus delivers an event, and the forms in which it reaches a program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"
#include "sdk/event.h"
#include "sdk/timestamp.h"

namespace athanor::sdk {

struct EnvelopeFields {
  std::string id;  // assigned by the bus; to detect duplicates, compare the event's own event_id
  std::string detail_type;
  std::string source;
  std::string account;
  Timestamp time;
  std::string region;
  std::vector<std::string> resources;
  std::optional<std::string> replay_name;  // set when an archive is replayed
};

// What a handler is given: never the bare detail, never an unparsed envelope.
template <EventType T>
struct Envelope : EnvelopeFields {
  T detail;
};

struct RawEnvelope : EnvelopeFields {
  format::JsonValue detail;
};

// The envelopes in a payload that a function or an endpoint received: an envelope by itself; an object with a `body`
// that is one (function URL, API gateway); `Records` with such bodies (a queue). Its detail may be an object or JSON
// text. InvalidInput when it is none of these.
Result<std::vector<RawEnvelope>> read_envelopes(std::string_view payload);

template <EventType T>
Result<Envelope<T>> open_envelope(const RawEnvelope& raw) {
  ATHANOR_TRY(detail, EventJson::read<T>(raw.detail));
  return Envelope<T>{static_cast<const EnvelopeFields&>(raw), std::move(detail)};
}

// As EventBridge writes it. `detail` is JSON.
std::string write_envelope(const EnvelopeFields& fields, std::string_view detail);

}  // namespace athanor::sdk
