#include <fmt/format.h>

#include "bench/rivals.h"

namespace athanor::bench {
namespace {

// `count` acknowledging messages to our inbox ("MSG inbox 1 30\r\n{"stream":"bench","seq":7}\r\n"). PING, which the
// server sends occasionally, needs no answer in the time we take.
ReplyReader acknowledgements(std::size_t count) {
  return [count](std::string_view received) -> Result<std::size_t> {
    std::size_t at = 0;
    for (std::size_t seen = 0;;) {
      const auto line = received.find("\r\n", at);
      if (line == std::string_view::npos) return std::size_t{0};
      const std::string_view head = received.substr(at, line - at);
      at = line + 2;
      if (head == "PING") continue;
      const auto content = received.find("\r\n", at);
      if (content == std::string_view::npos) return std::size_t{0};
      const std::string_view answer = received.substr(at, content - at);
      if (!head.starts_with("MSG ") || answer.find(R"("error")") != std::string_view::npos)
        return Error{ErrorCode::Unavailable, fmt::format("NATS said: {} {}", head, answer), {}};
      at = content + 2;
      if (++seen == count) return at;
    }
  };
}

std::string inbox(std::size_t connection) { return fmt::format("_INBOX.{}", connection); }

Opening opening() {
  return {.text =
              [](std::size_t connection) {
                return fmt::format(
                    "CONNECT {{\"verbose\":false,\"pedantic\":false,\"headers\":false}}\r\nSUB {} 1\r\nPING\r\n",
                    inbox(connection));
              },
          .reply = [](std::string_view received) -> Result<std::size_t> {
            return received.find("PONG\r\n") == std::string_view::npos ? 0 : received.size();
          }};
}

std::string publish(std::string_view subject, std::size_t connection, std::string_view payload) {
  return fmt::format("PUB {} {} {}\r\n{}\r\n", subject, inbox(connection), payload.size(), payload);
}

Result<void> create_stream(std::uint16_t port) {
  Connections connections{acknowledgements(1)};
  ATHANOR_CHECK(connections.open(port, 1, opening()));
  ATHANOR_CHECK(connections.send(
      0,
      publish("$JS.API.STREAM.CREATE.bench", 0,
              R"({"name":"bench","subjects":["events.>"],"storage":"file","num_replicas":1,"retention":"limits"})")));
  const TimePoint patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (connections.waiting() > 0 && std::chrono::steady_clock::now() < patience) {
    ATHANOR_CHECK(connections.poll(patience, [](auto, auto, auto) { return Result<void>{}; }));
  }
  return {};
}

Result<RunningRival> start(Bench& bench) {
  ATHANOR_TRY(program, find_program("nats-server"));
  ATHANOR_TRY(directory, bench.fresh_directory("nats"));
  ATHANOR_TRY(port, free_port());
  ATHANOR_TRY(
      process,
      Process::start({.command = {program, "-a", "127.0.0.1", "-p", fmt::format("{}", port), "-js", "-sd", directory},
                      .core = bench.cores.server}));
  ATHANOR_CHECK(process->wait_for_line("Server is ready"));
  ATHANOR_CHECK(process->wait_for_port(port));
  ATHANOR_CHECK(create_stream(port));
  return RunningRival{std::move(process), port};
}

Traffic traffic(std::size_t connections, std::size_t events) {
  base::Random random{7};
  std::vector<std::vector<std::string>> rings(connections);
  for (std::size_t connection = 0; connection < connections; ++connection) {
    for (std::size_t i = 0; i < 16; ++i) {
      std::string batch;
      for (std::size_t n = 0; n < events; ++n) {
        batch += publish("events.filled", connection, sample_detail(i * events + n, random));
      }
      rings[connection].push_back(std::move(batch));
    }
  }
  return {
      .reply = acknowledgements(events), .opening = opening(), .rings = std::move(rings), .events_per_request = events};
}

}  // namespace

const Rival kNats{"NATS JetStream",
                  "file store, one replica; 2.9 acknowledges before it syncs, which it does every two minutes: "
                  "another promise",
                  &start, &traffic};

}  // namespace athanor::bench
