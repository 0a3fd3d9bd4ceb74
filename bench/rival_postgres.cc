#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "bench/rivals.h"

namespace athanor::bench {
namespace {

constexpr const char* kUser = "postgres";

// Debian keeps each version's programs in a directory of its own.
Result<std::string> program_directory() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored}) {
    const std::string directory = entry.path().string() + "/bin";
    if (is_installed(directory + "/postgres")) found.push_back(directory);
  }
  if (found.empty()) return not_found("postgres is not installed (bench/install_rivals)");
  return *std::max_element(found.begin(), found.end());
}

// Messages of PostgreSQL's protocol 3.0: a type, the length that follows, the content.
std::string number(std::uint64_t value, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}
std::string message(std::string_view type, std::string_view content) {
  return std::string{type} + number(content.size() + 4, 4) + std::string{content};
}
std::string text(std::string_view value) { return std::string{value} + '\0'; }

const std::string kSync = message("S", "");

// Everything up to the `count`th ReadyForQuery.
ReplyReader ready(int count) {
  return [count](std::string_view received) -> Result<std::size_t> {
    std::size_t at = 0;
    for (int seen = 0; received.size() >= at + 5;) {
      std::size_t length = 0;
      for (std::size_t i = 1; i <= 4; ++i) length = length << 8 | static_cast<unsigned char>(received[at + i]);
      if (received.size() < at + 1 + length) break;
      const char type = received[at];
      if (type == 'E') {
        std::string said{received.substr(at + 5, length - 4)};
        std::replace(said.begin(), said.end(), '\0', ' ');
        return Error{ErrorCode::Unavailable, fmt::format("PostgreSQL said: {}", said), {}};
      }
      at += 1 + length;
      if (type == 'Z' && ++seen == count) return at;
    }
    return std::size_t{0};
  };
}

std::string startup() {
  return message("", number(196'608, 4) + text("user") + text(kUser) + text("database") + text("postgres") + '\0');
}

Result<void> create_table(std::uint16_t port) {
  Connections connections{ready(1)};
  ATHANOR_CHECK(connections.open(port, 1, {.text = [](std::size_t) { return startup(); }, .reply = ready(1)}));
  ATHANOR_CHECK(connections.send(0, message("Q", text("CREATE TABLE events (id bigserial PRIMARY KEY, at timestamptz "
                                                      "DEFAULT now(), source text, detail_type text, detail text)"))));
  const TimePoint patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (connections.waiting() > 0 && std::chrono::steady_clock::now() < patience) {
    ATHANOR_CHECK(connections.poll(patience, [](auto, auto, auto) { return Result<void>{}; }));
  }
  return {};
}

Result<RunningRival> start(Bench& bench) {
  ATHANOR_TRY(programs, program_directory());
  ATHANOR_TRY(directory, bench.fresh_directory("postgres"));
  ATHANOR_TRY(port, free_port());
  if (const passwd* user = ::getpwnam(kUser); user != nullptr && ::getuid() == 0) {
    if (::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0) return system_error("give away " + directory);
  }
  const std::string data = directory + "/data";
  ATHANOR_TRY(made, Process::start({.command = {programs + "/initdb", "-D", data, "-U", kUser, "--auth=trust",
                                                "--encoding=UTF8", "--locale=C"},
                                    .core = bench.cores.server,
                                    .user = kUser}));
  ATHANOR_CHECK(made->wait_for_line("Success"));
  ATHANOR_TRY(process, Process::start({.command = {programs + "/postgres", "-D", data, "-p", fmt::format("{}", port),
                                                   "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                                                   "-c", "max_connections=300", "-c", "shared_buffers=1GB", "-c",
                                                   "max_wal_size=8GB", "-c", "synchronous_commit=on", "-c", "fsync=on"},
                                       .core = bench.cores.server,
                                       .user = kUser}));
  ATHANOR_CHECK(process->wait_for_port(port));
  ATHANOR_CHECK(process->wait_for_line("ready to accept connections"));
  ATHANOR_CHECK(create_table(port));
  return RunningRival{std::move(process), port};
}

std::string execute(std::initializer_list<std::string_view> values) {
  std::string bind = text("") + text("i") + number(0, 2) + number(values.size(), 2);
  for (const std::string_view value : values) bind += number(value.size(), 4) + std::string{value};
  return message("B", bind + number(0, 2)) + message("E", text("") + number(0, 4));
}

// Prepared once per connection; every request is one transaction, its inserts pipelined.
Traffic traffic(std::size_t, std::size_t events) {
  base::Random random{7};
  std::vector<std::string> ring;
  for (std::size_t i = 0; i < 256; ++i) {
    std::string transaction;
    for (std::size_t n = 0; n < events; ++n) {
      transaction += execute({kSource, kDetailType, sample_detail(i * events + n, random)});
    }
    ring.push_back(transaction + kSync);
  }
  const auto login = [](std::size_t) {
    return startup() +
           message("P", text("i") + text("INSERT INTO events (source, detail_type, detail) VALUES ($1, $2, $3)") +
                            number(0, 2)) +
           kSync;
  };
  return {.reply = ready(1),
          .opening = {.text = login, .reply = ready(2)},
          .rings = {std::move(ring)},
          .events_per_request = events};
}

}  // namespace

const Rival kPostgres{"PostgreSQL", "synchronous_commit on: synced before the answer, a request is a transaction",
                      &start, &traffic};

}  // namespace athanor::bench
