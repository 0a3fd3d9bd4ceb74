// Publishes one typed event to the bus that EVENTBRIDGE__EVENT_BUS_NAME and AWS_ENDPOINT_URL name.

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/random.h"
#include "io/system_clock.h"
#include "sdk/aws_client.h"
#include "sdk/decimal.h"
#include "sdk/event.h"
#include "sdk/eventbridge_bus.h"

using namespace athanor;
using sdk::operator""_decimal;

// Its source is the prefix from the settings, then this: EVENTBRIDGE__SOURCE_PREFIX=shop gives "shop.orders".
inline constexpr sdk::Producer kOrders{.module = "orders", .component = "Example", .source = "orders"};

struct OrderPlaced : sdk::Event<OrderPlaced> {
  static constexpr sdk::EventKind kKind{.type = "OrderPlaced", .id_prefix = "order-placed-", .producers = {kOrders}};
  using Event::Event;
  sdk::Decimal amount;
  static constexpr auto members() { return fields(member("amount", &OrderPlaced::amount, {.required = true})); }
};

Result<std::string> publish_an_order() {
  const sdk::Environment environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string{name}.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  ATHANOR_TRY(settings, sdk::read_eventbridge_settings(environment));
  // Without a profile, so keys come from the environment.
  ATHANOR_TRY(aws, sdk::read_aws_settings(environment, [](const std::string&) { return std::nullopt; }));

  // The SDK takes time, chance and sleep as parameters; a test passes its own.
  const io::SystemClock clock;
  base::Random random{io::random_seed()};
  sdk::AwsClient client{aws,
                        {.retries_max = settings.max_retry_attempts},
                        {clock, random, [](base::Duration wait) { std::this_thread::sleep_for(wait); }},
                        sdk::send_over_network({.ca_file = aws.ca_bundle})};
  sdk::EventBridgeBus bus{settings, client};

  OrderPlaced placed{sdk::Lineage::root("order-1", "request-1"), kOrders, sdk::Timestamp{clock.now()}};
  placed.amount = "12.50"_decimal;
  ATHANOR_TRY(receipt, bus.publish(placed));
  return receipt.event_id;
}

int main() {
  const auto event_id = publish_an_order();
  std::puts(event_id ? event_id->c_str() : event_id.error().message.c_str());
  return event_id ? 0 : 1;
}
