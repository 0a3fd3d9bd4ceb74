// The client on connections that the server closes.
#include "http/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <future>
#include <thread>

#include "base/assert.h"
#include "base/text.h"

namespace athanor::http {
namespace {

// One connection as the server sees it, over TLS if `ssl` is set.
struct Peer {
  int socket;
  SSL* ssl = nullptr;

  // The body of the next request; empty at the end of the connection.
  std::string body_of_request() const {
    std::string text;
    for (std::string buffer(65'536, '\0');;) {
      const auto head_end = text.find("\r\n\r\n");
      if (head_end != text.npos) {
        const auto length = text.find("Content-Length: ") + 16;
        const auto bytes = base::to_int(std::string_view{text}.substr(length, text.find('\r', length) - length));
        if (text.size() - head_end - 4 >= static_cast<std::size_t>(bytes.value_or(0))) return text.substr(head_end + 4);
      }
      const auto count = ssl != nullptr ? SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()))
                                        : ::recv(socket, buffer.data(), buffer.size(), 0);
      if (count <= 0) return {};
      text.append(buffer, 0, static_cast<std::size_t>(count));
    }
  }
  void send(std::string_view bytes) const {
    if (ssl != nullptr)
      SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
    else
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
};

// A key and a self-signed certificate for "localhost".
struct Certificate {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> x509{X509_new(), &X509_free};

  Certificate() {
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3'600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME* name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(x509.get(), name);
    X509_sign(x509.get(), key.get(), EVP_sha256());
  }
};

// Serves one connection after another, each by its own function, and closes it afterwards.
class ServerOfConnections {
 public:
  using Serve = std::function<void(const Peer&)>;

  explicit ServerOfConnections(std::vector<Serve> connections, bool tls = false) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ATHANOR_ASSERT(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    ATHANOR_ASSERT(::listen(listener_, 8) == 0);
    ATHANOR_ASSERT(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    if (tls) {
      const Certificate certificate;
      SSL_CTX_use_certificate(context_.get(), certificate.x509.get());
      SSL_CTX_use_PrivateKey(context_.get(), certificate.key.get());
      const std::unique_ptr<FILE, decltype(&std::fclose)> file{std::fopen(ca_file_.c_str(), "w"), &std::fclose};
      PEM_write_X509(file.get(), certificate.x509.get());
    }
    closed_.resize(connections.size());
    thread_ = std::thread{[this, tls, connections = std::move(connections)] {
      for (std::size_t i = 0; i < connections.size(); ++i) {
        serve(connections[i], tls);
        closed_[i].set_value();
      }
    }};
  }
  ~ServerOfConnections() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    ::unlink(ca_file_.c_str());
  }

  Endpoint endpoint(std::string scheme) const { return {std::move(scheme), "localhost", port_}; }
  const std::string& ca_file() const { return ca_file_; }
  void wait_until_closed(std::size_t connection) { closed_[connection].get_future().wait(); }

 private:
  void serve(const Serve& connection, bool tls) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    if (tls) {
      const std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context_.get()), &SSL_free};
      SSL_set_fd(ssl.get(), socket);
      if (SSL_accept(ssl.get()) == 1) connection({socket, ssl.get()});
    } else {
      connection({socket});
    }
    ::close(socket);
  }

  int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
  std::string ca_file_ = ::testing::TempDir() + "client_test_ca_" + std::to_string(::getpid()) + ".pem";
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  std::vector<std::promise<void>> closed_;
  std::thread thread_;
};

void answer_small(const Peer& peer) {
  if (!peer.body_of_request().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

// Load balancers close idle connections. Over TLS the first bytes draw a reset, and the next would raise SIGPIPE.
TEST(Client, SendsAgainOnAnotherConnectionWhatAClosedOneDoesNotTake) {
  for (const bool tls : {false, true}) {
    std::size_t received = 0;
    ServerOfConnections server{{answer_small,
                                [&](const Peer& peer) {
                                  received = peer.body_of_request().size();
                                  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
                                }},
                               tls};
    Client client{{.ca_file = server.ca_file()}};
    const Endpoint endpoint = server.endpoint(tls ? "https" : "http");
    const auto first = client.send(endpoint, {"POST", "/", {}, "x", 0});
    ASSERT_TRUE(first) << first.error().message;
    server.wait_until_closed(0);
    const auto second = client.send(endpoint, {"POST", "/", {}, std::string(1'000'000, 'x'), 0});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->body, "again");
    EXPECT_EQ(received, 1'000'000U);
  }
}

// A program may use signals, to profile itself or to learn of its children's exits.
TEST(Client, IsNotDisturbedBySignals) {
  struct sigaction counts{}, before{};
  counts.sa_handler = [](int) {};
  counts.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &counts, &before);
  const itimerval often{{0, 100}, {0, 100}}, never{};
  for (const bool tls : {false, true}) {
    std::vector<ServerOfConnections::Serve> connections(20, answer_small);
    connections.push_back([](const Peer& peer) {
      peer.body_of_request();
      peer.body_of_request();  // silent until the client gives up
    });
    ServerOfConnections server{connections, tls};
    Client patient{{.ca_file = server.ca_file()}};
    Client hasty{{.response_timeout = std::chrono::seconds{1}, .ca_file = server.ca_file()}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    std::vector<std::string> answers;
    for (std::size_t connection = 0; connection < connections.size(); ++connection) {
      Client& client = connection + 1 < connections.size() ? patient : hasty;
      const auto answer =
          client.send(server.endpoint(tls ? "https" : "http"), {"POST", "/", {}, std::string(1'000'000, 'x'), 0});
      answers.push_back(answer ? answer->body : answer.error().message);
      server.wait_until_closed(connection);
    }
    ::setitimer(ITIMER_REAL, &never, nullptr);
    EXPECT_THAT(answers.back(), testing::HasSubstr("did not answer in time"));
    answers.pop_back();
    EXPECT_THAT(answers, testing::Each("ok"));
  }
  ::sigaction(SIGALRM, &before, nullptr);
}

// A proxy says 408 to an idle connection; another answers twice.
TEST(Client, TakesNoAnswerThatItHasNotAskedFor) {
  constexpr std::string_view kUnasked = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked";
  for (const bool tls : {false, true}) {
    for (const bool at_once : {false, true}) {
      std::promise<void> answered, sent;
      const auto twice = [&](const Peer& peer) {
        peer.body_of_request();
        const std::string first = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        peer.send(at_once ? first + std::string{kUnasked} : first);
        answered.get_future().wait();
        if (!at_once) peer.send(kUnasked);
        sent.set_value();
        peer.body_of_request();  // until the client closes it
      };
      ServerOfConnections server{{twice, answer_small}, tls};
      Client client{{.ca_file = server.ca_file()}};
      for (const bool first : {true, false}) {
        const auto answer = client.send(server.endpoint(tls ? "https" : "http"), {"POST", "/", {}, "x", 0});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, "ok");
        if (first) {
          answered.set_value();
          sent.get_future().wait();
        }
      }
    }
  }
}

TEST(Client, SaysThatAServerSpeaksNoTls) {
  const auto refuse = [](const Peer& peer) {
    char hello[16'384];
    if (::recv(peer.socket, hello, sizeof hello, 0) > 0) peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  };
  ServerOfConnections server{{refuse}};
  const Endpoint endpoint = server.endpoint("https");
  const auto answer = Client{}.send(endpoint, {.method = "GET", .target = "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(answer.error().message, "The server at " + endpoint.authority() + " does not speak TLS: try http://" +
                                        endpoint.authority() + " instead.");
}

TEST(Client, SaysThatItDoesNotTrustAServer) {
  ServerOfConnections server{{answer_small}, true};
  const Endpoint endpoint = server.endpoint("https");
  const auto answer = Client{}.send(endpoint, {.method = "GET", .target = "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(answer.error().message, "The certificate of " + endpoint.authority() +
                                        " is not trusted: self-signed certificate. "
                                        "AWS_CA_BUNDLE names a file of authorities to trust.");
}

TEST(Client, NamesAFileWithoutCertificates) {
  for (const std::string file : {"/nowhere.pem", "/dev/null"}) {
    ServerOfConnections server{{answer_small}};
    const auto answer = Client{{.ca_file = file}}.send(server.endpoint("https"), {.method = "GET", .target = "/"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(answer.error().message, file + " holds no certificates that can be read.");
  }
}

// An answer without a length ends with its connection, and only if the server has closed it properly.
TEST(Client, TakesNoAnswerForWholeThatIsCutOff) {
  const auto begin = [](const Peer& peer) {
    peer.body_of_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\npart");
  };
  const auto silent = [&](const Peer& peer) {
    begin(peer);
    peer.body_of_request();  // until the client gives up
  };
  const auto reset = [&](const Peer& peer) {
    begin(peer);
    const linger at_once{1, 0};
    ::setsockopt(peer.socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  };
  const auto ended = [&](const Peer& peer) {
    begin(peer);
    if (peer.ssl != nullptr) SSL_shutdown(peer.ssl);
  };
  const auto too_long = [](const Peer& peer) {
    peer.body_of_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'));
  };
  struct Row {
    ServerOfConnections::Serve serve;
    bool tls;
    std::string_view error;
  };
  const Row rows[] = {{silent, false, "did not answer in time"},
                      {silent, true, "did not answer in time"},
                      {reset, false, "the connection ended before the answer"},
                      {begin, true, "the connection ended before the answer"},  // no close_notify
                      {too_long, false, "its answer is too large"},
                      {ended, false, ""},
                      {ended, true, ""}};
  for (const Row& row : rows) {
    ServerOfConnections server{{row.serve}, row.tls};
    Client client{
        {.response_timeout = std::chrono::milliseconds{200}, .response_bytes_max = 100, .ca_file = server.ca_file()}};
    const auto answer = client.send(server.endpoint(row.tls ? "https" : "http"), {"POST", "/", {}, "x", 0});
    if (row.error.empty()) {
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->body, "part");
    } else {
      ASSERT_FALSE(answer) << row.error;
      EXPECT_THAT(answer.error().message, testing::HasSubstr(row.error));
    }
  }
}

}  // namespace
}  // namespace athanor::http
