#include "bench/requests.h"

#include <fmt/format.h>

#include "auth/sigv4.h"
#include "base/assert.h"
#include "wire/protocol.h"

namespace athanor::bench {

std::string sample_detail(std::uint64_t sequence, base::Random& random, std::size_t bytes) {
  std::string out = fmt::format(
      R"({{"sequence":"{:010}","venue":"XNAS","account":"A-{:06}","strategy":"momentum-12m","time":"2025-10-13T20:{:02}:{:02}.{:03}Z",)"
      R"("order":{{"id":"{:016x}","side":"BUY","type":"LIMIT","symbol":"ATHN","quantity":{},"limit":{}.{:02},"day":true}},"fills":[)",
      sequence, random.below(1'000'000), random.below(60), random.below(60), random.below(1'000), random.next(),
      random.below(5'000) + 1, random.below(400) + 20, random.below(100));
  for (int i = 0; i < 8; ++i) {
    out += fmt::format(R"({}{{"id":"f{:05x}","price":{}.{:02},"quantity":{},"maker":"MM{}","fee":0.{:02}}})",
                       i > 0 ? "," : "", random.below(1 << 20), random.below(400) + 20, random.below(100),
                       random.below(900) + 100, random.below(10), random.below(100));
  }
  out += R"(],"note":")";
  ATHANOR_ASSERT(out.size() + 2 < bytes);
  while (out.size() + 2 < bytes) out += static_cast<char>('a' + random.below(26));
  return out += R"("})";
}

api::PutEventsRequest sample_put_events(std::uint64_t first_sequence, std::size_t entries, base::Random& random,
                                        std::size_t detail_bytes) {
  api::PutEventsRequest request;
  for (std::size_t i = 0; i < entries; ++i) {
    request.entries.push_back({.source = std::string{kSource},
                               .detail_type = std::string{kDetailType},
                               .detail = sample_detail(first_sequence + i, random, detail_bytes)});
  }
  return request;
}

std::string signed_request(const api::OperationInfo& operation, const api::Shape& shape, const void* object,
                           std::uint16_t port, base::Time now) {
  http::Request request = wire::encode_request(operation, shape, object);
  request.headers.insert(request.headers.begin(), {"Host", fmt::format("127.0.0.1:{}", port)});
  auth::sign(request, kCredentials, {std::string{kRegion}, std::string{operation.service}}, now);
  // What AWS's clients also send, unsigned, so that heads are as long as theirs.
  request.headers.push_back({"User-Agent", "athanor-bench/1 md/arch#x86_64 lang/c++#23 cfg/retry-mode#standard"});
  request.headers.push_back({"Accept-Encoding", "identity"});
  request.headers.push_back({"amz-sdk-invocation-id", "2f6a0d4e-5b1c-4c1e-9d0f-3f0e5f7d9b11"});
  request.headers.push_back({"amz-sdk-request", "attempt=1"});
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  for (const http::Header& header : request.headers) out += fmt::format("{}: {}\r\n", header.name, header.value);
  return out + fmt::format("Content-Length: {}\r\n\r\n{}", request.body.size(), request.body);
}

std::vector<std::string> put_events_ring(std::size_t count, std::size_t entries, std::uint16_t port, base::Time now,
                                         std::size_t detail_bytes) {
  base::Random random{7};
  std::vector<std::string> ring;
  for (std::size_t i = 0; i < count; ++i) {
    ring.push_back(
        signed_request<api::PutEvents>(sample_put_events(i * entries, entries, random, detail_bytes), port, now));
  }
  return ring;
}

}  // namespace athanor::bench
