#include "sdk/envelope.h"

#include "base/text.h"

namespace athanor::sdk {
namespace {

using format::JsonKind;
using format::JsonValue;

constexpr int kWrappings = 4;  // a queue's record holds a body that holds an envelope; nothing of ours is deeper

Result<RawEnvelope> read_one(const JsonValue& json) {
  RawEnvelope envelope;
  envelope.id = json.text_at("id").value_or("");
  envelope.detail_type = json.text_at("detail-type").value_or("");
  envelope.source = json.text_at("source").value_or("");
  envelope.account = json.text_at("account").value_or("");
  envelope.region = json.text_at("region").value_or("");
  if (envelope.detail_type.empty() || envelope.source.empty()) {
    return invalid_input("The envelope has no detail-type or no source.");
  }
  if (const std::string time = json.text_at("time").value_or(""); !time.empty()) {
    const auto parsed = Timestamp::parse(time);
    if (!parsed) return invalid_input("The envelope's time '" + time + "' is not a time.");
    envelope.time = *parsed;
  }
  if (const JsonValue* resources = json.find("resources"); resources != nullptr && resources->is_array()) {
    for (const auto& resource : resources->items) envelope.resources.push_back(resource.text);
  }
  if (std::string replay = json.text_at("replay-name").value_or(""); !replay.empty())
    envelope.replay_name = std::move(replay);
  const JsonValue* detail = json.find("detail");
  if (detail == nullptr) return invalid_input("The envelope has no detail.");
  if (detail->is_string()) {
    ATHANOR_TRY(parsed, format::parse_json(detail->text));
    envelope.detail = std::move(parsed);
  } else {
    envelope.detail = *detail;
  }
  if (!envelope.detail.is_object()) return invalid_input("The envelope's detail is not an object.");
  return envelope;
}

Result<void> collect(const JsonValue& json, int wrappings, std::vector<RawEnvelope>& out) {
  if (!json.is_object() || wrappings > kWrappings) return invalid_input("This is not an event in its envelope.");
  if (const JsonValue* records = json.find("Records"); records != nullptr && records->is_array()) {
    for (const auto& record : records->items) ATHANOR_CHECK(collect(record, wrappings + 1, out));
    return {};
  }
  if (json.find("detail-type") == nullptr) {
    const auto body = json.text_at("body");
    if (!body) return invalid_input("This is not an event in its envelope.");
    std::string text = *body;
    if (const JsonValue* encoded = json.find("isBase64Encoded"); encoded != nullptr && encoded->boolean) {
      auto bytes = base::from_base64(text);
      if (!bytes) return invalid_input("The body is not Base64.");
      text = std::move(*bytes);
    }
    ATHANOR_TRY(parsed, format::parse_json(text));
    return collect(parsed, wrappings + 1, out);
  }
  ATHANOR_TRY(envelope, read_one(json));
  out.push_back(std::move(envelope));
  return {};
}

}  // namespace

Result<std::vector<RawEnvelope>> read_envelopes(std::string_view payload) {
  ATHANOR_TRY(json, format::parse_json(payload));
  std::vector<RawEnvelope> envelopes;
  ATHANOR_CHECK(collect(json, 0, envelopes));
  return std::move(envelopes);
}

std::string write_envelope(const EnvelopeFields& fields, std::string_view detail) {
  std::string out = R"({"version":"0","id":)";
  const auto text = [&](std::string_view value) { format::append_json_string(out, value); };
  text(fields.id);
  out += R"(,"detail-type":)";
  text(fields.detail_type);
  out += R"(,"source":)";
  text(fields.source);
  out += R"(,"account":)";
  text(fields.account);
  out += R"(,"time":)";
  text(fields.time.to_string());
  out += R"(,"region":)";
  text(fields.region);
  out += R"(,"resources":[)";
  for (std::size_t i = 0; i < fields.resources.size(); ++i) {
    if (i > 0) out += ',';
    text(fields.resources[i]);
  }
  out += ']';
  if (fields.replay_name) {
    out += R"(,"replay-name":)";
    text(*fields.replay_name);
  }
  out += R"(,"detail":)";
  out += detail;
  out += '}';
  return out;
}

}  // namespace athanor::sdk
