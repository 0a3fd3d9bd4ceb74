// The HTTP/1.1 server: connections on network threads, one handler for all requests, answers from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/head.h"
#include "http/message.h"

namespace athanor::http {

// Answers one request. Called once, from any thread; if destroyed or replaced without being called, it answers 500.
class Responder {
 public:
  struct Pending;

  explicit Responder(std::shared_ptr<Pending> pending);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder other) noexcept;
  ~Responder();

  // Sends the answer. Never blocks.
  void operator()(Response response);

  // Runs `work` on the connection's network thread, soon. Any thread.
  void post(std::move_only_function<void()> work);

  // Calls `hung_up` on the network thread if the client closes the connection before the answer. To be called within
  // the handler, and only for requests that may wait, since it costs a system call.
  void on_disconnect(std::function<void()> hung_up);

 private:
  std::shared_ptr<Pending> pending_;
};

class Server {
 public:
  struct Settings {
    std::vector<std::string> addresses = {"127.0.0.1"};  // numeric; IPv4 or IPv6
    std::uint16_t port = 0;                              // 0: any free one, the same for all addresses
    unsigned threads = 1;
    std::size_t connections_max = 20'000;
    std::size_t listener_connections_max = std::numeric_limits<std::size_t>::max();  // per listener, within the above
    bool own_user_only = false;  // closes connections of this machine's other users unread; see http/peer.h
    HeadLimits head = {};
    std::size_t body_bytes_max = limits::kRequestBodyBytes;
    // Of all bodies being received or not yet answered. Beyond it a body is refused with 503, except a light one, which
    // `connections_max` bounds: clients without a key can announce bodies, too.
    std::uint64_t bodies_bytes_max = 256 * 1'048'576;
    std::size_t light_body_bytes = 8'192;
    // Bytes of the requests that the handler was given but does not serve yet; called on network threads.
    std::function<std::uint64_t()> waiting_bytes = [] { return 0; };
    // When those and the bodies being received come to this many bytes, heavy requests stay in the kernel, in order,
    // until there are fewer; for `held_back_max` at most, after which the handler takes or refuses them. Light requests
    // are never held back.
    std::uint64_t undecided_bytes_max = 8 * 1'048'576;
    std::chrono::seconds held_back_max{2};
    // Of all answers that their clients did not take at once; each thread has its share, which is at least 64 MiB.
    // Beyond it the thread gives up a client: the one whose `transfer_timeout` ends first and, of several such, the one
    // that asked last.
    std::uint64_t answers_bytes_max = 256 * 1'048'576;
    std::function<void()> answer_given_up = [] {};  // called after each

    std::chrono::seconds head_timeout{10};  // from the first byte of a request to its last header
    std::chrono::seconds idle_timeout{75};  // between requests; above the 60 s for which clients keep connections
    // A body or an answer may pause for `transfer_timeout`, and in all take that much longer than its bytes take at
    // `transfer_rate_min`.
    std::chrono::seconds transfer_timeout{60};
    std::uint64_t transfer_rate_min = 4'096;  // bytes a second; above 0
  };
  using Handler = std::function<void(Request, Responder)>;

  // `handler` runs on a network thread and must not block. `clock` gives the Date of the answers.
  Server(Settings settings, const base::Clock& clock, Handler handler);
  ~Server();

  // Listens and starts the threads. AlreadyExists when the port is taken.
  Result<void> start();
  // Accepts nothing new, gives open requests `grace` to be answered, then closes everything. Blocks.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{2});

  std::uint16_t port() const;

  // Listens on one more address or port (0: any free one), told apart by Request::local_port. Any thread; after start.
  Result<std::uint16_t> add_listener(const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  void remove_listener(std::uint16_t port);

  struct Impl;  // opaque

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace athanor::http
