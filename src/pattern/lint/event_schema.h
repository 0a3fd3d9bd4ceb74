// What the publishers of one kind of event say about it: a schema, as the EventBridge schema registry keeps them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json.h"
#include "pattern/lint/value_set.h"

namespace athanor::pattern {

// A JSON Schema (draft 4 and later) or an OpenAPI 3 document. The keywords type, nullable, enum, const, properties,
// required, additionalProperties, items, minimum, maximum and their exclusive forms, $ref, anyOf, oneOf and allOf are
// understood; what others forbid is taken as allowed. Without a type, properties mean an object and items an array;
// keys with dots exist only where the schema names them.
class EventSchema {
 public:
  // The text of a schema, or what `aws schemas describe-schema` prints. Source and detail-type come from
  // x-amazon-events-source and x-amazon-events-detail-type, or are the only values of those properties. InvalidInput if
  // malformed or without them.
  static Result<EventSchema> parse(std::string_view text);

  const std::string& source() const { return source_; }
  const std::string& detail_type() const { return detail_type_; }
  std::string name() const { return source_ + " / " + detail_type_; }

  // What a field may hold; for arrays, what their elements may, in any of which it may be absent.
  struct Field {
    ValueSet values;
    bool may_be_absent = true;
    bool is_named = false;  // or is where any name is allowed
  };
  // `path` begins with "detail.".
  Field field(std::string_view path, Effort& effort) const;

 private:
  format::JsonValue document_;
  format::JsonValue event_;
  std::string source_, detail_type_;
};

}  // namespace athanor::pattern
