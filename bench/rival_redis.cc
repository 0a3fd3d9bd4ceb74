#include <fmt/format.h>

#include <charconv>

#include "bench/rivals.h"

namespace athanor::bench {
namespace {

Result<RunningRival> start(Bench& bench) {
  ATHANOR_TRY(program, find_program("redis-server"));
  ATHANOR_TRY(directory, bench.fresh_directory("redis"));
  ATHANOR_TRY(port, free_port());
  ATHANOR_TRY(process, Process::start({.command = {program, "--port", fmt::format("{}", port), "--bind", "127.0.0.1",
                                                   "--dir", directory, "--save", "", "--appendonly", "yes",
                                                   "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"},
                                       .core = bench.cores.server}));
  ATHANOR_CHECK(process->wait_for_port(port));
  return RunningRival{std::move(process), port};
}

// RESP2: the ids of the added entries, one bulk string ("$15\r\n...\r\n") each.
ReplyReader entries_added(std::size_t count) {
  return [count](std::string_view received) -> Result<std::size_t> {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto line = received.find("\r\n", at);
      if (line == std::string_view::npos) return std::size_t{0};
      if (received[at] != '$') {
        return Error{ErrorCode::Unavailable, fmt::format("Redis said: {}", received.substr(at, 200)), {}};
      }
      std::size_t size = 0;
      std::from_chars(received.data() + at + 1, received.data() + line, size);
      at = line + 2 + size + 2;
      if (at > received.size()) return std::size_t{0};
    }
    return at;
  };
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string out = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) out += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return out;
}

Traffic traffic(std::size_t, std::size_t events) {
  base::Random random{7};
  std::vector<std::string> ring;
  for (std::size_t i = 0; i < 256; ++i) {
    std::string pipeline;
    for (std::size_t n = 0; n < events; ++n) {
      pipeline += command({"XADD", "bench", "*", "source", kSource, "detail-type", kDetailType, "detail",
                           sample_detail(i * events + n, random)});
    }
    ring.push_back(std::move(pipeline));
  }
  return {.reply = entries_added(events), .rings = {std::move(ring)}, .events_per_request = events};
}

}  // namespace

const Rival kRedis{"Redis streams", "appendfsync always: synced before the answer, one sync for all that waited",
                   &start, &traffic};

}  // namespace athanor::bench
