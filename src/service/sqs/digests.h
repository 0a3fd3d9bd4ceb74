// The MD5 digests that SQS's clients verify.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/content.h"

namespace athanor::service::sqs {

// 32 hexadecimal digits.
std::string md5_of_body(std::string_view body);

// Over the attributes in order of name: name, data type, one byte for the transport type (1 text, 2 binary) and value,
// each of the three strings preceded by its length as four big-endian bytes. nullopt when there are none.
std::optional<std::string> md5_of_attributes(const queue::MessageAttributes& attributes);

}  // namespace athanor::service::sqs
