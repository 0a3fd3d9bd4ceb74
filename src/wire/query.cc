#include "wire/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::wire {
namespace {

using api::Field;
using api::Kind;
using api::Shape;

// The parameters as the tree that their dots describe. List indices are kept as text: "Entry.1000000000" is one node.
struct Node {
  const std::string* value = nullptr;
  std::map<std::string, Node, std::less<>> children;

  const Node* find(std::string_view name) const {
    const auto it = children.find(name);
    return it == children.end() ? nullptr : &it->second;
  }
  // Children with numeric names, in order of the numbers; through "member" or "entry" if that is the only child.
  std::vector<const Node*> numbered() const {
    for (const std::string_view between : {"member", "entry"}) {
      if (const Node* inner = find(between)) return inner->numbered();
    }
    std::vector<std::pair<std::string_view, const Node*>> found;
    for (const auto& [name, child] : children) {
      if (base::is_digits_ascii(name)) found.emplace_back(name, &child);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.first.size() != b.first.size() ? a.first.size() < b.first.size() : a.first < b.first;
    });
    std::vector<const Node*> nodes;
    for (const auto& [name, node] : found) nodes.push_back(node);
    return nodes;
  }
};

constexpr std::size_t kDepthMax = 8;  // "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue" has six

Node tree_of(const http::Parameters& parameters) {
  Node root;
  for (const auto& [name, value] : parameters) {
    // Deeper than anything described. Counted first: a name of dots alone would split into millions of pieces.
    if (std::count(name.begin(), name.end(), '.') >= static_cast<std::ptrdiff_t>(kDepthMax)) continue;
    Node* node = &root;
    for (const std::string_view part : base::split(name, '.')) {
      node = &node->children.try_emplace(std::string{part}).first->second;
    }
    node->value = &value;
  }
  return root;
}

std::string capitalized(std::string_view name) {
  std::string text{name};
  if (text.front() >= 'a' && text.front() <= 'z') text.front() -= 'a' - 'A';
  return text;
}

std::string_view query_name(const Field& field) {
  return field.constraints->query_name.empty() ? field.name : field.constraints->query_name;
}

// The names of the two sides of a flattened map: tags have their own.
std::pair<std::string_view, std::string_view> entry_names(std::string_view name) {
  return name == "Tag" || name == "Tags" ? std::pair<std::string_view, std::string_view>{"Key", "Value"}
                                         : std::pair<std::string_view, std::string_view>{"Name", "Value"};
}

const Shape& without_optional(const Shape& shape) { return shape.kind == Kind::Optional ? shape.element() : shape; }

bool is_branch(const Shape& shape) {
  return shape.kind == Kind::Struct || shape.kind == Kind::List || shape.kind == Kind::Map;
}

bool is_batch(const Shape& shape) { return shape.kind == Kind::List && shape.element().kind == Kind::Struct; }

class Decoder {
 public:
  explicit Decoder(std::vector<std::string>& missing) : missing_(missing) {}

  Result<void> members(const Node& node, const Shape& shape, void* object, const std::string& path) {
    for (const Field& field : shape.fields) {
      const std::string_view name = query_name(field);
      const std::string at = path.empty() ? std::string{name} : fmt::format("{}.{}", path, name);
      const Node* child = node.find(name);
      if (child == nullptr) child = node.find(field.name);
      if (child == nullptr) child = node.find(capitalized(field.name));  // "Tags.1.Key", for the model's `tags`
      if (child == nullptr || (child->value == nullptr && !is_branch(without_optional(field.shape())))) {
        // Some clients write nothing at all for an empty list. The service refuses a batch without entries.
        if (field.constraints->required && !is_batch(field.shape())) missing_.push_back(at);
        continue;
      }
      ATHANOR_CHECK(value(*child, field.shape(), field.get(object), name, at));
    }
    return {};
  }

 private:
  Result<void> value(const Node& node, const Shape& shape, void* object, std::string_view name,
                     const std::string& path) {
    static const std::string kEmpty;
    const std::string& text = node.value == nullptr ? kEmpty : *node.value;
    const auto wrong = [&](const char* what) -> Error {
      return bad_parameter(fmt::format("Value {} for parameter {} is invalid. Reason: Must be {}.", text, path, what));
    };
    switch (shape.kind) {
      case Kind::Optional:
        return value(node, shape.element(), shape.emplace(object), name, path);
      case Kind::String:
        *static_cast<std::string*>(object) = text;
        return {};
      case Kind::Bool:
        if (text != "true" && text != "false") return wrong("true or false");
        *static_cast<bool*>(object) = text == "true";
        return {};
      case Kind::Integer: {
        const auto number = base::to_int(text);
        if (!number) return wrong("an integer");
        *static_cast<std::int64_t*>(object) = *number;
        return {};
      }
      case Kind::Timestamp: {
        const auto time = base::from_iso8601(text);
        if (!time) return wrong("an ISO 8601 time");
        *static_cast<base::Time*>(object) = *time;
        return {};
      }
      case Kind::Blob: {
        auto bytes = base::from_base64(text);
        if (!bytes) return wrong("Base64");
        static_cast<api::Blob*>(object)->bytes = *std::move(bytes);
        return {};
      }
      case Kind::List:
        return list(node, shape, object, name, path);
      case Kind::Map:
        return map(node, shape, object, name, path);
      case Kind::Struct:
        return members(node, shape, object, path);
      case Kind::Double:
        break;  // SQS has no such member
    }
    return {};
  }

  Result<void> list(const Node& node, const Shape& shape, void* object, std::string_view name,
                    const std::string& path) {
    const auto elements = node.numbered();
    if (elements.empty()) {
      // "AttributeNames=": how clients write an empty list. A single element needs no number.
      if (node.value == nullptr || node.value->empty()) return {};
      return value(node, shape.element(), shape.append(object), name, path);
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
      ATHANOR_CHECK(
          value(*elements[i], shape.element(), shape.append(object), name, fmt::format("{}.{}", path, i + 1)));
    }
    return {};
  }

  Result<void> map(const Node& node, const Shape& shape, void* object, std::string_view name, const std::string& path) {
    const auto [key_name, value_name] = entry_names(name);
    std::size_t n = 0;
    std::vector<const Node*> entries = node.numbered();
    if (node.find(key_name) != nullptr) entries.push_back(&node);  // a single one needs no number
    for (const Node* entry : entries) {
      const std::string at = fmt::format("{}.{}", path, ++n);
      const Node* key = entry->find(key_name);
      const Node* element = entry->find(value_name);
      if (key == nullptr) key = entry->find("key");
      if (element == nullptr) element = entry->find("value");
      const bool has_key = key != nullptr && key->value != nullptr;
      if (!has_key || element == nullptr) {
        return Error{ErrorCode::MissingParameter,
                     fmt::format("The request must contain the parameter {}.{}.", at, has_key ? value_name : key_name),
                     {}};
      }
      const std::size_t before = shape.size(object);
      void* const inserted = shape.insert(object, *key->value);
      if (shape.size(object) == before) {
        return bad_parameter(
            fmt::format("Value {} for parameter {}.{} is invalid. Reason: Must be unique.", *key->value, at, key_name));
      }
      ATHANOR_CHECK(value(*element, shape.element(), inserted, name, fmt::format("{}.{}", at, value_name)));
    }
    return {};
  }

  std::vector<std::string>& missing_;
};

constexpr std::string_view kReplacement = "\uFFFD";

// Length of the first character of `text` (non-empty UTF-8) if XML 1.0 does not allow it, else 0. A reader would refuse
// the whole answer because of it.
std::size_t unknown_to_xml(std::string_view text) {
  const char c = text.front();
  if (text.starts_with("\uFFFE") || text.starts_with("\uFFFF")) return 3;
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r' ? 1 : 0;
}

void append_xml_text(std::string& out, std::string_view text) {
  // An error may quote the request.
  if (!base::is_valid_utf8(text)) return append_xml_text(out, base::with_valid_utf8(text));
  for (; !text.empty(); text.remove_prefix(1)) {
    if (const std::size_t length = unknown_to_xml(text); length > 0) {
      out += kReplacement;
      text.remove_prefix(length - 1);
      continue;
    }
    switch (text.front()) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#xD;";
        break;  // a reader would turn it into a newline
      default:
        out += text.front();
    }
  }
}

std::string scalar_text(const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Kind::String:
      return *static_cast<const std::string*>(object);
    case Kind::Bool:
      return *static_cast<const bool*>(object) ? "true" : "false";
    case Kind::Integer:
      return fmt::format("{}", *static_cast<const std::int64_t*>(object));
    case Kind::Timestamp:
      return base::to_iso8601_millis(*static_cast<const base::Time*>(object));
    case Kind::Blob:
      return base::to_base64(static_cast<const api::Blob*>(object)->bytes);
    default:
      return {};
  }
}

void encode_members(std::string& out, const Shape& shape, const void* object);

void encode_element(std::string& out, std::string_view name, const Shape& shape, const void* object) {
  switch (shape.kind) {
    case Kind::Optional:
      if (const void* value = shape.value(object)) encode_element(out, name, shape.element(), value);
      return;
    case Kind::List:
      for (std::size_t i = 0; i < shape.size(object); ++i)
        encode_element(out, name, shape.element(), shape.at(object, i));
      return;
    case Kind::Map: {
      const auto [key_name, value_name] = entry_names(name);
      shape.each(object, [&, key = key_name, element = value_name](const std::string& k, const void* value) {
        fmt::format_to(std::back_inserter(out), "<{}><{}>", name, key);
        append_xml_text(out, k);
        fmt::format_to(std::back_inserter(out), "</{}>", key);
        encode_element(out, element, shape.element(), value);
        fmt::format_to(std::back_inserter(out), "</{}>", name);
      });
      return;
    }
    default:
      break;
  }
  fmt::format_to(std::back_inserter(out), "<{}>", name);
  if (shape.kind == Kind::Struct)
    encode_members(out, shape, object);
  else
    append_xml_text(out, scalar_text(shape, object));
  fmt::format_to(std::back_inserter(out), "</{}>", name);
}

void encode_members(std::string& out, const Shape& shape, const void* object) {
  for (const Field& field : shape.fields)
    encode_element(out, query_name(field), field.shape(), field.get_const(object));
}

constexpr std::string_view kXmlHead = "<?xml version=\"1.0\"?>";
constexpr std::string_view kNamespace = "http://queue.amazonaws.com/doc/2012-11-05/";

void encode_parameters(http::Parameters& out, const std::string& prefix, std::string_view name, const Shape& shape,
                       const void* object) {
  switch (shape.kind) {
    case Kind::Optional:
      if (const void* value = shape.value(object)) encode_parameters(out, prefix, name, shape.element(), value);
      return;
    case Kind::List:
      if (shape.size(object) == 0) out.emplace_back(prefix, "");
      for (std::size_t i = 0; i < shape.size(object); ++i) {
        encode_parameters(out, fmt::format("{}.{}", prefix, i + 1), name, shape.element(), shape.at(object, i));
      }
      return;
    case Kind::Map: {
      const auto [key_name, value_name] = entry_names(name);
      std::size_t n = 0;
      shape.each(object, [&, key = key_name, element = value_name](const std::string& k, const void* value) {
        ++n;
        out.emplace_back(fmt::format("{}.{}.{}", prefix, n, key), k);
        encode_parameters(out, fmt::format("{}.{}.{}", prefix, n, element), name, shape.element(), value);
      });
      return;
    }
    case Kind::Struct:
      for (const Field& field : shape.fields) {
        encode_parameters(
            out, prefix.empty() ? std::string{query_name(field)} : fmt::format("{}.{}", prefix, query_name(field)),
            query_name(field), field.shape(), field.get_const(object));
      }
      return;
    default:
      out.emplace_back(prefix, scalar_text(shape, object));
  }
}

}  // namespace

Result<void> decode_query(const http::Parameters& parameters, const Shape& shape, void* object,
                          std::vector<std::string>& missing) {
  for (const auto& [name, text] : parameters) {
    if (!base::is_valid_utf8(name) || !base::is_valid_utf8(text))
      return Error{ErrorCode::MalformedRequest, "The form is not UTF-8.", {}};
  }
  const Node root = tree_of(parameters);
  return Decoder{missing}.members(root, without_optional(shape), object, {});
}

std::string encode_query_response(std::string_view operation, bool has_output, const Shape& shape, const void* object,
                                  std::string_view request_id) {
  std::string out{kXmlHead};
  fmt::format_to(std::back_inserter(out), "<{}Response xmlns=\"{}\">", operation, kNamespace);
  if (has_output) {
    fmt::format_to(std::back_inserter(out), "<{}Result>", operation);
    encode_members(out, shape, object);
    fmt::format_to(std::back_inserter(out), "</{}Result>", operation);
  }
  fmt::format_to(std::back_inserter(out), "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{}Response>",
                 request_id, operation);
  return out;
}

std::string encode_query_error(std::string_view code, std::string_view message, bool is_sender,
                               std::string_view request_id) {
  std::string out{kXmlHead};
  fmt::format_to(std::back_inserter(out), "<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>{}</Code><Message>",
                 kNamespace, is_sender ? "Sender" : "Receiver", code);
  append_xml_text(out, message);
  fmt::format_to(std::back_inserter(out), "</Message><Detail/></Error><RequestId>{}</RequestId></ErrorResponse>",
                 request_id);
  return out;
}

http::Parameters encode_query_request(const Shape& shape, const void* object) {
  http::Parameters parameters;
  encode_parameters(parameters, {}, {}, shape, object);
  return parameters;
}

}  // namespace athanor::wire
