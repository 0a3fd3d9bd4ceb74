// Any bytes as a form: read or refused, and what was read is written and read again unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "api/sqs.h"
#include "wire/query.h"

namespace {

template <class T>
void read_twice(const athanor::http::Parameters& parameters) {
  const athanor::api::Shape& shape = athanor::api::shape_of<T>();
  std::vector<std::string> missing;
  T once;
  if (!athanor::wire::decode_query(parameters, shape, &once, missing) || !missing.empty()) return;
  const auto form = athanor::wire::encode_query_request(shape, &once);
  T twice;
  if (!athanor::wire::decode_query(form, shape, &twice, missing)) std::abort();
  // An empty map is absent from a form, so the second writing must agree, not the object.
  if (athanor::wire::encode_query_request(shape, &twice) != form) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parameters = athanor::http::parse_form({reinterpret_cast<const char*>(data), size});
  if (!parameters) return 0;
  read_twice<athanor::api::SendMessageRequest>(*parameters);
  read_twice<athanor::api::SendMessageBatchRequest>(*parameters);
  read_twice<athanor::api::ReceiveMessageRequest>(*parameters);
  read_twice<athanor::api::CreateQueueRequest>(*parameters);
  return 0;
}
