#include "bench/suites.h"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <filesystem>
#include <thread>

#include "api/events.h"
#include "api/lambda_functions.h"
#include "api/sqs.h"
#include "base/text.h"
#include "cli/zip.h"

namespace athanor::bench {
namespace {

constexpr std::array kSuites{
    Suite{"disk", "What does one durable write cost on this disk?", &measure_disk},
    Suite{"put-events", "How many events does it accept, compared with a server that does nothing?",
          &measure_put_events},
    Suite{"latency", "How long until a waiting consumer receives an event that was put?", &measure_latency},
    Suite{"functions", "How long until a function is invoked with an event that was put?", &measure_functions},
    Suite{"overload", "What happens when ten times as many requests arrive as it can answer at once?",
          &measure_overload},
    Suite{"slow-clients", "Do clients that do nothing, or are slow, delay the others?", &measure_slow_clients},
    Suite{"dead-target", "Does one dead target among a hundred delay deliveries to the others?", &measure_dead_target},
    Suite{"replay", "How fast is an archive replayed into a queue?", &measure_replay},
    Suite{"compaction", "Does compacting an archive slow down anything else, and how small does it become?",
          &measure_compaction},
    Suite{"backlog", "What do waiting messages cost, in memory and in speed?", &measure_backlog},
    Suite{"start", "How soon is it ready, and how little does it need when idle?", &measure_start},
    Suite{"read-log", "How fast is a log read, by a start without a snapshot and from end to end?", &measure_read_log},
    Suite{"rivals", "How fast are other systems on the same disk and cores?", &measure_rivals},
};

sdk::AwsClient make_client(std::uint16_t port, const base::Clock& clock, base::Random& random) {
  sdk::AwsSettings settings{.region = std::string{kRegion},
                            .endpoint_url = fmt::format("http://127.0.0.1:{}", port),
                            .credentials = kCredentials};
  sdk::Surroundings surroundings{clock, random, [](base::Duration time) { std::this_thread::sleep_for(time); }};
  return {std::move(settings), {.retries_max = 0}, std::move(surroundings), sdk::send_over_network()};
}

std::uint16_t port_at_end(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  std::string_view digits = at == std::string_view::npos ? std::string_view{} : text.substr(at + before.size());
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  return static_cast<std::uint16_t>(base::to_int(digits).value_or(0));
}

}  // namespace

std::span<const Suite> suites() { return kSuites; }

std::string queue_arn(std::string_view name) { return fmt::format("arn:aws:sqs:us-east-1:123456789012:{}", name); }
std::string function_arn(std::string_view name) {
  return fmt::format("arn:aws:lambda:us-east-1:123456789012:function:{}", name);
}

std::string load_subject(std::string_view who, std::size_t connections, std::size_t events_per_request) {
  return fmt::format("{}, {} connection{} by {}", who, connections, connections == 1 ? "" : "s", events_per_request);
}

bool Bench::wants(std::size_t connections, std::size_t events_per_request) const {
  return load_only.empty() || load_only == fmt::format("{}x{}", connections, events_per_request);
}

Result<std::string> Bench::fresh_directory(std::string_view name) const {
  const std::string path = fmt::format("{}/{}", directory, name);
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) std::filesystem::create_directories(path, error);
  if (error) return Error{ErrorCode::Unavailable, fmt::format("Cannot make {}: {}.", path, error.message()), {}};
  return path;
}

Athanor::Athanor(const Bench& bench, std::unique_ptr<Process> process, std::uint16_t port)
    : bench_(bench), process_(std::move(process)), port_(port), client_(make_client(port, bench.clock, random_)) {}

Result<std::unique_ptr<Athanor>> Athanor::start(const Bench& bench, const std::string& directory,
                                                const std::vector<std::string>& options) {
  std::vector<std::string> command{
      bench.programs + "/athanor", "serve", "--data", directory, "--port", "0", "--address", "127.0.0.1"};
  command.insert(command.end(), options.begin(), options.end());
  ATHANOR_TRY(process, Process::start({.command = std::move(command),
                                       .environment = {{"AWS_ACCESS_KEY_ID", kCredentials.access_key_id},
                                                       {"AWS_SECRET_ACCESS_KEY", kCredentials.secret_access_key}},
                                       .core = bench.cores.server}));
  ATHANOR_TRY(line, process->wait_for_line("listening on"));
  const std::uint16_t port = port_at_end(line, "127.0.0.1:");
  return std::unique_ptr<Athanor>{new Athanor{bench, std::move(process), port}};
}

Athanor::~Athanor() { process_->stop(SIGTERM); }

Result<void> Athanor::create_queue(const std::string& name) {
  ATHANOR_CHECK(client_.call<api::CreateQueue>({.queue_name = name}));
  return {};
}

Result<void> Athanor::create_function(const std::string& name, std::map<std::string, std::string> variables) {
  const std::string program = std::filesystem::absolute(bench_.programs + "/timed-function").string();
  ATHANOR_TRY(zip, cli::make_zip({{"bootstrap", fmt::format("#!/bin/sh\nexec '{}'\n", program), true}}));
  ATHANOR_CHECK(client_.call<api::CreateFunction>({.function_name = name,
                                                   .runtime = "provided.al2023",
                                                   .role = "arn:aws:iam::123456789012:role/bench",
                                                   .handler = "bootstrap",
                                                   .code = {.zip_file = api::Blob{std::move(zip)}},
                                                   .environment = api::Environment{std::move(variables)}}));
  return {};
}

Result<void> Athanor::create_rule(const Route& route) {
  ATHANOR_CHECK(client_.call<api::PutRule>({.name = route.name, .event_pattern = route.pattern}));
  ATHANOR_TRY(
      put, client_.call<api::PutTargets>({.rule = route.name, .targets = {{.id = "target", .arn = route.target_arn}}}));
  if (put.failed_entry_count.value_or(0) != 0)
    return Error{ErrorCode::Unavailable, fmt::format("PutTargets refused {}.", route.target_arn), {}};
  return {};
}

std::string Athanor::queue_url(std::string_view name) const {
  return fmt::format("http://127.0.0.1:{}/123456789012/{}", port_, name);
}

Result<std::int64_t> Athanor::queue_messages() {
  constexpr const char* kNames[] = {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"};
  ATHANOR_TRY(answer,
              client_.call<api::GetQueueAttributes>(
                  {.queue_url = queue_url(), .attribute_names = std::vector<std::string>{kNames[0], kNames[1]}}));
  std::int64_t messages = 0;
  for (const char* name : kNames) {
    if (answer.attributes) messages += base::to_int((*answer.attributes)[name]).value_or(0);
  }
  return messages;
}

Traffic Athanor::put_events(std::size_t entries) const {
  const std::size_t count = bench_.quick ? 128 : 1'024;
  return {.reply = http_reply(R"("FailedEntryCount":0)"),
          .rings = {put_events_ring(count, entries, port_, bench_.clock.now())},
          .events_per_request = entries};
}

Result<NullServer> NullServer::start(const Bench& bench, const std::string& file) {
  std::vector<std::string> command{bench.programs + "/null-server"};
  if (!file.empty()) command.push_back(file);
  ATHANOR_TRY(process, Process::start({.command = command, .core = bench.cores.server}));
  ATHANOR_TRY(line, process->wait_for_line("listening on port"));
  return NullServer{std::move(process), port_at_end(line, "port ")};
}

}  // namespace athanor::bench
