// What a client must check before it writes a request: JSON cannot carry bytes that are not UTF-8, and replacing them
// would change the text.
#pragma once

#include "api/shape.h"
#include "base/result.h"

namespace athanor::api {

// InvalidInput that names the first string that is not UTF-8 ("entries.1.member.source"), or success.
Result<void> check_utf8(const Shape& shape, const void* object);

}  // namespace athanor::api
