#include "http/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "http/chunked.h"

namespace athanor::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 4'096;           // of a first read; if the last request was larger, its size,
constexpr std::size_t kExpectedBytesMax = 16'384;   // up to this
constexpr std::size_t kReadBytesMax = 256 * 1'024;  // of a large body, at a time
constexpr std::size_t kComeBeforeRoom = 8;          // a body gets room for all of it once an eighth has arrived
constexpr std::size_t kSendBytesMax = 128 * 1'024;  // of a large answer, between two checks of how fast it goes
constexpr std::string_view kTooManyBodies = "too many large requests are being received, try again later";
constexpr std::chrono::seconds kLingerMax{10};        // for reading the rest of a refused request
constexpr char kTlsHandshake = 0x16;                  // begins a TLS connection (RFC 8446, 5.1), never a request
constexpr std::size_t kKeptBufferBytes = 64 * 1'024;  // a buffer that grew past this is freed between requests

}  // namespace

// Shared by a handler's answer and the waiting connection. Lives on the connection's thread except for `post`.
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
  pending_.swap(other.pending_);  // `other` then answers, by its destruction, what was pending here
  return *this;
}
Responder::~Responder() {
  if (pending_) pending_->answer({500, {}, "The request was not answered.\n"});
}
void Responder::operator()(Response response) { pending_->answer(std::move(response)); }
void Responder::post(std::move_only_function<void()> work) { asio::post(pending_->executor, std::move(work)); }
void Responder::on_disconnect(std::function<void()> hung_up) { pending_->hung_up = std::move(hung_up); }

struct Connection : std::enable_shared_from_this<Connection> {
  Connection(tcp::socket its_socket, Connections& all_of_them, Worker& its_worker)
      : socket(std::move(its_socket)), all(all_of_them), worker(its_worker) {
    worker.connections.insert(this);
    error_code ignored;
    local_port = socket.local_endpoint(ignored).port();
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.non_blocking(true, ignored);
  }
  ~Connection() {
    let_go_of_answer();
    worker.connections.erase(this);
    const std::lock_guard lock{all.drained_mutex};
    if (--all.count == 0) all.drained.notify_all();
  }

  tcp::socket socket;
  Connections& all;
  Worker& worker;
  std::uint16_t local_port = 0;
  std::uint64_t deadline_tick = ~0ULL;
  bool idle = true;
  bool refused = false;                    // its client may still be sending
  std::size_t unread_bytes = 0;            // of the answer, while it waits for the client
  std::string in;                          // received, not consumed
  std::size_t expected = kReadBytes;       // of the next request: one read, and no large buffer where little is sent
  std::move_only_function<void()> resume;  // the coroutine, while it is held back or waits for the handler's answer

  void allow(std::chrono::seconds time) { deadline_tick = worker.tick + static_cast<std::uint64_t>(time.count()) + 1; }
  // Allows a pause in a body or an answer of which `bytes` were received or sent since `begun_tick`.
  void allow_pause(std::uint64_t begun_tick, std::size_t bytes) {
    allow(all.settings.transfer_timeout);
    deadline_tick -= worker.tick - std::min(worker.tick, begun_tick + bytes / all.settings.transfer_rate_min);
  }
  void close() {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
  }

  // The answer, of `bytes`, waits for its client. False when it is given up because there is no room and it is the
  // slowest.
  bool hold_answer(std::size_t bytes) {
    if (unread_bytes > 0) return true;
    unread_bytes = bytes;
    worker.unread.push_front(this);
    worker.unread_bytes += bytes;
    while (worker.unread_bytes > all.unread_bytes_max && unread_bytes > 0) {
      Connection* slowest = *std::ranges::min_element(worker.unread, {}, &Connection::deadline_tick);
      slowest->let_go_of_answer();
      slowest->close();
      all.settings.answer_given_up();
    }
    return unread_bytes > 0;
  }
  void let_go_of_answer() {
    if (unread_bytes == 0) return;
    worker.unread_bytes -= std::exchange(unread_bytes, 0);
    std::erase(worker.unread, this);
  }

  // Waits until there is something to receive. Most of ten thousand connections wait here, without a buffer. False when
  // the connection has ended.
  asio::awaitable<bool> readable() {
    const auto [gone] = co_await socket.async_wait(tcp::socket::wait_read, kQuiet);
    co_return !gone;
  }

  // Appends at most `want` received bytes to `into`; only what has arrived takes memory. False when the connection has
  // ended.
  asio::awaitable<bool> receive(std::string& into, std::size_t want) {
    // The rest of a request has usually arrived already. But a large body lets others have their turn.
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
    const std::string head = print_head(response, worker.date.at(all.clock.now()), keep_alive);
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
      if (sent == total) break;  // usually in the first round
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

  // Unread bytes would reset the connection before its client has seen why it was refused (RFC 9112, 9.6).
  asio::awaitable<void> linger() {
    ::shutdown(socket.native_handle(), SHUT_WR);
    idle = true;
    allow(kLingerMax);
    while (!all.stopping && co_await readable() &&
           ::recv(socket.native_handle(), nullptr, kReadBytesMax, MSG_TRUNC | MSG_DONTWAIT) > 0) {
    }
  }

  // Receives the body that `head` announces into its request. False when the request was refused or the client is gone.
  asio::awaitable<bool> receive_body(Head& head, BodyRoom& room) {
    if (head.content_length > all.settings.body_bytes_max) {
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
      body = std::exchange(in, {});  // no second buffer while the request waits
    } else {
      body.assign(in, 0, length);
      in.erase(0, length);
    }
    if (body.size() == length) co_return true;
    co_return co_await receive_rest(body, length, room);
  }

  // Receives the rest of a body of that length.
  asio::awaitable<bool> receive_rest(std::string& body, std::size_t length, BodyRoom& room) {
    const std::uint64_t begun_tick = worker.tick;
    body.reserve(std::min(length, kReadBytesMax));
    const Admission::Coming coming{worker.admission, room, [this] { return bytes_in_kernel(); }};
    worker.look_again();
    while (body.size() < length) {
      if (!room.received(body.size())) {
        co_await refuse(503, kTooManyBodies);
        co_return false;
      }
      allow_pause(begun_tick, body.size());
      // From here on it is not moved again: copying 32 MB at once would hold up every other connection. Not reserved
      // from the beginning: a client that announces much and sends little gets little.
      if (body.size() >= length / kComeBeforeRoom) body.reserve(length);
      if (!co_await receive(body, std::min(length - body.size(), kReadBytesMax))) co_return false;
    }
    room.received(length);
    co_return true;
  }

  asio::awaitable<bool> receive_chunks(Request& request, BodyRoom& room) {
    const std::uint64_t begun_tick = worker.tick;
    std::string& body = request.body;
    ChunkedBody chunked{all.settings.body_bytes_max, &request.trailers};
    const Admission::Coming coming{worker.admission, room, [this] { return bytes_in_kernel(); }};
    worker.look_again();
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

  // Received by the kernel, not yet read here.
  std::size_t bytes_in_kernel() {
    error_code ignored;
    return socket.available(ignored);
  }

  // Whether the request that begins here has a body larger than a light one, as far as its head has arrived.
  bool is_heavy() {
    std::array<char, 4'096> peeked;
    std::string_view begin = in;
    if (in.empty()) {
      const auto count = ::recv(socket.native_handle(), peeked.data(), peeked.size(), MSG_PEEK | MSG_DONTWAIT);
      begin = {peeked.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
    return announces_body_over(all.settings.light_body_bytes, begin, all.settings.head);
  }

  // Waits, before a request is read, for the room it will take.
  asio::awaitable<void> hold_back() {
    if (!worker.admission.is_full() || !is_heavy()) co_return;
    worker.admission.hold_back([this] { std::exchange(resume, nullptr)(); });
    worker.look_again();
    co_await wait_for_resume();
  }

  // Waits until `resume` is called, which happens once.
  asio::awaitable<void> wait_for_resume() {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this](auto handler) { resume = std::move(handler); }, asio::use_awaitable);
  }

  // Calls hung_up when the client closes while its request waits. Bytes of a next request do not count as hanging up; a
  // close after them wakes nothing, so it is polled for every second.
  void watch_for_hang_up(const std::shared_ptr<Responder::Pending>& pending) {
    socket.async_wait(tcp::socket::wait_read, [self = shared_from_this(), pending](error_code error) {
      if (error || pending->taken) return;
      pollfd end{self->socket.native_handle(), POLLRDHUP, 0};
      if (::poll(&end, 1, 0) == 0) return self->worker.watched.push_back(pending);
      // Taken out first: its captures may hold the responder, and so this object and the connection.
      if (const auto hung_up = std::exchange(pending->hung_up, nullptr)) hung_up();
    });
  }

  asio::awaitable<void> run() {
    for (;;) {
      idle = in.empty();
      allow(all.settings.idle_timeout);
      if (in.capacity() > kKeptBufferBytes && in.empty()) in = std::string{};
      std::optional<std::size_t> head_end;
      bool started = !in.empty();
      if (started) allow(all.settings.head_timeout);
      if (all.stopping && in.empty()) co_return;
      if (in.empty() && !co_await readable()) co_return;
      co_await hold_back();
      while (!(head_end = find_head_end(in))) {
        if (in.starts_with(kTlsHandshake)) {
          co_await refuse(400, "this server speaks HTTP, not TLS");
          co_return;
        }
        if (in.size() > all.settings.head.head_bytes) {
          co_await refuse(431, "the head is too large");
          co_return;
        }
        if (!co_await receive(in, expected)) co_return;
        idle = false;
        if (!started) allow(all.settings.head_timeout);
        started = true;
      }
      BadHead bad;
      auto head = parse_head(std::string_view{in}.substr(0, *head_end), all.settings.head, bad);
      if (!head) {
        co_await refuse(bad.status, bad.why);
        co_return;
      }
      in.erase(0, *head_end);
      BodyRoom room{all.bodies};
      if (!co_await receive_body(*head, room)) co_return;
      room.hand_over();
      expected = std::clamp(*head_end + head->request.body.size() + 1, kReadBytes, kExpectedBytesMax);
      const bool head_only = head->request.method == "HEAD";
      const bool keep_alive = head->keep_alive && !all.stopping;
      head->request.local_port = local_port;

      deadline_tick = ~0ULL;  // the handler takes as long as it likes
      auto pending = std::make_shared<Responder::Pending>(socket.get_executor(), shared_from_this());
      all.handler(std::move(head->request), Responder{pending});
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
      // The answer may have come from within the handler of another request: the next handler here must not run in it.
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

void Responder::Pending::answer(Response given) {
  if (taken.exchange(true)) return;
  asio::dispatch(executor, [self = shared_from_this(), given = std::move(given)]() mutable {
    self->response = std::move(given);
    // The connection resumes immediately, and may end before this returns.
    const auto its_connection = self->connection;
    if (auto resume = std::exchange(its_connection->resume, nullptr)) resume();
  });
}

void Worker::second_passed() {
  ++tick;
  admission.second_passed();
  for (const auto& waiting : std::exchange(watched, {})) {
    const auto pending = waiting.lock();
    if (pending && pending->connection) pending->connection->watch_for_hang_up(pending);
  }
  for (Connection* connection : connections) {
    if (connection->deadline_tick < tick) connection->close();
  }
}

void Worker::close_idle() {
  for (Connection* connection : connections) {
    if (connection->idle) connection->close();
  }
}

void Worker::look_again() {
  if (is_looking || !admission.must_look()) return;
  is_looking = true;
  room_timer.expires_after(Admission::kLookEvery);
  room_timer.async_wait([this](error_code error) {
    is_looking = false;
    if (error) return;
    admission.look();
    look_again();
  });
}

void serve(tcp::socket socket, Connections& all, Worker& worker, std::shared_ptr<void> place) {
  asio::co_spawn(
      worker.io,
      [connection = std::make_shared<Connection>(std::move(socket), all, worker),
       place = std::move(place)]() -> asio::awaitable<void> {
        co_await connection->run();
        if (connection->refused) co_await connection->linger();
        connection->close();
      },
      asio::detached);
}

}  // namespace athanor::http
