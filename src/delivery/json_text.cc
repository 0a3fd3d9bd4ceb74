#include "delivery/json_text.h"

#include "format/json.h"

namespace athanor::delivery {
namespace {

using format::JsonKind;

// Appends `raw`, the text between the quotes of a string.
void put_string(std::string& out, std::string_view raw, bool quoted) {
  if (raw.find('\\') != std::string_view::npos) {
    const std::string text = format::unescape_json(raw);
    quoted ? format::append_json_string(out, text) : void(out += text);
    return;
  }
  if (quoted) out += '"';
  out += raw;
  if (quoted) out += '"';
}

void put(std::string& out, format::JsonCursor& cursor, bool quoted) {
  const auto kind = cursor.kind();
  const char* separator = "";
  if (kind == JsonKind::Object) {
    out += '{';
    cursor.enter_object();
    for (std::string_view key; cursor.next_member(key); separator = ",") {
      out += separator;
      put_string(out, key, quoted);
      out += ':';
      put(out, cursor, quoted);
    }
    out += '}';
  } else if (kind == JsonKind::Array) {
    out += '[';
    cursor.enter_array();
    for (; cursor.next_element(); separator = ",") {
      out += separator;
      put(out, cursor, quoted);
    }
    out += ']';
  } else if (kind == JsonKind::String) {
    put_string(out, cursor.take_raw_string(), quoted);
  } else {
    out += cursor.take_raw();
  }
}

std::string put_together(std::string_view text, bool quoted) {
  std::string out;
  out.reserve(text.size());
  format::JsonCursor cursor{text};
  put(out, cursor, quoted);
  return out;
}

}  // namespace

std::optional<std::string> compact_json(std::string_view text) {
  return format::is_valid_json(text) ? std::optional{put_together(text, true)} : std::nullopt;
}

std::string unquoted_json(std::string_view compact) { return put_together(compact, false); }

}  // namespace athanor::delivery
