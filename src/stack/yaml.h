// YAML as templates use it, read into JSON values: the short forms of the intrinsic functions (!Ref, !Sub, !GetAtt ...)
// are expanded to their long forms, aliases and merge keys are resolved, and the place of every key is kept.
//
// Plain scalars follow YAML 1.1 as far as it matters in a template: true/yes/on and their opposites are booleans, what
// JSON calls a number is a number with its source text, nothing (or ~, null) is null, and everything else, including
// dates and 007, is a string. A quoted scalar is always a string.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json.h"

namespace athanor::stack {

// Line and column, counted from 1.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct YamlDocument {
  format::JsonValue root;
  std::map<std::string, Place, std::less<>> places;  // of keys, by path: "/Resources/Bus/Properties/Name"
};

// One document. InvalidInput in CloudFormation's words, with line and column, when it cannot be read, when a mapping
// holds a key twice, or when aliases make it exceed the allowance in allowance.h.
Result<YamlDocument> read_yaml(std::string_view text);

}  // namespace athanor::stack
