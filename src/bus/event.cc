#include "bus/event.h"

#include "base/text.h"
#include "format/json.h"
#include "pattern/event_fields.h"

namespace athanor::bus {

namespace {

// Whether every byte is ASCII that a JSON string holds unescaped. Asked of each event: names are short, mostly plain.
bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= c >= ' ' && c != '"' && c != '\\';
  return plain;
}

bool has_four_digits(base::Time year_of) {
  using std::chrono::sys_days, std::chrono::year, std::chrono::January;
  return year_of >= sys_days{year{0} / January / 1} && year_of < sys_days{year{10'000} / January / 1};
}

// Two outputs for put_head: one appends to a string, the other only counts the bytes.
struct Text {
  std::string& out;
  void raw(std::string_view text) { out += text; }
  void string(std::string_view text) { format::append_json_string(out, text); }
  void time(base::Time time) { string(base::to_iso8601(time)); }
};
struct Length {
  std::size_t bytes = 0;
  void raw(std::string_view text) { bytes += text.size(); }
  void string(std::string_view text) { bytes += is_plain(text) ? text.size() + 2 : format::json_string_bytes(text); }
  void time(base::Time time) {
    constexpr std::size_t kUsual = std::string_view{R"("2025-10-13T20:00:00Z")"}.size();
    bytes += has_four_digits(time) ? kUsual : format::json_string_bytes(base::to_iso8601(time));
  }
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
  out.raw(R"(,"time":)");
  out.time(event.time);
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

pattern::Envelope envelope_of(const EventAccepted& event, std::string_view time, std::string_view replay_name) {
  return {.id = event.id,
          .detail_type = event.detail_type,
          .source = event.source,
          .account = event.account,
          .time = time,
          .region = event.region,
          .resources = event.resources,
          .detail = event.detail,
          .replay_name = replay_name};
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
