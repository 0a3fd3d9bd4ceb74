// Do ten thousand clients that do nothing, or a thousand that are slow, delay the others?
//
// Expected: no: an idle connection is a socket that is never looked at, a slow one is looked at as often as it sends
// something, once a second. The p99 of PutEvents at about a tenth of the server's capacity stays within 1.2 times next
// to idle ones, and within twice next to slow ones: a thousand that send their heads, or bodies of 100,000 bytes, a
// byte at a time. A client dropped for this reconnects at once.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "bench/suites.h"

namespace athanor::bench {
namespace {

struct Kind {
  std::string_view name;
  std::size_t count;
  std::string_view begin;  // sent at once
  std::string_view again;  // sent every second
};
constexpr std::array kKinds{
    Kind{"no other clients", 0, "", ""}, Kind{"10000 idle connections", 10'000, "", ""},
    Kind{"1000 slow heads", 1'000, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "x"},
    Kind{"1000 slow bodies", 1'000, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "x"}};

constexpr std::size_t kConnections = 16;
constexpr std::size_t kEntries = 10;
constexpr double kRequestsPerSecond = 1'000;
constexpr int kTurns = 100;  // in which all send something, a hundredth of them in each

// Clients of one kind, for the lifetime of the object.
class Crowd {
 public:
  Crowd(const Kind& kind, std::uint16_t port) : kind_(kind), port_(port), sockets_(kind.count, -1) {}
  ~Crowd() {
    thread_ = {};
    for (const int socket : sockets_) ::close(socket);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Returns when all have sent their beginning.
  Result<void> start() {
    for (int& socket : sockets_) ATHANOR_CHECK(begin(socket));
    thread_ = std::jthread{[this](const std::stop_token& stop) {
      for (int turn = 0; !stop.stop_requested(); turn = (turn + 1) % kTurns) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1'000} / kTurns);
        for (std::size_t i = static_cast<std::size_t>(turn); i < sockets_.size(); i += kTurns) say_more(sockets_[i]);
      }
    }};
    return {};
  }

 private:
  Result<void> begin(int& socket) const {
    ATHANOR_TRY(connected, connect_to(port_));
    socket = connected;
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    if (!kind_.begin.empty()) ::send(socket, kind_.begin.data(), kind_.begin.size(), MSG_NOSIGNAL);
    return {};
  }
  void say_more(int& socket) const {
    if (kind_.again.empty() || ::send(socket, kind_.again.data(), kind_.again.size(), MSG_NOSIGNAL) > 0) return;
    ::close(socket);
    if (!begin(socket)) socket = -1;  // and try again next time
  }

  const Kind& kind_;
  const std::uint16_t port_;
  std::vector<int> sockets_;
  std::jthread thread_;
};

Result<LoadResult> load_beside(Bench& bench, const Kind& kind) {
  ATHANOR_TRY(directory, bench.fresh_directory("slow-clients"));
  ATHANOR_TRY(server, Athanor::start(bench, directory));
  ATHANOR_CHECK(server->create_queue());
  ATHANOR_CHECK(server->create_rule());
  Crowd crowd{kind, server->port()};
  ATHANOR_CHECK(crowd.start());
  return run_load(server->put_events(kEntries),
                  {server->port(), kConnections, bench.warm_up(), bench.measured(), kRequestsPerSecond},
                  server->process());
}

}  // namespace

Result<void> measure_slow_clients(Bench& bench) {
  allow_many_descriptors();
  std::array<std::vector<LoadResult>, kKinds.size()> results;
  for (int i = 0; i < bench.repeats; ++i) {  // alternating
    for (std::size_t k = 0; k < kKinds.size(); ++k) {
      ATHANOR_TRY(result, load_beside(bench, kKinds[k]));
      results[k].push_back(result);
    }
  }
  const double alone = median_of(results[0]).p99_us;
  double slow_worst = 0;
  for (std::size_t k = 0; k < kKinds.size(); ++k) {
    const LoadResult r = median_of(results[k]);
    bench.report.add({"slow-clients",
                      std::string{kKinds[k].name},
                      {{"requests/s", r.requests_per_second},
                       {"p50 us", r.p50_us},
                       {"p99 us", r.p99_us},
                       {"vs alone", r.p99_us / alone},
                       {"cpu us/event", r.server_us_per_event},
                       {"load busy", r.load_busy},
                       {"others busy", r.others_busy}}});
    if (k > 1) slow_worst = std::max(slow_worst, r.p99_us / alone);
  }
  bench.report.goal("slow-clients", "p99 with 10000 idle connections, relative to none",
                    median_of(results[1]).p99_us / alone, 1.2, true);
  bench.report.goal("slow-clients", "p99 with 1000 slow clients, relative to none", slow_worst, 2, true);
  return {};
}

}  // namespace athanor::bench
