#include "sdk/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sdk/envelope.h"
#include "sdk/event_bus.h"
#include "sdk/event_handlers.h"
#include "sdk/event_types.h"
#include "sdk/in_memory_bus.h"

namespace athanor::sdk {
namespace {

using ::testing::HasSubstr;

constexpr Producer kShop{.module = "shop_v2.counter", .component = "Counter", .source = "shop"};
constexpr Producer kBank{.module = "bank", .component = "", .source = "bank"};

struct Item {
  std::string name;
  Decimal price;
  std::optional<std::int64_t> pieces;
  static constexpr auto members() {
    return Members{member("name", &Item::name, {.length_min = 1, .length_max = 10, .required = true}),
                   member("price", &Item::price, {.value_min = 0, .required = true}),
                   member("pieces", &Item::pieces, {.value_min = 1})};
  }
};

struct Sold : Event<Sold> {
  static constexpr EventKind kKind{.type = "Sold", .id_prefix = "sold-", .producers = {kShop, kBank}};
  using Event::Event;
  std::vector<Item> items;
  std::map<std::string, Decimal> taxes;
  std::string urgency = "NORMAL";
  static constexpr auto members() {
    return fields(member("items", &Sold::items, {.count_min = 1, .required = true}), member("taxes", &Sold::taxes),
                  member("urgency", &Sold::urgency, {.one_of = "LOW, NORMAL"}));
  }
};

struct Paid : Event<Paid> {
  static constexpr EventKind kKind{.type = "Paid", .id_prefix = "paid-", .producers = {kBank}};
  using Event::Event;
  bool in_full = false;
  static constexpr auto members() { return fields(member("in_full", &Paid::in_full, {.required = true})); }
};

// An event comes from a parent or from text; none can be made out of nothing.
static_assert(!std::is_default_constructible_v<Sold>);
static_assert(!std::is_default_constructible_v<Received>);
static_assert(EventType<Sold>);
static_assert(EventTypes<Sold, Paid>::contains<Paid>);
static_assert(!EventTypes<Sold>::contains<Paid>);

const Timestamp kNow{base::Time{std::chrono::seconds{1'760'385'600}}};  // 2025-10-13T20:00:00Z

Sold sold() {
  Sold event{Lineage::root("order-7", "customer-3"), kShop, kNow};
  event.items = {{"tea", "2.50"_decimal, 2}};
  return event;
}

TEST(Event, RefusesWhatItsDescriptionForbids) {
  const auto base = [](std::string_view own) {
    return R"({"correlation_id":"c","causation_id":"d","event_id":"e","event_type":"Sold","timestamp":"2025-10-13T20:00:00Z",)"
           R"("source_module":"bank",)" +
           std::string(own) + "}";
  };
  const struct {
    std::string json;
    std::string_view message;
  } rows[] = {
      {"[]", "must be an object"},
      {"{}", "correlation_id is missing"},
      {base(R"("items":[])"), "items has 0 elements"},
      {base(R"("items":null)"), "items must be an array, not null"},
      {base(R"("items":[{"name":"","price":"1"}])"), "items[0].name is too short"},
      {base(R"("items":[{"name":"  ","price":"1"}])"), "items[0].name is too short"},
      {base(R"("items":[{"name":"elevenchars","price":"1"}])"), "items[0].name is too long"},
      {base(R"("items":[{"name":"tea","price":"-0.01"}])"), "items[0].price is -0.01, below 0"},
      {base(R"("items":[{"name":"tea","price":"1,5"}])"), "items[0].price: '1,5' is not a decimal"},
      {base(R"("items":[{"name":"tea","price":true}])"), "items[0].price must be a decimal number, not a boolean"},
      {base(R"("items":[{"name":"tea","price":"1","pieces":"2"}])"), "items[0].pieces must be an integer"},
      {base(R"("items":[{"name":"tea","price":"1","pieces":1.0}])"), "items[0].pieces must be an integer"},
      {base(R"("items":[{"name":"tea","price":"1","pieces":0}])"), "items[0].pieces is 0, below 1"},
      {base(R"("items":[{"name":5,"price":"1"}])"), "items[0].name must be a string"},
      {base(R"("items":[{"name":"tea"}])"), "items[0].price is missing"},
      {base(R"("items":[{"name":"tea","price":"1"}],"urgency":"SOON")"), "urgency is 'SOON', not one of LOW, NORMAL"},
      {base(R"("items":[{"name":"tea","price":"1"}],"taxes":{"a":"1","a":"2"})"), "the key 'a' twice"},
  };
  for (const auto& row : rows) {
    const auto event = EventJson::read<Sold>(row.json);
    ASSERT_FALSE(event.has_value()) << row.json;
    EXPECT_THAT(event.error().message, HasSubstr(row.message)) << row.json;
  }
  std::string other_type = EventJson::write(sold());
  other_type.replace(other_type.find("\"Sold\""), 6, "\"Paid\"");
  const auto other = EventJson::read<Sold>(other_type);
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message, HasSubstr("Paid"));
}

TEST(Event, WritesItsMembersInOrderAndItsMoneyAsText) {
  EXPECT_EQ(EventJson::write(sold()),
            R"({"correlation_id":"order-7","causation_id":"customer-3","event_id":")" + sold().event_id() +
                R"(","event_type":"Sold","timestamp":"2025-10-13T20:00:00Z","source_module":"shop_v2.counter",)"
                R"("source_component":"Counter","metadata":null,"schema_version":"1.0",)"
                R"("items":[{"name":"tea","price":"2.50","pieces":2}],"taxes":{},"urgency":"NORMAL"})");
}

TEST(Event, ReadsUnknownMembersOffsetsBlanksAndNulls) {
  const auto event = EventJson::read<Sold>(std::string_view{
      R"({"unknown":[1],"correlation_id":" c ","causation_id":"d","event_id":"e","event_type":"Sold",)"
      R"("timestamp":"2025-10-13T22:00:00+02:00","source_module":"bank","items":[{"name":"tea","price":2.50,"pieces":null}]})"});
  ASSERT_TRUE(event.has_value()) << event.error().message;
  EXPECT_EQ(event->correlation_id(), "c");
  EXPECT_EQ(event->timestamp(), kNow);
  EXPECT_EQ(event->items.at(0).price.to_string(), "2.50");
  EXPECT_EQ(event->items.at(0).pieces, std::nullopt);
  EXPECT_EQ(event->urgency, "NORMAL");
}

TEST(Event, AChildCarriesItsParentOn) {
  const Sold parent = sold();
  const Paid child{Lineage::of(parent), kBank, kNow};
  EXPECT_EQ(child.correlation_id(), "order-7");
  EXPECT_EQ(child.causation_id(), parent.event_id());
  EXPECT_EQ(child.event_id(), Paid(Lineage::of(parent), kBank, Timestamp{}).event_id());  // handled twice, one child
  EXPECT_NE(child.event_id(), Paid(Lineage::of(parent).each("half"), kBank, kNow).event_id());
  EXPECT_NE(child.event_id(), Paid(Lineage::of(child), kBank, kNow).event_id());
  EXPECT_THAT(child.event_id(), testing::MatchesRegex("paid-[0-9a-f]+"));
}

TEST(EventDeathTest, AsksForADeclaredProducer) {
  EXPECT_DEATH((Paid{Lineage::root("c", "d"), kShop, kNow}), "declared");
  EXPECT_DEATH((Paid{Lineage::root("", "d"), kBank, kNow}), "correlation_id");
}

TEST(EventTypes, FindsATypeByItsName) {
  std::string found;
  const auto visit = [&]<class T>() { found = T::kKind.id_prefix; };
  EXPECT_TRUE((EventTypes<Sold, Paid>::visit("Paid", visit)));
  EXPECT_EQ(found, "paid-");
  EXPECT_FALSE((EventTypes<Sold, Paid>::visit("Lost", visit)));
}

TEST(EventBus, NamesSourcesAfterTheirProducers) {
  InMemoryBus bus{{.prefix = "market"}};
  ASSERT_TRUE(bus.publish(sold()).has_value());
  InMemoryBus as_before{{.prefix = "market", .by_module = true}};
  ASSERT_TRUE(as_before.publish(sold()).has_value());
  const EventMessage& message = bus.published().at(0);
  EXPECT_EQ(message.source, "market.shop");
  EXPECT_EQ(as_before.published().at(0).source, "market.shop_v2.counter");
  EXPECT_EQ(message.detail_type, "Sold");
  EXPECT_EQ(message.time, kNow);
  EXPECT_THAT(message.resources, testing::ElementsAre("correlation:order-7", "causation:customer-3"));
}

TEST(EventBus, DoesNotSendWhatNobodyCouldRead) {
  InMemoryBus bus;
  Sold event = sold();
  event.items.clear();
  const auto published = bus.publish(event);
  ASSERT_FALSE(published.has_value());
  EXPECT_THAT(published.error().message, HasSubstr("items"));
  EXPECT_TRUE(bus.published().empty());
}

// In JSON it would be a different string, and two different strings might become the same.
TEST(EventBus, DoesNotSendTextThatIsNotUtf8) {
  InMemoryBus bus;
  Sold named = sold();
  named.items[0].name = "th\xe9";
  EXPECT_EQ(bus.publish(named).error().message, "items[0].name is not UTF-8.");
  Sold taxed = sold();
  taxed.taxes.emplace("\xff", "1"_decimal);
  EXPECT_EQ(bus.publish(taxed).error().message, "taxes is not UTF-8.");
  Sold described = sold();
  described.metadata = format::JsonValue::object({{"a", format::JsonValue::array({format::JsonValue::of("\xe8")})}});
  EXPECT_EQ(bus.publish(described).error().message, "metadata.a[0] is not UTF-8.");
  const Sold rooted{Lineage::root("\xff", "c"), kShop, kNow};
  EXPECT_EQ(bus.publish(rooted).error().message, "correlation_id is not UTF-8.");
  EXPECT_EQ(bus.publish_message({.source = "a", .detail_type = "\xfe", .detail = "{}"}).error().message,
            "detail_type is not UTF-8.");
  EXPECT_TRUE(bus.published().empty());
}

// The same handlers, however the event arrives.
TEST(EventHandlers, TakeAnEventInEveryForm) {
  const std::string detail = EventJson::write(sold());
  const EnvelopeFields fields{
      .id = "1", .detail_type = "Sold", .source = "market.shop", .time = kNow, .replay_name = "again"};
  const auto quoted = [](std::string_view text) {
    std::string out;
    format::append_json_string(out, text);
    return out;
  };
  const std::string envelope = write_envelope(fields, detail);
  const std::string records = R"({"Records":[{"messageId":"m","body":)" + quoted(envelope) + "}]}";
  const std::pair<const char*, std::string> forms[] = {
      {"an envelope", envelope},
      {"an envelope whose detail is text", write_envelope(fields, quoted(detail))},
      {"a queue's records", records},
      {"an HTTP body", R"({"isBase64Encoded":false,"body":)" + quoted(envelope) + "}"},
  };
  for (const auto& [name, payload] : forms) {
    int calls = 0;
    EventHandlers handlers;
    handlers.on<Sold>([&](const Envelope<Sold>& event, Context& context) -> Result<void> {
      ++calls;
      EXPECT_EQ(EventJson::write(event.detail), detail);
      EXPECT_EQ(event.source, "market.shop");
      EXPECT_EQ(context.replay_name, "again");
      return {};
    });
    Context context;
    const auto result = handlers.handle(payload, context);
    EXPECT_TRUE(result.has_value()) << name << ": " << (result ? "" : result.error().message);
    EXPECT_EQ(calls, 1) << name;
  }
}

TEST(EventHandlers, FailRatherThanSwallow) {
  EventHandlers handlers;
  handlers.on<Sold>([](const Envelope<Sold>&, Context&) -> Result<void> { return invalid_input("no tea left"); });
  handlers.on<Paid>([](const Envelope<Paid>&, Context&) -> Result<void> { throw std::runtime_error("thrown"); });
  Context context;
  const auto message_of = [&](std::string_view payload) {
    const auto result = handlers.handle(payload, context);
    return result ? std::string{"taken for done"} : result.error().message;
  };
  const auto envelope = [](std::string_view type, std::string_view detail) {
    return write_envelope({.id = "1", .detail_type = std::string(type), .source = "market.shop"}, detail);
  };
  EXPECT_THAT(message_of("not JSON"), HasSubstr(""));
  EXPECT_NE(message_of("not JSON"), "taken for done");
  EXPECT_THAT(message_of("{}"), HasSubstr("not an event in its envelope"));
  EXPECT_THAT(message_of(envelope("Lost", "{}")), HasSubstr("No handler for events of type 'Lost'"));
  EXPECT_THAT(message_of(envelope("Sold", "{}")), HasSubstr("correlation_id is missing"));
  EXPECT_THAT(message_of(envelope("Sold", EventJson::write(sold()))), HasSubstr("no tea left"));
  EXPECT_THAT(message_of(envelope("Paid", EventJson::write(Paid{Lineage::of(sold()), kBank, kNow}))),
              HasSubstr("thrown"));
}

TEST(InMemoryBus, RunsTheWholeChainBeforeItReturns) {
  InMemoryBus bus;
  std::vector<std::string> seen;
  bus.subscribe("Sold", [&](std::string_view) -> Result<void> {
    seen.push_back("Sold");
    const auto receipt = bus.publish(Paid{Lineage::of(sold()), kBank, kNow});
    return receipt ? Result<void>{} : receipt.error();
  });
  bus.subscribe("", [&](std::string_view) -> Result<void> {
    seen.push_back("any");
    return {};
  });
  ASSERT_TRUE(bus.publish(sold()).has_value());
  EXPECT_THAT(seen, testing::ElementsAre("Sold", "any", "any"));
}

TEST(InMemoryBus, TriesAFailedDeliveryThreeTimes) {
  InMemoryBus bus;
  int calls = 0;
  bus.subscribe("Sold", [&](std::string_view) -> Result<void> {
    ++calls;
    return invalid_input("no");
  });
  ASSERT_TRUE(bus.publish(sold()).has_value());
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(bus.failures().size(), 1u);
  EXPECT_EQ(bus.failures()[0].error.message, "no");
}

}  // namespace
}  // namespace athanor::sdk
