// What a client has to ask of a request before it writes it: JSON carries no bytes that are not UTF-8, and what is put
// in their place is another text.
#pragma once

#include "api/shape.h"
#include "base/result.h"

namespace athanor::api {

// InvalidInput that names the first text which is not UTF-8 ("entries.1.member.source"), or nothing.
Result<void> check_utf8(const Shape& shape, const void* object);

}  // namespace athanor::api
