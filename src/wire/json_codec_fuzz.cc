// Any bytes as the body of a request: read or refused, and what was read is written and read again unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/events.h"
#include "api/lambda.h"
#include "api/sqs.h"
#include "api/validate.h"
#include "base/text.h"
#include "format/json.h"
#include "wire/json_codec.h"

namespace {

template <class T>
void read_twice(std::string_view bytes) {
  const athanor::api::Shape& shape = athanor::api::shape_of<T>();
  std::vector<std::string> missing;
  T once;
  const auto decoded = athanor::wire::decode_json(bytes, shape, &once, missing);
  if (!athanor::format::is_valid_json_object(bytes) && !athanor::base::trim(bytes).empty() && decoded) std::abort();
  if (!decoded) return;
  (void)athanor::api::validate(once, missing);
  T twice;
  if (!athanor::wire::decode_json(athanor::wire::encode_json(shape, &once), shape, &twice, missing)) std::abort();
  if (!(once == twice)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  read_twice<athanor::api::PutEventsRequest>(bytes);
  read_twice<athanor::api::PutTargetsRequest>(bytes);
  read_twice<athanor::api::SendMessageBatchRequest>(bytes);
  read_twice<athanor::api::CreateFunctionRequest>(bytes);
  return 0;
}
