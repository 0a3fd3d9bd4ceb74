#include "bus/event.h"

#include "base/text.h"
#include "format/json.h"

namespace athanor::bus {

std::string event_head(const EventAccepted& event, std::string_view replay_name) {
  std::string out = R"({"version":"0","id":)";
  const auto put = [&](std::string_view key, std::string_view value) {
    out += key;
    format::append_json_string(out, value);
  };
  format::append_json_string(out, event.id);
  put(R"(,"detail-type":)", event.detail_type);
  put(R"(,"source":)", event.source);
  put(R"(,"account":)", event.account);
  put(R"(,"time":)", base::to_iso8601(event.time));
  put(R"(,"region":)", event.region);
  if (!replay_name.empty()) put(R"(,"replay-name":)", replay_name);
  out += R"(,"resources":[)";
  for (std::size_t i = 0; i < event.resources.size(); ++i) {
    if (i > 0) out += ',';
    format::append_json_string(out, event.resources[i]);
  }
  out += R"(],"detail":)";
  return out;
}

std::string event_text(const EventAccepted& event, std::string_view replay_name) {
  std::string out = event_head(event, replay_name);
  out.reserve(out.size() + event.detail.size() + 1);
  out += event.detail;
  out += '}';
  return out;
}

}  // namespace athanor::bus
