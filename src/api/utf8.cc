#include "api/utf8.h"

#include <fmt/format.h>

#include "api/path.h"
#include "base/text.h"

namespace athanor::api {
namespace {

Result<void> check_text(const std::string& text, const Path& path) {
  if (base::is_valid_utf8(text)) return {};
  return invalid_input(fmt::format("{} is not UTF-8.", path.text()));
}

Result<void> check_value(const Shape& shape, const void* object, const Path& path) {
  switch (shape.kind) {
    case Kind::String:
      return check_text(*static_cast<const std::string*>(object), path);
    case Kind::Optional: {
      const void* value = shape.value(object);
      return value == nullptr ? Result<void>{} : check_value(shape.element(), value, path);
    }
    case Kind::Struct:
      for (const Field& field : shape.fields)
        ATHANOR_CHECK(check_value(field.shape(), field.get_const(object), path.member(field.name)));
      return {};
    case Kind::List:
      for (std::size_t i = 0; i < shape.size(object); ++i)
        ATHANOR_CHECK(check_value(shape.element(), shape.at(object, i), path.element(i + 1)));
      return {};
    case Kind::Map: {
      Result<void> checked;
      shape.each(object, [&](const std::string& key, const void* value) {
        if (checked) checked = check_text(key, path);
        if (checked) checked = check_value(shape.element(), value, path.entry(key));
      });
      return checked;
    }
    default:
      return {};
  }
}

}  // namespace

Result<void> check_utf8(const Shape& shape, const void* object) { return check_value(shape, object, {}); }

}  // namespace athanor::api
