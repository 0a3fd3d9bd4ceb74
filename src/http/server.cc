// Long, as a connection is one coroutine, from its first byte to its last.
#include "http/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "base/named_thread.h"
#include "http/admission.h"
#include "http/body_room.h"
#include "http/chunked.h"
#include "http/peer.h"

namespace athanor::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 4'096;           // a first read; as large as the last request where that was larger,
constexpr std::size_t kExpectedBytesMax = 16'384;   // up to this
constexpr std::size_t kReadBytesMax = 256 * 1'024;  // of a large body, at a time
constexpr std::size_t kComeBeforeRoom = 8;          // the part of a body that comes before it gets room for all of it
constexpr std::size_t kSendBytesMax = 128 * 1'024;  // of a large answer, between two looks at how fast it goes
constexpr std::string_view kTooManyBodies = "too many large requests are received at the moment, try again later";
constexpr std::uint64_t kUnreadBytesMin = 64 * 1'048'576;  // of a network thread: some of the largest answers
constexpr std::chrono::seconds kLingerMax{10};             // reading on what was refused
constexpr char kTlsHandshake = 0x16;                       // begins a TLS connection (RFC 8446, 5.1), and no request
constexpr std::size_t kKeptBufferBytes = 64 * 1'024;  // a buffer that grew past this is given back between requests

// From what is started beside us: before Linux 5.9 nothing closes all that is open at once.
void keep_to_us(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

struct Connection;

// One network thread: its loop, its connections, and a clock tick of a second that ends what takes too long.
struct Worker {
  Worker(std::function<bool()> has_room, std::chrono::seconds held_back_max)
      : admission(std::move(has_room), held_back_max) {}
  ~Worker();

  std::unordered_set<Connection*> connections;  // before `io`, whose end destroys the connections' coroutines
  std::deque<Connection*> unread;               // those whose answer waits for its client, the last first
  std::uint64_t unread_bytes = 0;               // of these answers
  std::vector<std::weak_ptr<Responder::Pending>> watched;  // those whose clients have sent more than their requests
  Admission admission;
  bool is_looking = false;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  asio::steady_timer ticker{io};
  asio::steady_timer room_timer{io};
  std::uint64_t tick = 0;
  DateOfSecond date;
  std::thread thread;
};

}  // namespace

// What a handler's answer and the waiting connection share. Lives on the connection's thread but for `post`.
struct Responder::Pending : std::enable_shared_from_this<Pending> {
  Pending(asio::any_io_executor its_executor, std::shared_ptr<Connection> its_connection)
      : executor(std::move(its_executor)), connection(std::move(its_connection)) {}

  asio::any_io_executor executor;
  std::shared_ptr<Connection> connection;
  std::optional<Response> response;
  std::function<void()> hung_up;
  std::atomic<bool> taken{false};  // an answer has been given

  void answer(Response given);
};

Responder::Responder(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(Responder other) noexcept {
  pending_.swap(other.pending_);  // the other dies with what was to be answered here
  return *this;
}
Responder::~Responder() {
  if (pending_) pending_->answer({500, {}, "The request was not answered.\n"});
}
void Responder::operator()(Response response) { pending_->answer(std::move(response)); }
void Responder::post(std::function<void()> work) { asio::post(pending_->executor, std::move(work)); }
void Responder::on_disconnect(std::function<void()> hung_up) { pending_->hung_up = std::move(hung_up); }

struct Server::Impl {
  Impl(Settings the_settings, const base::Clock& the_clock, Handler the_handler)
      : settings(std::move(the_settings)), clock(the_clock), handler(std::move(the_handler)) {}

  Settings settings;
  const base::Clock& clock;
  Handler handler;
  std::uint16_t port = 0;
  std::atomic<std::size_t> connections{0};
  Bodies bodies{settings.bodies_bytes_max, settings.light_body_bytes};
  const std::uint64_t unread_bytes_max = std::max(settings.answers_bytes_max / settings.threads,
                                                  std::min(settings.answers_bytes_max, kUnreadBytesMin));  // a worker's
  std::atomic<std::size_t> next_worker{0};
  std::atomic<bool> stopping{false};
  std::mutex drained_mutex;
  std::condition_variable drained;
  // The coroutines of workers use what stands above, so they end before it. Acceptors live in workers, so they end
  // first of all.
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors;
  std::mutex extra_mutex;
  std::map<std::uint16_t, std::shared_ptr<tcp::acceptor>> extra;

  Result<std::shared_ptr<tcp::acceptor>> listen(const std::string& address, std::uint16_t on_port);
  asio::awaitable<void> accept(std::shared_ptr<tcp::acceptor> acceptor);
  asio::awaitable<void> tick(Worker& worker);
  bool has_room() const {
    return settings.waiting_bytes() + bodies.coming_bytes < settings.undecided_bytes_max || stopping;
  }
  void look_again(Worker& worker);
};

namespace {

struct Connection : std::enable_shared_from_this<Connection> {
  Connection(tcp::socket its_socket, Server::Impl& its_server, Worker& its_worker)
      : socket(std::move(its_socket)), server(its_server), worker(its_worker) {
    worker.connections.insert(this);
    error_code ignored;
    local_port = socket.local_endpoint(ignored).port();
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.non_blocking(true, ignored);
  }
  ~Connection() {
    let_go_of_answer();
    worker.connections.erase(this);
    const std::lock_guard lock{server.drained_mutex};
    if (--server.connections == 0) server.drained.notify_all();
  }

  tcp::socket socket;
  Server::Impl& server;
  Worker& worker;
  std::uint16_t local_port = 0;
  std::uint64_t deadline_tick = ~0ULL;
  bool idle = true;
  bool refused = false;                    // its client may go on to send
  std::size_t unread_bytes = 0;            // of the answer, while it waits for the client
  std::string in;                          // received, not consumed
  std::size_t expected = kReadBytes;       // of the next request: one read, and nothing larger held by who sends little
  std::move_only_function<void()> resume;  // the coroutine, while it is held back or waits for the handler's answer

  void allow(std::chrono::seconds time) { deadline_tick = worker.tick + static_cast<std::uint64_t>(time.count()) + 1; }
  // A pause in a body or an answer, of which so many bytes have come, or gone, since that tick.
  void allow_pause(std::uint64_t begun_tick, std::size_t bytes) {
    allow(server.settings.transfer_timeout);
    deadline_tick -= worker.tick - std::min(worker.tick, begun_tick + bytes / server.settings.transfer_rate_min);
  }
  void close() {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
  }

  // The answer, of so many bytes, waits for its client. False when it is given up, for it is the slowest and there is
  // no room.
  bool hold_answer(std::size_t bytes) {
    if (unread_bytes > 0) return true;
    unread_bytes = bytes;
    worker.unread.push_front(this);
    worker.unread_bytes += bytes;
    while (worker.unread_bytes > server.unread_bytes_max && unread_bytes > 0) {
      Connection* slowest = *std::ranges::min_element(worker.unread, {}, &Connection::deadline_tick);
      slowest->let_go_of_answer();
      slowest->close();
      server.settings.answer_given_up();
    }
    return unread_bytes > 0;
  }
  void let_go_of_answer() {
    if (unread_bytes == 0) return;
    worker.unread_bytes -= std::exchange(unread_bytes, 0);
    std::erase(worker.unread, this);
  }

  // Waits until there is something to receive. Of ten thousand connections most wait here, and hold no buffer. False
  // when the connection has ended.
  asio::awaitable<bool> readable() {
    const auto [gone] = co_await socket.async_wait(tcp::socket::wait_read, kQuiet);
    co_return !gone;
  }

  // Receives more behind what stands in `into`, at most `want` bytes: only what has come takes memory. False when the
  // connection has ended.
  asio::awaitable<bool> receive(std::string& into, std::size_t want) {
    // The rest of a request mostly stands ready. But a large body lets others have their turn.
    for (bool waits = into.size() >= kReadBytesMax;; waits = true) {
      if (waits && !co_await readable()) co_return false;
      error_code error;
      std::size_t count = 0;
      const std::size_t before = into.size();
      into.resize_and_overwrite(before + want, [&](char* bytes, std::size_t) {
        count = socket.read_some(asio::buffer(bytes + before, want), error);
        return before + count;
      });
      if (error != asio::error::would_block) co_return !error && count > 0;
    }
  }

  asio::awaitable<bool> send(Response response, bool keep_alive, bool head_only) {
    const std::string head = print_head(response, worker.date.at(server.clock.now()), keep_alive);
    if (head_only || !has_body(response.status)) response.body.clear();
    const std::size_t total = head.size() + response.body.size();
    const std::uint64_t begun_tick = worker.tick;
    std::string_view head_left = head;
    std::string_view body_left = response.body;
    for (std::size_t sent = 0;;) {
      const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_left),
                                                     asio::buffer(body_left.substr(0, kSendBytesMax))};
      error_code error;
      const std::size_t count = socket.write_some(pieces, error);
      if (error && error != asio::error::would_block) co_return false;
      sent += count;
      if (sent == total) break;  // mostly at once
      const std::size_t of_head = std::min(count, head_left.size());
      head_left.remove_prefix(of_head);
      body_left.remove_prefix(count - of_head);
      allow_pause(begun_tick, sent);
      if (count == asio::buffer_size(pieces)) {
        co_await asio::post(socket.get_executor(), asio::use_awaitable);  // others have their turn
      } else {
        if (!hold_answer(total)) co_return false;
        const auto [gone] = co_await socket.async_wait(tcp::socket::wait_write, kQuiet);
        if (gone) co_return false;
      }
    }
    let_go_of_answer();
    co_return keep_alive;
  }

  asio::awaitable<void> refuse(std::uint16_t status, std::string_view why) {
    refused = true;
    co_await send({status, {{"Content-Type", "text/plain"}}, fmt::format("{}: {}.\n", reason_phrase(status), why)},
                  false, false);
  }

  // What comes and is not read cuts the connection off before its client has seen why it was refused (RFC 9112, 9.6).
  asio::awaitable<void> linger() {
    ::shutdown(socket.native_handle(), SHUT_WR);
    idle = true;
    allow(kLingerMax);
    while (!server.stopping && co_await readable() &&
           ::recv(socket.native_handle(), nullptr, kReadBytesMax, MSG_TRUNC | MSG_DONTWAIT) > 0) {
    }
  }

  // Receives the body that `head` announces into its request. False when the request was refused or the client is gone.
  asio::awaitable<bool> receive_body(Head& head, BodyRoom& room) {
    if (head.content_length > server.settings.body_bytes_max) {
      co_await refuse(413, "the body is too large");
      co_return false;
    }
    if (!room.reserve(head.content_length)) {
      co_await refuse(503, kTooManyBodies);
      co_return false;
    }
    if (head.expects_continue && (head.chunked || head.content_length > in.size())) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, sent] = co_await asio::async_write(socket, asio::buffer(kContinue), kQuiet);
      if (error) co_return false;
    }
    if (head.chunked) co_return co_await receive_chunks(head.request, room);
    const auto length = static_cast<std::size_t>(head.content_length);
    std::string& body = head.request.body;
    if (in.size() <= length) {
      body = std::exchange(in, {});  // no second buffer for as long as it waits
    } else {
      body.assign(in, 0, length);
      in.erase(0, length);
    }
    if (body.size() == length) co_return true;
    co_return co_await receive_rest(body, length, room);
  }

  // What is missing of a body of that length.
  asio::awaitable<bool> receive_rest(std::string& body, std::size_t length, BodyRoom& room) {
    const std::uint64_t begun_tick = worker.tick;
    body.reserve(std::min(length, kReadBytesMax));
    const Admission::Coming coming{worker.admission, room, [this] { return bytes_in_kernel(); }};
    server.look_again(worker);
    while (body.size() < length) {
      if (!room.received(body.size())) {
        co_await refuse(503, kTooManyBodies);
        co_return false;
      }
      allow_pause(begun_tick, body.size());
      // From then on it stays where it is: 32 MB of it copied at once would hold up everybody else. Not from the
      // beginning: who announces much and sends little gets little.
      if (body.size() >= length / kComeBeforeRoom) body.reserve(length);
      if (!co_await receive(body, std::min(length - body.size(), kReadBytesMax))) co_return false;
    }
    room.received(length);
    co_return true;
  }

  asio::awaitable<bool> receive_chunks(Request& request, BodyRoom& room) {
    const std::uint64_t begun_tick = worker.tick;
    std::string& body = request.body;
    ChunkedBody chunked{server.settings.body_bytes_max, &request.trailers};
    const Admission::Coming coming{worker.admission, room, [this] { return bytes_in_kernel(); }};
    server.look_again(worker);
    for (;;) {
      switch (chunked.take(in, body)) {
        case ChunkedBody::State::Complete:
          co_return true;
        case ChunkedBody::State::Malformed:
          co_await refuse(400, "the chunked body is malformed");
          co_return false;
        case ChunkedBody::State::TooLarge:
          co_await refuse(413, "the body is too large");
          co_return false;
        case ChunkedBody::State::Incomplete:
          break;
      }
      if (!room.received(body.size())) {
        co_await refuse(503, kTooManyBodies);
        co_return false;
      }
      allow_pause(begun_tick, body.size());
      if (!co_await receive(in, std::clamp(body.size(), kReadBytes, kReadBytesMax))) co_return false;
    }
  }

  // Received, and not yet read here.
  std::size_t bytes_in_kernel() {
    error_code ignored;
    return socket.available(ignored);
  }

  // Whether the request that begins here has a body beyond a light one's, as far as its head has come.
  bool is_heavy() {
    std::array<char, 4'096> peeked;
    std::string_view begin = in;
    if (in.empty()) {
      const auto count = ::recv(socket.native_handle(), peeked.data(), peeked.size(), MSG_PEEK | MSG_DONTWAIT);
      begin = {peeked.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
    return announces_body_over(server.settings.light_body_bytes, begin, server.settings.head);
  }

  // Waits, before a request is read, for the room that it will take.
  asio::awaitable<void> hold_back() {
    if (!worker.admission.is_full() || !is_heavy()) co_return;
    worker.admission.hold_back([this] { std::exchange(resume, nullptr)(); });
    server.look_again(worker);
    co_await wait_for_resume();
  }

  // Until `resume` is called, once.
  asio::awaitable<void> wait_for_resume() {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this](auto handler) { resume = std::move(handler); }, asio::use_awaitable);
  }

  // Calls hung_up when the client closes while its request waits. Bytes of a next request are no hanging up; what ends
  // behind them wakes nobody, and is looked for every second.
  void watch_for_hang_up(const std::shared_ptr<Responder::Pending>& pending) {
    socket.async_wait(tcp::socket::wait_read, [self = shared_from_this(), pending](error_code error) {
      if (error || pending->taken) return;
      pollfd end{self->socket.native_handle(), POLLRDHUP, 0};
      if (::poll(&end, 1, 0) == 0) return self->worker.watched.push_back(pending);
      // Taken out: what it holds may hold the responder, and so this and the connection.
      if (const auto hung_up = std::exchange(pending->hung_up, nullptr)) hung_up();
    });
  }

  asio::awaitable<void> run() {
    for (;;) {
      idle = in.empty();
      allow(server.settings.idle_timeout);
      if (in.capacity() > kKeptBufferBytes && in.empty()) in = std::string{};
      std::optional<std::size_t> head_end;
      bool started = !in.empty();
      if (started) allow(server.settings.head_timeout);
      if (server.stopping && in.empty()) co_return;
      if (in.empty() && !co_await readable()) co_return;
      co_await hold_back();
      while (!(head_end = find_head_end(in))) {
        if (in.starts_with(kTlsHandshake)) {
          co_await refuse(400, "this server speaks HTTP and no TLS");
          co_return;
        }
        if (in.size() > server.settings.head.head_bytes) {
          co_await refuse(431, "the head is too large");
          co_return;
        }
        if (!co_await receive(in, expected)) co_return;
        idle = false;
        if (!started) allow(server.settings.head_timeout);
        started = true;
      }
      BadHead bad;
      auto head = parse_head(std::string_view{in}.substr(0, *head_end), server.settings.head, bad);
      if (!head) {
        co_await refuse(bad.status, bad.why);
        co_return;
      }
      in.erase(0, *head_end);
      BodyRoom room{server.bodies};
      if (!co_await receive_body(*head, room)) co_return;
      room.hand_over();
      expected = std::clamp(*head_end + head->request.body.size() + 1, kReadBytes, kExpectedBytesMax);
      const bool head_only = head->request.method == "HEAD";
      const bool keep_alive = head->keep_alive && !server.stopping;
      head->request.local_port = local_port;

      deadline_tick = ~0ULL;  // how long the handler takes is the handler's affair
      auto pending = std::make_shared<Responder::Pending>(socket.get_executor(), shared_from_this());
      server.handler(std::move(head->request), Responder{pending});
      if (!pending->response) {
        if (pending->hung_up) watch_for_hang_up(pending);
        co_await wait_for_resume();
        if (pending->hung_up) {
          error_code ignored;
          socket.cancel(ignored);
        }
      }
      pending->hung_up = nullptr;
      pending->connection.reset();
      if (!co_await send(std::move(*pending->response), keep_alive, head_only)) co_return;
      // Who answered may be the handler of another's request: the handler of the next here does not run within it.
      if (!in.empty()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
    }
  }
};

// A coroutine that still waits for an answer holds its connection, which holds it.
Worker::~Worker() {
  std::vector<std::move_only_function<void()>> waiting;
  for (Connection* connection : connections) {
    if (connection->resume) waiting.push_back(std::exchange(connection->resume, nullptr));
  }
}

}  // namespace

void Responder::Pending::answer(Response given) {
  if (taken.exchange(true)) return;
  asio::dispatch(executor, [self = shared_from_this(), given = std::move(given)]() mutable {
    self->response = std::move(given);
    // The connection goes on at once, and may end before this returns.
    const auto its_connection = self->connection;
    if (auto resume = std::exchange(its_connection->resume, nullptr)) resume();
  });
}

Result<std::shared_ptr<tcp::acceptor>> Server::Impl::listen(const std::string& address, std::uint16_t on_port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return invalid_input(fmt::format("'{}' is not a numeric address to listen on.", address));
  auto acceptor = std::make_shared<tcp::acceptor>(workers.front()->io);
  const tcp::endpoint endpoint{parsed, on_port};
  acceptor->open(endpoint.protocol(), error);
  if (!error) keep_to_us(acceptor->native_handle());
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error && parsed.is_v6()) acceptor->set_option(asio::ip::v6_only{true}, error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(4'096, error);
  if (error) {
    return Error{error == asio::error::address_in_use ? ErrorCode::AlreadyExists : ErrorCode::InvalidInput,
                 fmt::format("Cannot listen on {} port {}: {}.", address, on_port, error.message()),
                 {}};
  }
  return acceptor;
}

asio::awaitable<void> Server::Impl::accept(std::shared_ptr<tcp::acceptor> acceptor) {
  const auto here = std::make_shared<std::atomic<std::size_t>>(0);  // connections of this listener
  for (;;) {
    Worker& worker = *workers[next_worker++ % workers.size()];
    auto [error, socket] = co_await acceptor->async_accept(worker.io, kQuiet);
    if (!acceptor->is_open() || stopping) co_return;
    if (error) {
      // Out of descriptors, most likely: a short rest instead of a busy loop.
      asio::steady_timer rest{acceptor->get_executor(), std::chrono::milliseconds{100}};
      co_await rest.async_wait(kQuiet);
      continue;
    }
    keep_to_us(socket.native_handle());
    if (connections >= settings.connections_max || *here >= settings.listener_connections_max) continue;  // closes it
    if (settings.own_user_only && !is_own_users(socket.native_handle())) continue;
    ++connections;
    ++*here;
    const std::shared_ptr<void> place{nullptr, [here](void*) { --*here; }};  // until the connection has ended
    asio::post(worker.io, [this, &worker, place, accepted = std::move(socket)]() mutable {
      auto connection = std::make_shared<Connection>(std::move(accepted), *this, worker);
      asio::co_spawn(
          worker.io,
          [connection, place]() -> asio::awaitable<void> {
            co_await connection->run();
            if (connection->refused) co_await connection->linger();
            connection->close();
          },
          asio::detached);
    });
  }
}

asio::awaitable<void> Server::Impl::tick(Worker& worker) {
  while (!stopping) {
    worker.ticker.expires_after(std::chrono::seconds{1});
    co_await worker.ticker.async_wait(kQuiet);
    ++worker.tick;
    worker.admission.second_passed();
    for (const auto& waiting : std::exchange(worker.watched, {})) {
      const auto pending = waiting.lock();
      if (pending && pending->connection) pending->connection->watch_for_hang_up(pending);
    }
    for (Connection* connection : worker.connections) {
      if (connection->deadline_tick < worker.tick) connection->close();
    }
  }
}

void Server::Impl::look_again(Worker& worker) {
  if (worker.is_looking || !worker.admission.must_look()) return;
  worker.is_looking = true;
  worker.room_timer.expires_after(Admission::kLookEvery);
  worker.room_timer.async_wait([this, &worker](error_code error) {
    worker.is_looking = false;
    if (error) return;
    worker.admission.look();
    look_again(worker);
  });
}

Server::Server(Settings settings, const base::Clock& clock, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(settings), clock, std::move(handler))) {}

Server::~Server() { stop(std::chrono::milliseconds{0}); }

Result<void> Server::start() {
  for (unsigned i = 0; i < std::max(1U, impl_->settings.threads); ++i)
    impl_->workers.push_back(
        std::make_unique<Worker>([&impl = *impl_] { return impl.has_room(); }, impl_->settings.held_back_max));
  impl_->port = impl_->settings.port;
  for (const std::string& address : impl_->settings.addresses) {
    auto acceptor = impl_->listen(address, impl_->port);
    if (!acceptor) return acceptor.error();
    error_code ignored;
    impl_->port = (*acceptor)->local_endpoint(ignored).port();
    impl_->acceptors.push_back(*acceptor);
  }
  for (const auto& acceptor : impl_->acceptors)
    asio::co_spawn(acceptor->get_executor(), impl_->accept(acceptor), asio::detached);
  for (const auto& worker : impl_->workers) {
    asio::co_spawn(worker->io, impl_->tick(*worker), asio::detached);
    worker->thread = base::named_thread("network", [&io = worker->io] { io.run(); });
  }
  return {};
}

void Server::stop(std::chrono::milliseconds grace) {
  Impl& impl = *impl_;
  if (impl.workers.empty() || impl.stopping.exchange(true)) return;
  asio::post(impl.workers.front()->io, [&impl] {
    error_code ignored;
    for (const auto& acceptor : impl.acceptors) acceptor->close(ignored);
    const std::lock_guard lock{impl.extra_mutex};
    for (const auto& [port, acceptor] : impl.extra) acceptor->close(ignored);
  });
  for (const auto& worker : impl.workers) {
    asio::post(worker->io, [&w = *worker] {
      for (Connection* connection : w.connections) {
        if (connection->idle) connection->close();
      }
    });
  }
  {
    std::unique_lock lock{impl.drained_mutex};
    impl.drained.wait_for(lock, grace, [&] { return impl.connections == 0; });
  }
  for (const auto& worker : impl.workers) {
    worker->guard.reset();
    worker->io.stop();
  }
  for (const auto& worker : impl.workers) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

std::uint16_t Server::port() const { return impl_->port; }

Result<std::uint16_t> Server::add_listener(const std::string& address, std::uint16_t on_port) {
  auto acceptor = impl_->listen(address, on_port);
  if (!acceptor) return acceptor.error();
  error_code ignored;
  const std::uint16_t port = (*acceptor)->local_endpoint(ignored).port();
  const std::lock_guard lock{impl_->extra_mutex};
  impl_->extra[port] = *acceptor;
  asio::co_spawn((*acceptor)->get_executor(), impl_->accept(*acceptor), asio::detached);
  return port;
}

void Server::remove_listener(std::uint16_t port) {
  const std::lock_guard lock{impl_->extra_mutex};
  const auto node = impl_->extra.extract(port);
  if (node.empty()) return;
  asio::post(node.mapped()->get_executor(), [acceptor = node.mapped()] {
    error_code ignored;
    acceptor->close(ignored);
  });
}

}  // namespace athanor::http
