#include "http/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "base/text.h"
#include "http/chunked.h"
#include "http/head.h"

namespace athanor::http {
namespace {

constexpr std::size_t kKeptConnections = 16;  // idle ones per endpoint
constexpr std::size_t kHeadBytesMax = 1'048'576;

Error unavailable(const Endpoint& endpoint, std::string_view why) {
  return {ErrorCode::Unavailable, fmt::format("Cannot reach {}: {}.", endpoint.url(), why), {}};
}

// Waits, despite signals, until `what` can be done with the socket. Returns 1; 0 when the time is up; -1 with errno.
int wait_for(int socket, short what, std::chrono::milliseconds time) {
  pollfd wait{socket, what, 0};
  timespec left{time.count() / 1'000, (time.count() % 1'000) * 1'000'000};
  long ready = 0;
  do {  // the system call, not the C library's wrapper: it subtracts the time passed from `left`
    ready = ::syscall(SYS_ppoll, &wait, 1, &left, nullptr, 0);
  } while (ready < 0 && errno == EINTR);
  return static_cast<int>(ready);
}

// What the call returns, however often a signal interrupts it: calls on a socket with a timeout are not restarted by
// the kernel. EAGAIN when the socket's timeout has passed.
template <class Call>
auto despite_signals(int socket, short what, const Call& call) {
  for (;;) {
    errno = 0;
    const auto done = call();
    if (done >= 0 || errno != EINTR) return done;
    timeval time{};
    socklen_t size = sizeof time;
    ::getsockopt(socket, SOL_SOCKET, what == POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO, &time, &size);
    if (wait_for(socket, what, std::chrono::milliseconds{time.tv_sec * 1'000 + time.tv_usec / 1'000}) == 1) continue;
    errno = EAGAIN;
    return done;
  }
}

// A socket for OpenSSL that raises no SIGPIPE when the other end has gone: OpenSSL's own writes without MSG_NOSIGNAL,
// which would end a program that does not handle that signal.
int send_quietly(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto socket = static_cast<int>(BIO_get_fd(bio, nullptr));
  const auto sent = static_cast<int>(despite_signals(
      socket, POLLOUT, [&] { return ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL); }));
  if (sent <= 0 && BIO_sock_should_retry(sent) != 0) BIO_set_retry_write(bio);
  return sent;
}

int receive_quietly(BIO* bio, char* bytes, int size) {
  return despite_signals(static_cast<int>(BIO_get_fd(bio, nullptr)), POLLIN,
                         [&] { return BIO_meth_get_read(BIO_s_socket())(bio, bytes, size); });
}

const BIO_METHOD* quiet_socket() {
  static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
    const BIO_METHOD* socket = BIO_s_socket();
    BIO_METHOD* quiet = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    BIO_meth_set_create(quiet, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(quiet, BIO_meth_get_destroy(socket));
    BIO_meth_set_ctrl(quiet, BIO_meth_get_ctrl(socket));
    BIO_meth_set_read(quiet, receive_quietly);
    BIO_meth_set_write(quiet, send_quietly);
    return std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>{quiet, &BIO_meth_free};
  }();
  return method.get();
}

struct CloseSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// A connected socket, with TLS on top where the scheme says so.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  Connection(Connection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), ssl_(std::move(other.ssl_)), received_(std::move(other.received_)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(ssl_, other.ssl_);
    std::swap(received_, other.received_);
    return *this;
  }
  ~Connection() {
    ssl_.reset();
    if (socket_ >= 0) ::close(socket_);
  }

  Result<void> start_tls(SSL_CTX* context, const Endpoint& endpoint) {
    ssl_.reset(SSL_new(context));
    BIO* const bio = BIO_new(quiet_socket());
    BIO_set_fd(bio, socket_, BIO_NOCLOSE);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_tlsext_host_name(ssl_.get(), endpoint.host.c_str());
    SSL_set1_host(ssl_.get(), endpoint.host.c_str());
    if (SSL_connect(ssl_.get()) == 1) return {};
    char why[256] = "the TLS handshake failed";
    if (const auto verify = SSL_get_verify_result(ssl_.get()); verify != X509_V_OK) {
      return invalid_input(
          fmt::format("The certificate of {} is not trusted: {}. AWS_CA_BUNDLE names a file of authorities to trust.",
                      endpoint.authority(), X509_verify_cert_error_string(verify)));
    }
    const auto code = ERR_get_error();
    if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) {  // what arrived is not a TLS record
      return invalid_input(
          fmt::format("The server at {0} does not speak TLS: try http://{0} instead.", endpoint.authority()));
    }
    if (code != 0) ERR_error_string_n(code, why, sizeof why);
    return unavailable(endpoint, why);
  }

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent =
          ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20)))
               : despite_signals(socket_, POLLOUT,
                                 [&] { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  enum class Receipt : std::uint8_t { Bytes, End, Silence, Failure };

  // Appends more to `received()`. `End` means that the other side closed, over TLS with a close_notify: without one,
  // anyone may have cut the connection (RFC 9112, 9.8).
  Receipt receive() {
    char buffer[16 * 1'024];
    errno = 0;
    const auto count =
        ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
             : despite_signals(socket_, POLLIN, [&] { return ::recv(socket_, buffer, sizeof buffer, 0); });
    if (count > 0) {
      received_.append(buffer, static_cast<std::size_t>(count));
      return Receipt::Bytes;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Receipt::Silence;
    const bool told = ssl_ ? (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0 : count == 0;
    return told ? Receipt::End : Receipt::Failure;
  }

  std::string& received() { return received_; }

  // Whether nothing is there to read, neither bytes nor an end. What arrives before a request is sent does not answer
  // it (RFC 9112, 9.2).
  bool is_quiet() const {
    if (!received_.empty() || (ssl_ && SSL_has_pending(ssl_.get()) == 1)) return false;
    pollfd bytes{socket_, POLLIN, 0};
    return ::poll(&bytes, 1, 0) == 0;
  }

 private:
  int socket_;
  std::unique_ptr<SSL, CloseSsl> ssl_;
  std::string received_;
};

void set_timeout(int socket, int option, std::chrono::milliseconds time) {
  const timeval value{time.count() / 1'000, (time.count() % 1'000) * 1'000};
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

// Connects within `time` and returns 0, or the error number.
int connect_within(int socket, const addrinfo& address, std::chrono::milliseconds time) {
  const int flags = ::fcntl(socket, F_GETFL);
  ::fcntl(socket, F_SETFL, flags | O_NONBLOCK);
  if (::connect(socket, address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    if (wait_for(socket, POLLOUT, time) != 1) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return error;
  }
  ::fcntl(socket, F_SETFL, flags);
  return 0;
}

std::string request_text(const Endpoint& endpoint, const Request& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  if (request.header("host").empty()) text += fmt::format("Host: {}\r\n", endpoint.authority());
  for (const Header& header : request.headers)
    text.append(header.name).append(": ").append(header.value).append("\r\n");
  if (count_headers(request.headers, "content-length") == 0)
    text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text.append("\r\n").append(request.body);
}

// "HTTP/1.1 200 OK" and the header lines after it.
bool parse_response_head(std::string_view head, Response& response) {
  std::size_t number = 0;
  for (std::string_view line : base::split(head, '\n')) {
    line = base::trim(line);
    if (number++ == 0) {
      const auto status =
          line.size() >= 12 && line.starts_with("HTTP/1.") ? base::to_int(line.substr(9, 3)) : std::nullopt;
      if (!status) return false;
      response.status = static_cast<std::uint16_t>(*status);
    } else if (!line.empty()) {
      const auto colon = line.find(':');
      if (colon == std::string_view::npos) return false;
      response.headers.push_back({std::string{line.substr(0, colon)}, std::string{base::trim(line.substr(colon + 1))}});
    }
  }
  return true;
}

// Reads one answer from a connection.
class AnswerReader {
 public:
  AnswerReader(Connection& connection, const Endpoint& endpoint, std::size_t body_bytes_max)
      : connection_(connection), endpoint_(endpoint), body_bytes_max_(body_bytes_max) {}

  // Called once. `head_only`: the request was a HEAD.
  Result<Response> read(bool head_only) {
    ATHANOR_CHECK(read_head());
    ends_connection_ = base::equals_ignore_case_ascii(response_.header("connection"), "close");
    if (!head_only && has_body(response_.status)) ATHANOR_CHECK(read_body());
    return std::move(response_);
  }

  // Whether a byte of the answer has arrived.
  bool has_begun() const { return has_begun_; }
  // Whether the connection takes no other request after the answer.
  bool ends_connection() const { return ends_connection_; }

 private:
  Result<void> read_head() {
    for (;;) {
      std::optional<std::size_t> end;
      while (!(end = find_head_end(in_))) {
        if (in_.size() > kHeadBytesMax || !more()) return broken();
      }
      response_ = {};
      if (!parse_response_head(std::string_view{in_}.substr(0, *end), response_))
        return unavailable(endpoint_, "it does not speak HTTP/1.1");
      in_.erase(0, *end);
      if (response_.status >= 200) return {};  // 100 Continue is not the answer yet
    }
  }

  Result<void> read_body() {
    if (base::equals_ignore_case_ascii(response_.header("transfer-encoding"), "chunked")) return read_chunks();
    const auto length = base::to_int(response_.header("content-length"));
    if (!length) return read_to_end();
    if (*length < 0 || static_cast<std::size_t>(*length) > body_bytes_max_) return too_large();
    const auto size = static_cast<std::size_t>(*length);
    while (in_.size() < size) {
      if (!more()) return broken();
    }
    response_.body.assign(in_, 0, size);
    in_.erase(0, size);
    return {};
  }

  Result<void> read_chunks() {
    ChunkedBody chunked{body_bytes_max_};
    for (;;) {
      const ChunkedBody::State state = chunked.take(in_, response_.body);
      if (state == ChunkedBody::State::Complete) return {};
      if (state != ChunkedBody::State::Incomplete)
        return unavailable(endpoint_, "its answer is malformed or too large");
      if (!more()) return broken();
    }
  }

  // The body ends with the connection.
  Result<void> read_to_end() {
    ends_connection_ = true;
    while (in_.size() <= body_bytes_max_ && more()) {
    }
    if (in_.size() > body_bytes_max_) return too_large();
    if (last_ != Connection::Receipt::End) return broken();
    response_.body = std::exchange(in_, {});
    return {};
  }

  bool more() {
    last_ = connection_.receive();
    has_begun_ = has_begun_ || last_ == Connection::Receipt::Bytes;
    return last_ == Connection::Receipt::Bytes;
  }

  Error broken() const {
    if (last_ == Connection::Receipt::Silence)
      return {ErrorCode::Timeout, fmt::format("{} did not answer in time.", endpoint_.url()), {}};
    return unavailable(endpoint_, "the connection ended before the answer");
  }

  Error too_large() const { return unavailable(endpoint_, "its answer is too large"); }

  Connection& connection_;
  const Endpoint& endpoint_;
  const std::size_t body_bytes_max_;
  std::string& in_ = connection_.received();
  Response response_;
  Connection::Receipt last_ = Connection::Receipt::Bytes;
  bool has_begun_ = false;
  bool ends_connection_ = true;
};

}  // namespace

std::string Endpoint::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? name : fmt::format("{}:{}", name, port);
}

std::string Endpoint::url() const { return scheme + "://" + authority(); }

Result<Endpoint> parse_endpoint(std::string_view url) {
  const Error error =
      invalid_input(fmt::format("'{}' is not an endpoint: give http://HOST:PORT or https://HOST.", url));
  Endpoint endpoint;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return error;
  endpoint.scheme = url.substr(0, colon);
  if (endpoint.scheme != "http" && endpoint.scheme != "https") return error;
  endpoint.port = endpoint.scheme == "https" ? 443 : 80;
  std::string_view rest = url.substr(colon + 3);
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 != rest.size()) return error;  // requests go to the root: a path would be ignored
    rest.remove_suffix(1);
  }
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return error;
    endpoint.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    endpoint.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(endpoint.host.size());
  }
  if (endpoint.host.empty() || endpoint.host.find('@') != std::string::npos) return error;
  if (!rest.empty()) {
    const auto port = rest.front() == ':' ? base::to_int(rest.substr(1)) : std::nullopt;
    if (!port || *port < 1 || *port > 65'535) return error;
    endpoint.port = static_cast<std::uint16_t>(*port);
  }
  return endpoint;
}

struct Client::Impl {
  Settings settings;
  std::mutex mutex;
  std::multimap<std::string, Connection> kept;  // by endpoint
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{nullptr, &SSL_CTX_free};

  Result<SSL_CTX*> tls_context() {
    const std::lock_guard lock{mutex};
    if (tls) return tls.get();
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> made{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(made.get(), SSL_MODE_AUTO_RETRY);
    if (settings.ca_file.empty())
      SSL_CTX_set_default_verify_paths(made.get());
    else if (SSL_CTX_load_verify_locations(made.get(), settings.ca_file.c_str(), nullptr) != 1)
      return invalid_input(fmt::format("{} holds no certificates that can be read.", settings.ca_file));
    tls = std::move(made);
    return tls.get();
  }

  Result<Connection> connect(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error =
            ::getaddrinfo(endpoint.host.c_str(), fmt::format("{}", endpoint.port).c_str(), &hints, &found);
        error != 0) {
      return unavailable(endpoint, ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};
    int last_error = 0;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
      const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (socket < 0) return unavailable(endpoint, std::strerror(errno));
      Connection connection{socket};
      last_error = connect_within(socket, *address, settings.connect_timeout);
      if (last_error != 0) continue;
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      set_timeout(socket, SO_RCVTIMEO, settings.response_timeout);
      set_timeout(socket, SO_SNDTIMEO, settings.response_timeout);
      if (endpoint.scheme == "https") {
        ATHANOR_TRY(context, tls_context());
        ATHANOR_CHECK(connection.start_tls(context, endpoint));
      }
      return connection;
    }
    return unavailable(endpoint, std::strerror(last_error));
  }

  std::optional<Connection> take_kept(const std::string& key) {
    const std::lock_guard lock{mutex};
    for (auto it = kept.find(key); it != kept.end() && it->first == key;) {
      Connection connection = std::move(it->second);
      it = kept.erase(it);
      if (connection.is_quiet()) return connection;
    }
    return std::nullopt;
  }

  void keep(const std::string& key, Connection connection) {
    const std::lock_guard lock{mutex};
    if (kept.count(key) < kKeptConnections) kept.emplace(key, std::move(connection));
  }
};

Client::Client() : Client(Settings{}) {}
Client::Client(Settings settings) : impl_(std::make_unique<Impl>()) { impl_->settings = std::move(settings); }
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Result<Response> Client::send(const Endpoint& endpoint, const Request& request) {
  const std::string text = request_text(endpoint, request);
  const std::string key = endpoint.url();
  for (;;) {
    auto kept = impl_->take_kept(key);
    const bool is_kept = kept.has_value();
    if (!kept) {
      ATHANOR_TRY(fresh, impl_->connect(endpoint));
      kept = std::move(fresh);
    }
    if (!kept->write_all(text)) {
      if (is_kept) continue;
      return unavailable(endpoint, "the connection ended while the request was sent");
    }
    AnswerReader reader{*kept, endpoint, impl_->settings.response_bytes_max};
    auto response = reader.read(request.method == "HEAD");
    if (response) {
      if (!reader.ends_connection()) impl_->keep(key, *std::move(kept));
      return response;
    }
    // Nearly always the server closed it between two requests. It may also have acted on this one and stopped before
    // answering: then it acts twice, as with AWS's SDKs, whose callers are told that they send at least once.
    if (is_kept && !reader.has_begun() && response.error().code == ErrorCode::Unavailable) continue;
    return response;
  }
}

}  // namespace athanor::http
