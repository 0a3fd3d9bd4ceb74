#include "bus/event.h"

#include "base/text.h"
#include "format/json.h"

namespace athanor::bus {

namespace {

// What is printed goes to a text, or is only counted.
struct Text {
  std::string& out;
  void raw(std::string_view text) { out += text; }
  void string(std::string_view text) { format::append_json_string(out, text); }
};
struct Length {
  std::size_t bytes = 0;
  void raw(std::string_view text) { bytes += text.size(); }
  void string(std::string_view text) { bytes += format::json_string_bytes(text); }
};

template <class Out>
void put_head(Out& out, const EventAccepted& event, std::string_view replay_name) {
  const auto put = [&](std::string_view key, std::string_view value) {
    out.raw(key);
    out.string(value);
  };
  put(R"({"version":"0","id":)", event.id);
  put(R"(,"detail-type":)", event.detail_type);
  put(R"(,"source":)", event.source);
  put(R"(,"account":)", event.account);
  put(R"(,"time":)", base::to_iso8601(event.time));
  put(R"(,"region":)", event.region);
  if (!replay_name.empty()) put(R"(,"replay-name":)", replay_name);
  out.raw(R"(,"resources":[)");
  for (std::size_t i = 0; i < event.resources.size(); ++i) put(i > 0 ? "," : "", event.resources[i]);
  out.raw(R"(],"detail":)");
}

}  // namespace

std::string event_head(const EventAccepted& event, std::string_view replay_name) {
  std::string out;
  Text text{out};
  put_head(text, event, replay_name);
  return out;
}

std::size_t event_text_bytes(const EventAccepted& event, std::string_view replay_name) {
  Length length;
  put_head(length, event, replay_name);
  return length.bytes + event.detail.size() + 1;
}

std::string event_text(const EventAccepted& event, std::string_view replay_name) {
  std::string out = event_head(event, replay_name);
  out.reserve(out.size() + event.detail.size() + 1);
  out += event.detail;
  out += '}';
  return out;
}

}  // namespace athanor::bus
