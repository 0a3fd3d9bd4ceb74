// alchemiser-run: ten years of monthly trading over the bus, and the results.

#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "alchemiser/machine.h"
#include "alchemiser/run/driver.h"
#include "alchemiser/run/summary.h"
#include "alchemiser/trading_state.h"
#include "sdk/eventbridge_bus.h"

namespace athanor::alchemiser {
namespace {

constexpr std::string_view kUsage = R"(alchemiser-run [options]: trades every month of the price table over the bus

  --json            print one line of JSON at the end, and nothing else
  --from 2000-01    first month (default: the table's)
  --to 2010-03      last month (default: the table's)
  --stage dev       suffix of the bus and queue names    (ALCHEMISER_STAGE)
  --state DIR       ledger, broker's book and mails      (ALCHEMISER_STATE_DIR)
  --prices FILE     monthly prices                       (ALCHEMISER_PRICES_FILE)

The bus is EVENTBRIDGE__EVENT_BUS_NAME, or alchemiser-trading-events-<stage>; the server is AWS_ENDPOINT_URL.
A run that was stopped continues where it left off. A finished month is not traded again. Only one run at a time can
use a state directory.
)";

// How long the server may be away. Source: our choice; a restart with recovery takes far less.
constexpr std::int64_t kServerPatienceSeconds = 60;
constexpr std::int64_t kRetriesMax = 185;
constexpr int kPlainLineEvery = 12;  // months
// The last month's mail is written after it was asked for; the table waits this long for it.
constexpr base::Duration kMailPatience{10'000};
constexpr base::Duration kMailPoll{50};

struct Options {
  bool json = false;
  std::optional<Month> from;
  std::optional<Month> to;
  std::map<std::string, std::string, std::less<>> variables;  // take precedence over the environment's
};

Result<Options> read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--json") {
      options.json = true;
      continue;
    }
    const std::string_view value = i + 1 < count ? words[i + 1] : "";
    if (value.empty()) return invalid_input(std::string(word) + " is not an option, or its value is missing.");
    ++i;
    if (word == "--from" || word == "--to") {
      const auto month = Month::parse(value);
      if (!month) return invalid_input(std::string(word) + " takes a month such as 2000-01.");
      (word == "--from" ? options.from : options.to) = month;
    } else if (word == "--stage") {
      options.variables["ALCHEMISER_STAGE"] = value;
    } else if (word == "--state") {
      options.variables["ALCHEMISER_STATE_DIR"] = value;
    } else if (word == "--prices") {
      options.variables["ALCHEMISER_PRICES_FILE"] = value;
    } else {
      return invalid_input(std::string(word) + " is not an option.");
    }
  }
  return options;
}

// One line, overwritten, on a terminal; elsewhere one line per year.
class Progress {
 public:
  Progress(bool quiet, bool on_terminal) : quiet_(quiet), on_terminal_(on_terminal) {}

  void show(Month month, const Summary& so_far, bool last) {
    if (quiet_) return;
    std::int64_t events = 0;
    for (const auto& [type, n] : so_far.events) events += n;
    const std::string line =
        month.to_string() + "   events " + std::to_string(events) + "   orders " + std::to_string(so_far.orders_placed);
    if (on_terminal_) {
      std::fprintf(stdout, "\r%s\x1b[K%s", line.c_str(), last ? "\n" : "");
    } else if (++months_ % kPlainLineEvery == 0 || last) {
      std::fprintf(stdout, "%s\n", line.c_str());
    }
    std::fflush(stdout);
  }

 private:
  bool quiet_;
  bool on_terminal_;
  int months_ = 0;
};

std::vector<Month> months_of(const PriceTable& prices, const Options& options) {
  std::vector<Month> months = prices.months();
  std::erase_if(months, [&](Month month) {
    return (options.from && month < *options.from) || (options.to && month > *options.to);
  });
  return months;
}

std::optional<std::int64_t> failed_deliveries(const sdk::AwsSettings& aws, const sdk::Send& send, std::string_view bus,
                                              std::string_view stage) {
  if (aws.endpoint_url.empty()) return std::nullopt;  // Amazon has no such page
  const auto endpoint = http::parse_endpoint(aws.endpoint_url);
  if (!endpoint) return std::nullopt;
  const auto page = send(*endpoint, {.method = "GET", .target = "/metrics"});
  return page && page->status == 200 ? count_failures(page->body, bus, stage) : std::nullopt;
}

Result<void> await_mails(Machine& machine, const Records& mails, std::int64_t wanted) {
  for (base::Duration waited{0}; waited < kMailPatience; waited += kMailPoll) {
    ATHANOR_TRY(written, mails.names());
    if (static_cast<std::int64_t>(written.size()) >= wanted) return {};
    machine.pause(kMailPoll);
  }
  return {};  // the table shows how many there are
}

// Two runs of one account would take each other's messages from the queue, and each would wait for those the other
// took.
Result<std::unique_ptr<io::File>> run_alone(Machine& machine, const std::string& state_directory) {
  const std::string directory = state_directory + "/.run";  // its own: a lock covers its whole directory
  ATHANOR_CHECK(machine.files.create_directories(directory));
  auto lock = machine.files.lock(directory + "/.lock");
  if (lock || lock.error().code != ErrorCode::AlreadyExists) return lock;
  return Error{ErrorCode::AlreadyExists, "Another alchemiser-run is using " + state_directory + ".", {}};
}

Result<void> run(Machine& machine, const Options& options) {
  ATHANOR_TRY(settings, read_settings(machine.environment));
  ATHANOR_TRY(bus_settings, sdk::read_eventbridge_settings(machine.environment));
  ATHANOR_TRY(aws, sdk::read_aws_settings(machine.environment, machine.read_file));
  if (!sdk::non_empty(machine.environment, "EVENTBRIDGE__EVENT_BUS_NAME")) {
    bus_settings.event_bus_name = "alchemiser-trading-events-" + settings.stage;
  }
  bus_settings.max_retry_attempts = kRetriesMax;
  bus_settings.max_event_age_seconds = kServerPatienceSeconds;
  ATHANOR_TRY(state, open_trading_state(machine, settings));
  const auto alone = run_alone(machine, settings.state_directory);
  if (!alone) return alone.error();
  const sdk::Send send = sdk::send_over_network({.ca_file = aws.ca_bundle});
  sdk::AwsClient client{aws,
                        {.retries_max = kRetriesMax, .age_max = std::chrono::seconds{kServerPatienceSeconds}},
                        machine.surroundings(),
                        send};
  sdk::EventBridgeBus bus{bus_settings, client};
  ATHANOR_TRY(queue, SqsProgressQueue::find(client, "alchemiser-progress-" + settings.stage));

  const auto months = months_of(state.prices, options);
  if (months.empty()) return invalid_input("There are no prices for these months.");
  Summary so_far;
  Progress progress{options.json, ::isatty(STDOUT_FILENO) == 1};
  Result<void> counted;
  ATHANOR_CHECK(run_months(settings, months, {}, {bus, state.records, queue, machine.clock}, [&](Month month) {
    if (counted) counted = add_month(state.records, month, so_far);
    progress.show(month, so_far, month == months.back());
  }));
  ATHANOR_CHECK(counted);

  ATHANOR_CHECK(await_mails(machine, state.mails, so_far.months));
  ATHANOR_TRY(summary, summarise(state.records, state.mails, state.broker, state.prices, settings, months));
  if (const auto letters = count_messages(client, "alchemiser-event-dlq-" + settings.stage))
    summary.dead_letters = *letters;
  summary.failed_deliveries = failed_deliveries(aws, send, bus_settings.event_bus_name, settings.stage);
  print_line(options.json ? print_summary_json(summary) : print_table(summary));
  return {};
}

}  // namespace
}  // namespace athanor::alchemiser

int main(int count, char** words) {
  using namespace athanor::alchemiser;
  const std::string_view first = count > 1 ? words[1] : "";
  if (first == "--help" || first == "-h") {
    std::fputs(std::string(kUsage).c_str(), stdout);
    return 0;
  }
  const auto options = read_options(count, words);
  if (!options) {
    std::fprintf(stderr, "alchemiser-run: %s\n%s", options.error().message.c_str(), std::string(kUsage).c_str());
    return 2;
  }
  Machine machine;
  machine.environment = [own = options->variables, process = machine.environment](std::string_view name) {
    const auto found = own.find(name);
    return found == own.end() ? process(name) : std::optional<std::string>{found->second};
  };
  if (const auto done = run(machine, *options); !done) {
    std::fprintf(stderr, "\nalchemiser-run: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
