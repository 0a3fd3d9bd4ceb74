#include "alchemiser/function_program.h"

#include "alchemiser/machine.h"
#include "alchemiser/trading_state.h"
#include "sdk/eventbridge_bus.h"
#include "sdk/lambda_runtime.h"

namespace athanor::alchemiser {
namespace {

// How long an idle function waits for its next event before it asks again.
constexpr std::chrono::hours kIdleMax{24};

// Everything up to the first event; an error here is an initialisation error of the function.
Result<void> serve(Machine& machine, const sdk::LambdaRuntime& runtime,
                   const std::function<sdk::EventHandlers(Desk&, Records&)>& make_handlers, Error& end) {
  ATHANOR_TRY(settings, read_settings(machine.environment));
  ATHANOR_TRY(bus_settings, sdk::read_eventbridge_settings(machine.environment));
  ATHANOR_TRY(aws, sdk::read_aws_settings(machine.environment, machine.read_file));
  ATHANOR_TRY(state, open_trading_state(machine, settings));
  sdk::AwsClient client{aws,
                        {.retries_max = bus_settings.max_retry_attempts},
                        machine.surroundings(),
                        sdk::send_over_network({.ca_file = aws.ca_bundle})};
  sdk::EventBridgeBus bus{bus_settings, client};
  Desk desk{bus, state.records, state.broker, state.prices, state.settings, machine.pause};
  end = sdk::run_invocations(runtime, make_handlers(desk, state.mails));
  return {};
}

}  // namespace

int run_function(const std::function<sdk::EventHandlers(Desk& desk, Records& mails)>& make_handlers) {
  Machine machine;
  const auto runtime_api = machine.environment("AWS_LAMBDA_RUNTIME_API");
  if (!runtime_api) {
    print_line("AWS_LAMBDA_RUNTIME_API is not set: this program is a function that a server runs.");
    return 2;
  }
  const sdk::LambdaRuntime runtime{.runtime_api = *runtime_api,
                                   .clock = machine.clock,
                                   .send = sdk::send_over_network({.response_timeout = kIdleMax}),
                                   .log = print_line};
  Error end;
  if (const auto started = serve(machine, runtime, make_handlers, end); !started) {
    print_line("ERROR " + started.error().message);
    if (const auto told = sdk::report_init_error(runtime, started.error()); !told) print_line(told.error().message);
    return 1;
  }
  print_line("The runtime API has ended: " + end.message);
  return 0;
}

}  // namespace athanor::alchemiser
