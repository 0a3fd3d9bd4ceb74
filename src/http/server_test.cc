#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "http/client.h"
#include "http/test_wire.h"

namespace athanor::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A server whose handler echoes method, target and body, and counts.
class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.start()); }

  // Sends raw bytes, in pieces if asked, and returns all that comes back until the server closes.
  std::string raw(std::string_view bytes, std::size_t split_at = std::string_view::npos) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const auto first = bytes.substr(0, split_at);
    ::send(socket, first.data(), first.size(), MSG_NOSIGNAL);
    if (first.size() < bytes.size()) {
      const auto rest = bytes.substr(first.size());
      ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    }
    ::shutdown(socket, SHUT_WR);
    std::string all;
    char buffer[4096];
    for (ssize_t count; (count = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
    ::close(socket);
    return all;
  }

  base::ManualClock clock_;
  std::atomic<int> handled_{0};
  Server server_{{}, clock_, [this](Request request, Responder respond) {
                   ++handled_;
                   respond({200, {}, request.method + " " + request.target + " " + request.body});
                 }};
};

TEST_F(ServerTest, RefusesWhatIsAmbiguousAndClosesAndRunsNothingBehindIt) {
  const std::string next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const struct {
    const char* name;
    std::string request;
    const char* status;
  } rows[] = {
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "400"},
      {"the same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "400"},
      {"length with a plus", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", "400"},
      {"length in hex", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx", "400"},
      {"length list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\nx", "400"},
      {"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
      {"empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", "400"},
      {"huge length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
      {"too large a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", "413"},
      {"length and coding",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"coding twice",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
      {"coding list", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
      {"coding in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400"},
      {"bare LF in a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "400"},
      {"bare CR", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "400"},
      {"folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "400"},
      {"blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"blank in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", "400"},
      {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "400"},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", "400"},
      {"NUL in a value", std::string{"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 35}, "400"},
      {"NUL in the target", std::string{"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28}, "400"},
      {"blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"raw UTF-8 in the target", "GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"fragment in the target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"HTTP/0.9", "GET /\r\n\r\n", "400"},
      {"two empty lines", "\r\n\r\n", "400"},
      {"an empty line that ends in LF", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"user in the target", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", "400"},
      {"target without a host", "GET http:///a HTTP/1.1\r\nHost: b\r\n\r\n", "400"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"},
      {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"blank in the host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
      {"path in the host", "GET / HTTP/1.1\r\nHost: a/b?c\r\n\r\n", "400"},
      {"user in the host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"},
      {"quote in the host", "GET / HTTP/1.1\r\nHost: \"<x>\"\r\n\r\n", "400"},
      {"port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400"},
      {"two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "400"},
      {"IPv6 without brackets", "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", "400"},
      {"open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"},
      {"name behind the bracket", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", "417"},
      {"chunk size not hex", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n\r\n", "400"},
      {"chunk size with 0x", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
       "400"},
      {"chunk extension", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\n\r\n",
       "400"},
      {"chunk size too long",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n000000001\r\na\r\n0\r\n\r\n", "400"},
      {"chunk size overflow",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\na\r\n0\r\n\r\n", "413"},
      {"chunk without its CRLF", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
       "400"},
      {"chunk lines end in LF", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", "400"},
      {"too many fields",
       "GET / HTTP/1.1\r\nHost: a\r\n" +
           [] {
             std::string many;
             for (int i = 0; i < 100; ++i) many += "X: y\r\n";
             return many;
           }() +
           "\r\n",
       "431"},
      {"request line too long", "GET /" + std::string(8'200, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
      {"head too large", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n", "431"},
  };
  for (const auto& row : rows) {
    handled_ = 0;
    const std::string answer = raw(row.request + next);
    EXPECT_THAT(answer, StartsWith(std::string{"HTTP/1.1 "} + row.status)) << row.name;
    EXPECT_EQ(answer.find("smuggled"), std::string::npos) << row.name;
    EXPECT_EQ(handled_, 0) << row.name;
  }
}

TEST_F(ServerTest, GivesTheSameAnswerWhereverTheBytesAreSplit) {
  const std::string request =
      "POST /a?b=c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n"
      "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const std::string whole = raw(request);
  EXPECT_THAT(whole, HasSubstr("POST /a?b=c abcde"));
  EXPECT_THAT(whole, HasSubstr("GET /second "));
  for (std::size_t at = 1; at < request.size(); ++at) ASSERT_EQ(raw(request, at), whole) << at;
}

// Otherwise a client that begins TLS would wait for the whole head timeout.
TEST_F(ServerTest, TellsAClientOfTlsAtOnceThatItSpeaksNone) {
  const std::string hello{"\x16\x03\x01\x02\x00\x01\x00", 7};
  EXPECT_THAT(raw(hello), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("not TLS")));
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, PassesOverAnEmptyLineBeforeARequest) {
  const std::string post = "\r\nPOST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  const std::string request = post + "\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (std::size_t at = 1; at <= request.size(); ++at) {
    const std::string answers = raw(request, at);
    ASSERT_THAT(answers, HasSubstr("POST /1 x")) << at;
    ASSERT_THAT(answers, HasSubstr("GET /2 ")) << at;
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrderWithOneDateEach) {
  const std::string answer =
      raw("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.0\r\n\r\n");
  EXPECT_LT(answer.find("GET /1"), answer.find("GET /3"));
  EXPECT_EQ(answer.find("HEAD /2"), std::string::npos) << "HEAD has no body";
  std::size_t dates = 0;
  for (auto at = answer.find("Date: Tue, 14 Nov 2023 22:13:20 GMT"); at != std::string::npos;
       at = answer.find("Date: ", at + 1))
    ++dates;
  EXPECT_EQ(dates, 3U);
}

TEST_F(ServerTest, ServesManyRequestsOverKeptConnections) {
  Client client;
  const Endpoint endpoint{"http", "127.0.0.1", server_.port()};
  for (int i = 0; i < 200; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 997, 'x');
    const auto response = client.send(endpoint, {"POST", "/", {}, body, 0});
    ASSERT_TRUE(response) << response.error().message;
    ASSERT_EQ(response->body, "POST / " + body);
  }
  const auto more = server_.add_listener();
  ASSERT_TRUE(more);
  EXPECT_TRUE(client.send({"http", "127.0.0.1", *more}, {"GET", "/", {}, "", 0}));
  server_.remove_listener(*more);
}

// Acceptors live in their worker's loop and must be destroyed before it.
TEST(Server, EndsWhileAnAddedListenerIsStillThere) {
  base::ManualClock clock;
  Server server{{}, clock, [](Request, Responder respond) { respond({200, {}, "here"}); }};
  ASSERT_TRUE(server.start());
  const auto more = server.add_listener("127.0.0.1", 0);
  ASSERT_TRUE(more);
  EXPECT_EQ(Client{}.send({"http", "127.0.0.1", *more}, {"GET", "/", {}, "", 0})->body, "here");
}

TEST(Server, TakesOnlySoManyBytesOfBodiesAtOnce) {
  base::ManualClock clock;
  std::promise<Responder> asked;
  Server server{
      {.bodies_bytes_max = 100'000, .light_body_bytes = 1'000}, clock, [&](Request request, Responder respond) {
        if (request.body.size() == 90'000) return asked.set_value(std::move(respond));
        respond({200, {}, std::to_string(request.body.size())});
      }};
  ASSERT_TRUE(server.start());
  const auto status_of = [&](std::size_t bytes) {
    const auto answer =
        Client{}.send({"http", "127.0.0.1", server.port()}, {"POST", "/", {}, std::string(bytes, 'x'), 0});
    return answer ? answer->status : 0;
  };
  auto waiting = std::async(std::launch::async, [&] { return status_of(90'000); });
  Responder responder = asked.get_future().get();
  EXPECT_EQ(status_of(20'000), 503);
  EXPECT_EQ(status_of(1'000), 200) << "light ones always come in";
  responder({200, {}, ""});
  EXPECT_EQ(waiting.get(), 200);
  EXPECT_EQ(status_of(20'000), 200);
}

// Clients send the whole request before they look for an answer.
TEST(Server, IsHeardByWhomItRefusesHoweverMuchHeSends) {
  base::ManualClock clock;
  std::promise<Responder> asked;
  Server server{{.body_bytes_max = 30'000'000, .bodies_bytes_max = 30'000'000, .light_body_bytes = 1'000},
                clock,
                [&](Request, Responder respond) { asked.set_value(std::move(respond)); }};
  ASSERT_TRUE(server.start());
  const auto post = [&](std::size_t bytes) {
    return Client{}.send({"http", "127.0.0.1", server.port()}, {"POST", "/", {}, std::string(bytes, 'x'), 0});
  };
  const auto too_large = post(30'000'001);
  ASSERT_TRUE(too_large) << too_large.error().message;
  EXPECT_EQ(too_large->status, 413);
  auto waiting = std::async(std::launch::async, [&] { return post(20'000'000); });
  Responder responder = asked.get_future().get();
  const auto too_many = post(20'000'000);
  ASSERT_TRUE(too_many) << too_many.error().message;
  EXPECT_EQ(too_many->status, 503);
  responder({200, {}, ""});
  EXPECT_TRUE(waiting.get());
}

TEST_F(ServerTest, AsksForABodyThatWaitsToBeAskedForAndForNoOther) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  Wire wire{server_.port()};
  wire.send(head);
  ASSERT_TRUE(wire.is_readable(std::chrono::seconds{10}));
  EXPECT_EQ(wire.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.send("ab");
  EXPECT_THAT(wire.answer(), HasSubstr("POST / ab"));
  wire.send(head + "cd");
  const std::string answer = wire.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("POST / cd"));
}

// A server that waits for a second or two, and accepts 1,000 bytes a second or more.
class Slow : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.start()); }

  // Sends `begin`, and then `byte` again and again. Returns when the server has closed the connection.
  void drip(std::string_view begin, std::string_view byte) {
    Wire wire{server_.port()};
    wire.send(begin);
    while (!given_up_ && !wire.is_closed(std::chrono::milliseconds{50})) wire.try_send(byte);
  }

  base::ManualClock clock_;
  std::atomic<int> handled_{0};
  std::atomic<bool> given_up_{false};
  Server server_{{.head_timeout = std::chrono::seconds{1},
                  .idle_timeout = std::chrono::seconds{1},
                  .transfer_timeout = std::chrono::seconds{2},
                  .transfer_rate_min = 1'000},
                 clock_,
                 [this](Request, Responder respond) {
                   ++handled_;
                   respond({200, {}, "all"});
                 }};
};

TEST_F(Slow, ClientsAreGivenUpWhateverTheyAreSlowWith) {
  const std::string_view post = "POST / HTTP/1.1\r\nHost: a\r\n";
  std::vector<std::future<void>> all;
  for (const auto& [begin, byte] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"GET", ""},
           {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "x"},
           {std::string{post} + "Content-Length: 100000\r\n\r\n", ""},
           {std::string{post} + "Content-Length: 100000\r\n\r\n", "x"},
           {std::string{post} + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"}})
    all.push_back(std::async(std::launch::async, [this, begin, byte] { drip(begin, byte); }));
  for (auto& one : all) EXPECT_EQ(one.wait_for(std::chrono::seconds{20}), std::future_status::ready);
  given_up_ = true;
  EXPECT_EQ(handled_, 0);
}

// Within the head timeout, whether the head is the first on its connection or arrived right after another request.
TEST(Server, GivesUpHalfAHeadLongBeforeAConnectionThatIsIdle) {
  base::ManualClock clock;
  Server server{{.head_timeout = std::chrono::seconds{1}, .idle_timeout = std::chrono::seconds{60}},
                clock,
                [](Request, Responder respond) { respond({200, {}, "all"}); }};
  ASSERT_TRUE(server.start());
  const std::string whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  Wire idle{server.port()}, first{server.port()}, second{server.port()};
  for (const auto& [wire, bytes] : {std::pair{&idle, whole}, {&second, whole + "GET"}}) {
    wire->send(bytes);
    EXPECT_THAT(wire->answer(), HasSubstr("all"));
  }
  first.send("GET");
  EXPECT_TRUE(first.is_closed(std::chrono::seconds{20}));
  EXPECT_TRUE(second.is_closed(std::chrono::seconds{20}));
  EXPECT_FALSE(idle.is_readable({}));
}

TEST(Server, HasNoMoreConnectionsThanItMay) {
  base::ManualClock clock;
  Server server{{.connections_max = 2}, clock, [](Request, Responder respond) { respond({200, {}, "all"}); }};
  ASSERT_TRUE(server.start());
  const auto is_served = [](Wire& wire) {
    wire.try_send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return wire.answer().ends_with("all");
  };
  Wire one{server.port()};
  EXPECT_TRUE(is_served(one));
  {
    Wire two{server.port()}, three{server.port()};
    EXPECT_TRUE(is_served(two));
    EXPECT_FALSE(is_served(three));
    EXPECT_TRUE(is_served(one));
  }
  bool has_room = false;  // once the server has seen that `two` is closed
  for (int i = 0; !has_room && i < 200; ++i) {
    EXPECT_FALSE(one.is_closed(std::chrono::milliseconds{100}));
    Wire again{server.port()};
    has_room = is_served(again);
  }
  EXPECT_TRUE(has_room);
}

// Maps each open socket's name to whether started processes inherit it. Read from /proc, since sockets come and go on
// the server's thread.
std::map<std::string, bool> open_sockets() {
  std::map<std::string, bool> sockets;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    const std::string name = std::filesystem::read_symlink(entry, gone);
    if (!name.starts_with("socket:")) continue;
    std::ifstream facts{"/proc/self/fdinfo/" + entry.path().filename().string()};
    for (std::string word; facts >> word;) {
      if (word == "flags:" && facts >> word) sockets[name] = (std::stoul(word, nullptr, 8) & O_CLOEXEC) == 0;
    }
  }
  return sockets;
}

// A function's process that inherited the listener would keep the port from the next server.
TEST(Server, ItsSocketsGoToNoProcessThatIsStarted) {
  const auto before = open_sockets();
  base::ManualClock clock;
  Server server{{}, clock, [](Request, Responder respond) { respond({200, {}, "all"}); }};
  ASSERT_TRUE(server.start());
  Client client;
  ASSERT_TRUE(client.send({"http", "127.0.0.1", server.port()}, {"GET", "/", {}, "", 0}));
  auto ours = open_sockets();
  for (const auto& [name, goes] : before) ours.erase(name);
  EXPECT_EQ(ours.size(), 3U) << "the listener, and both ends of the connection";
  for (const auto& [name, goes] : ours) EXPECT_FALSE(goes) << name;
}

TEST(Server, OneListenerTakesNoConnectionsOfAnother) {
  base::ManualClock clock;
  Server server{{.connections_max = 3, .listener_connections_max = 2}, clock, [](Request, Responder respond) {
                  respond({200, {}, "all"});
                }};
  ASSERT_TRUE(server.start());
  const auto other = server.add_listener();
  ASSERT_TRUE(other);
  const auto is_served = [](Wire& wire) {
    wire.try_send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return wire.answer().ends_with("all");
  };
  Wire one{server.port()}, two{server.port()}, three{server.port()}, elsewhere{*other};
  EXPECT_TRUE(is_served(one));
  EXPECT_TRUE(is_served(two));
  EXPECT_FALSE(is_served(three));
  EXPECT_TRUE(is_served(elsewhere));
}

TEST_F(Slow, ABodyThatGoesOnIsAwaited) {
  Wire wire{server_.port()};
  wire.announce("/", 90'000);
  for (int i = 0; i < 45; ++i) {
    ASSERT_FALSE(wire.is_closed(std::chrono::milliseconds{100}));
    wire.send(std::string(2'000, 'x'));
  }
  EXPECT_THAT(wire.answer(), HasSubstr("all"));
}

TEST(Server, GivesUpWhoReadsItsAnswerTooSlowly) {
  base::ManualClock clock;
  constexpr std::size_t kAnswerBytes = 33'554'432;  // more than a kernel buffers for a connection
  Server server{{.transfer_timeout = std::chrono::seconds{1}, .transfer_rate_min = kAnswerBytes},
                clock,
                [](Request, Responder respond) { respond({200, {}, std::string(kAnswerBytes, 'x')}); }};
  ASSERT_TRUE(server.start());
  Wire wire{server.port()};
  wire.announce("/", 0);
  std::size_t received = 0;
  for (std::string bytes; !(bytes = wire.answer(131'072)).empty(); received += bytes.size()) ::poll(nullptr, 0, 50);
  EXPECT_LT(received, kAnswerBytes);
}

// The responder may be destroyed before the server ends, or only afterwards.
TEST(Server, EndsWhileARequestWaits) {
  for (const bool is_dropped_before : {true, false}) {
    base::ManualClock clock;
    std::promise<Responder> asked;
    auto server = std::make_unique<Server>(Server::Settings{}, clock,
                                           [&](Request, Responder respond) { asked.set_value(std::move(respond)); });
    ASSERT_TRUE(server->start());
    auto answer = std::async(std::launch::async, [port = server->port()] {
      return Client{}.send({"http", "127.0.0.1", port}, {"GET", "/", {}, "", 0});
    });
    std::optional<Responder> responder = asked.get_future().get();
    if (is_dropped_before) {
      responder.reset();
      EXPECT_EQ(answer.get()->status, 500);
    }
    server->stop(std::chrono::milliseconds{0});
    responder.reset();
    server.reset();
    if (!is_dropped_before) EXPECT_FALSE(answer.get());
  }
}

TEST(Server, TellsWhenAWaitingClientHangsUpAndTakesAnswersFromOtherThreads) {
  base::ManualClock clock;
  std::promise<void> hung_up;
  std::vector<std::thread> threads;
  Server server{{}, clock, [&](Request request, Responder respond) {
                  if (request.target == "/wait") {
                    auto held = std::make_shared<Responder>(std::move(respond));
                    held->on_disconnect([&hung_up, held] { hung_up.set_value(); });
                  } else {
                    threads.emplace_back([respond = std::move(respond)]() mutable { respond({200, {}, "later"}); });
                  }
                }};
  ASSERT_TRUE(server.start());
  Client client;
  EXPECT_EQ(client.send({"http", "127.0.0.1", server.port()}, {"GET", "/", {}, "", 0})->body, "later");
  for (std::thread& thread : threads) thread.join();
  Client impatient{{.response_timeout = std::chrono::milliseconds{50}}};
  EXPECT_EQ(impatient.send({"http", "127.0.0.1", server.port()}, {"GET", "/wait", {}, "", 0}).error().code,
            ErrorCode::Timeout);
  EXPECT_EQ(hung_up.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
  server.stop(std::chrono::milliseconds{0});
}

// The bytes it sent come before its end, and have not been read yet.
TEST(Server, TellsWhenAWaitingClientThatSentMoreHangsUp) {
  base::ManualClock clock;
  std::promise<void> asked, hung_up;
  Server server{{}, clock, [&](Request, Responder respond) {
                  auto held = std::make_shared<Responder>(std::move(respond));
                  held->on_disconnect([&hung_up, held] { hung_up.set_value(); });
                  asked.set_value();
                }};
  ASSERT_TRUE(server.start());
  auto client = std::make_unique<Wire>(server.port());
  client->send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  asked.get_future().get();
  client->send("GET ");
  auto is_told = hung_up.get_future();
  EXPECT_EQ(is_told.wait_for(std::chrono::milliseconds{50}), std::future_status::timeout);
  client.reset();
  EXPECT_EQ(is_told.wait_for(std::chrono::seconds{10}), std::future_status::ready);
}

TEST(Server, AnswersARequestWhoseAnswerGoesToALaterOne) {
  base::ManualClock clock;
  std::mutex mutex;
  std::optional<Responder> waiting;  // held as a handler that serves one at a time would
  Server server{{}, clock, [&](Request, Responder respond) {
                  const std::lock_guard lock{mutex};
                  waiting = std::move(respond);
                }};
  ASSERT_TRUE(server.start());
  const auto ask = [&server] {
    return std::async(std::launch::async, [port = server.port()] {
      return Client{}.send({"http", "127.0.0.1", port}, {"GET", "/", {}, "", 0});
    });
  };
  std::array<std::future<Result<Response>>, 2> answers{ask(), ask()};
  const auto is_answered = [](auto& answer) {
    return answer.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  };
  while (std::ranges::none_of(answers, is_answered)) std::this_thread::yield();
  {
    const std::lock_guard lock{mutex};
    (*waiting)({200, {}, ""});
  }
  std::set<int> statuses;
  for (auto& answer : answers) statuses.insert(answer.get()->status);
  EXPECT_EQ(statuses, (std::set{200, 500}));
  server.stop(std::chrono::milliseconds{0});
}

// A handler that answers another request may hold a lock that the next request's handler would wait for.
TEST(Server, RunsNoHandlerWithinAnother) {
  base::ManualClock clock;
  std::atomic<int> inside{0}, handled{0};
  std::atomic<bool> was_nested{false};
  std::optional<Responder> waiting;
  Server server{{}, clock, [&](Request, Responder respond) {
                  if (inside++ > 0) was_nested = true;
                  waiting = std::move(respond);  // answers the one that waited
                  --inside;
                  ++handled;
                }};
  ASSERT_TRUE(server.start());
  Wire pipelining{server.port()};
  pipelining.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  while (handled == 0) std::this_thread::yield();
  Wire other{server.port()};
  other.announce("/3", 0);
  EXPECT_THAT(pipelining.answer(), HasSubstr("500"));
  EXPECT_THAT(other.answer(), HasSubstr("500")) << "when the second of the pipelined requests has come";
  EXPECT_FALSE(was_nested);
  server.stop(std::chrono::milliseconds{0});
  waiting.reset();
}

TEST(Endpoint, IsReadStrictly) {
  for (const char* bad : {"", "localhost:4566", "ftp://a", "http://", "http://a:0", "http://a:99999", "http://a:x",
                          "http://u@h", "http://a/b", "http://a/b/"}) {
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
  }
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:4566/")->authority(), "127.0.0.1:4566");
  EXPECT_EQ(parse_endpoint("https://events.eu-west-1.amazonaws.com")->authority(), "events.eu-west-1.amazonaws.com");
  EXPECT_EQ(parse_endpoint("http://[::1]:80")->authority(), "[::1]");
}

TEST(PercentCoding, TakesBackWhatItWrote) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  for (const char* bad : {"%", "%2", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(print_form(*parse_form("a=1+2&b=%26&c")), "a=1%202&b=%26&c=");
  EXPECT_EQ(print_form(*parse_form("&&a=1&&b=2&")), "a=1&b=2");
  EXPECT_FALSE(parse_form("a=1&b=2&c=3", 2));
}

}  // namespace
}  // namespace athanor::http
