// What the load sends: events like a trading system's, in signed requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/events_rules.h"
#include "api/operation.h"
#include "api/shape.h"
#include "auth/credentials.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"

namespace athanor::bench {

inline constexpr std::size_t kDetailBytes = 1'024;
inline constexpr std::string_view kSource = "bench.orders";
inline constexpr std::string_view kDetailType = "Order Filled";
// Matches every sample event, by three fields of which two are in its Detail.
inline constexpr std::string_view kPattern =
    R"({"source":["bench.orders"],"detail":{"venue":["XNAS"],"order":{"side":["BUY"]}}})";

inline const auth::Credentials kCredentials{"AKIDBENCH00000000000", "benchSecretKey/benchSecretKey+benchSecretKey", {}};
inline constexpr std::string_view kRegion = "us-east-1";

// A Detail of that many bytes, at least a kilobyte: nested objects, a list, strings and numbers, about 160 quotes that
// a request has to escape. Begins with {"sequence":"NNNNNNNNNN", unlike any other text in it.
std::string sample_detail(std::uint64_t sequence, base::Random& random, std::size_t bytes = kDetailBytes);

api::PutEventsRequest sample_put_events(std::uint64_t first_sequence, std::size_t entries, base::Random& random,
                                        std::size_t detail_bytes = kDetailBytes);

// The whole request as it goes over the wire, with the headers that AWS's clients send, signed with SigV4.
std::string signed_request(const api::OperationInfo& operation, const api::Shape& shape, const void* object,
                           std::uint16_t port, base::Time now);
template <class Op>
std::string signed_request(const typename Op::Request& request, std::uint16_t port, base::Time now) {
  return signed_request(Op::info, api::shape_of<typename Op::Request>(), &request, port, now);
}

// `count` different PutEvents requests. Signed once, here: the server verifies the signature every time, and the load
// computes nothing while it is measured. Valid for five minutes, like any signature.
std::vector<std::string> put_events_ring(std::size_t count, std::size_t entries, std::uint16_t port, base::Time now,
                                         std::size_t detail_bytes = kDetailBytes);

}  // namespace athanor::bench
