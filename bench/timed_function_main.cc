// timed-function: the function that the benchmarks deploy. Records when it was invoked with which event, and answers;
// or behaves like a broken one. The server starts it, as the `bootstrap` of a zip.
//
//   BENCH_DOES     "answer"; "hang": never answers; "crash": ends, without an answer
//   BENCH_TIMES    where to note the times (invocation_times.h); only when it answers
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "bench/invocation_times.h"
#include "http/client.h"

namespace athanor::bench {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

// Ends only with an error: the server kills it when it is no longer needed.
Result<void> run() {
  constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
  const std::string_view does = variable("BENCH_DOES");
  std::unique_ptr<InvocationTimes> times;
  if (does == "answer") {
    ATHANOR_TRY(opened, InvocationTimes::open(std::string{variable("BENCH_TIMES")}));
    times = std::move(opened);
  }
  ATHANOR_TRY(api, http::parse_endpoint(fmt::format("http://{}", variable("AWS_LAMBDA_RUNTIME_API"))));
  http::Client client{{.response_timeout = std::chrono::hours{1}}};
  for (;;) {
    ATHANOR_TRY(event, client.send(api, {.method = "GET", .target = fmt::format("{}next", kInvocation)}));
    const auto now = std::chrono::steady_clock::now();
    if (does == "hang") ::pause();
    if (does == "crash") ::_exit(1);
    if (const auto sequence = sequence_of(event.body)) times->record(*sequence, now);
    const auto target = fmt::format("{}{}/response", kInvocation, event.header("Lambda-Runtime-Aws-Request-Id"));
    ATHANOR_CHECK(client.send(api, {.method = "POST", .target = target, .body = "null"}));
  }
}

}  // namespace
}  // namespace athanor::bench

int main() {
  const auto ended = athanor::bench::run();
  if (!ended) fmt::print(stderr, "timed-function: {}\n", ended.error().message);
  return 1;
}
