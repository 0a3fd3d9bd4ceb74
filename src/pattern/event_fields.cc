#include "pattern/event_fields.h"

namespace athanor::pattern {
namespace {

using format::JsonCursor;
using format::JsonKind;

class Flattener {
 public:
  explicit Flattener(const WantedPaths& wanted) : wanted_(wanted) {}

  void object(JsonCursor& cursor) {
    cursor.enter_object();
    for (std::string_view raw_key; cursor.next_member(raw_key);) member(format::unescape_json(raw_key), cursor);
  }

  void member(const std::string& key, JsonCursor& cursor) {
    const std::size_t length = path_.size();
    if (length > 0) path_ += '.';
    path_ += key;
    value(cursor);
    path_.resize(length);
  }

  void leaf(const std::string& path, JsonKind kind, std::string text) {
    if (wanted_.wants(path)) fields_[path].push_back({{kind, std::move(text)}, elements_});
  }

  std::uint32_t enter_array() { return next_array_++; }
  void enter_element(std::uint32_t array, std::uint32_t element) { elements_.emplace_back(array, element); }
  void leave_element() { elements_.pop_back(); }

  Fields take() { return std::move(fields_); }

 private:
  void value(JsonCursor& cursor) {
    const JsonKind kind = cursor.kind();
    const bool leaf_wanted = wanted_.wants(path_);
    if (kind == JsonKind::Object) {
      if (wanted_.leads_somewhere(path_))
        object(cursor);
      else
        cursor.take_raw();
    } else if (kind == JsonKind::Array) {
      if (!leaf_wanted && !wanted_.leads_somewhere(path_)) {
        cursor.take_raw();
        return;
      }
      const std::uint32_t array = enter_array();
      cursor.enter_array();
      for (std::uint32_t element = 0; cursor.next_element(); ++element) {
        enter_element(array, element);
        value(cursor);  // an array inside an array is flattened
        leave_element();
      }
    } else if (!leaf_wanted) {
      cursor.take_raw();
    } else {
      leaf(path_, kind, kind == JsonKind::String ? cursor.take_string() : std::string{cursor.take_raw()});
    }
  }

  const WantedPaths& wanted_;
  Fields fields_;
  std::string path_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> elements_;
  std::uint32_t next_array_ = 0;
};

}  // namespace

void WantedPaths::add(std::string_view path) {
  paths_.emplace(path);
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    prefixes_.emplace(path.substr(0, dot));
}

Fields flatten(const Envelope& event, const WantedPaths& wanted) {
  Flattener flattener{wanted};
  const auto put = [&](const char* name, std::string_view text) {
    flattener.leaf(name, JsonKind::String, std::string{text});
  };
  put("version", "0");
  put("id", event.id);
  put("detail-type", event.detail_type);
  put("source", event.source);
  put("account", event.account);
  put("time", event.time);
  put("region", event.region);
  if (!event.replay_name.empty()) put("replay-name", event.replay_name);
  const std::uint32_t array = flattener.enter_array();
  for (std::uint32_t i = 0; i < event.resources.size(); ++i) {
    flattener.enter_element(array, i);
    put("resources", event.resources[i]);
    flattener.leave_element();
  }
  if (wanted.leads_somewhere("detail")) {
    JsonCursor cursor{event.detail};
    flattener.member("detail", cursor);
  }
  return flattener.take();
}

Fields flatten(std::string_view event_text, const WantedPaths& wanted) {
  Flattener flattener{wanted};
  JsonCursor cursor{event_text};
  flattener.object(cursor);
  return flattener.take();
}

}  // namespace athanor::pattern
