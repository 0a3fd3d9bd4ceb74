// Any bytes as method, target, X-Amz-Target, Content-Type and body, one line each: recognised or refused, and the
// refusal can be written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/call.h"
#include "wire/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const auto line = [&] {
    const auto end = rest.find('\n');
    std::string text{rest.substr(0, end)};
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return text;
  };
  athanor::http::Request request;
  request.method = line();
  request.target = line();
  request.headers.push_back({"X-Amz-Target", line()});
  request.headers.push_back({"Content-Type", line()});
  request.body = rest;
  athanor::wire::Recognised recognised;
  const auto known = athanor::wire::recognise(request, recognised);
  if (!known && athanor::wire::encode_error(recognised, known.error(), "id").status < 400) std::abort();
  for (const auto& operation : athanor::wire::rest_operations()) {
    (void)athanor::wire::match_uri(operation.uri, request.raw_path());
  }
  return 0;
}
