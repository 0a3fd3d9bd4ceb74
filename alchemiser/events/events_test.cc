#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/events/all.h"
#include "base/random.h"
#include "base/text.h"

namespace athanor::alchemiser {
namespace {

// Random values for any described struct, within its constraints.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  template <sdk::EventType T>
  T event() {
    T event{sdk::Lineage::root("c", "d"), T::kKind.producers[0], Timestamp{}};
    fill_members(event);
    return event;
  }

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  using Constraints = base::Constraints;

  void fill(std::string& out, const Constraints& constraints) {
    if (!constraints.one_of.empty()) {
      const auto choices = base::split(constraints.one_of, ',');
      out = base::trim(choices[below(choices.size())]);
      return;
    }
    static constexpr const char* kPieces[] = {"a",      "Z",      "0",          "\"",   "\\", "/",
                                              "\u00e9", "\u20ac", "\U0001F600", "\x01", "{",  "x y"};
    out = "s";
    const auto pieces = below(std::min<std::uint64_t>(6, static_cast<std::uint64_t>(constraints.length_max) / 3));
    for (std::uint64_t i = 0; i < pieces; ++i) out += kPieces[below(std::size(kPieces))];
  }
  void fill(bool& out, const Constraints&) { out = random_.one_in(2); }
  void fill(std::int64_t& out, const Constraints& constraints) {
    const auto low = std::max<std::int64_t>(constraints.value_min, -1'000'000);
    const auto high = std::min<std::int64_t>(constraints.value_max, 1'000'000);
    out = low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  void fill(Decimal& out, const Constraints& constraints) {
    std::string digits = std::to_string(below(1'000'000'000));
    if (constraints.value_max == 1) {
      out = Decimal::parse("0." + digits).value();
      return;
    }
    if (random_.one_in(3)) digits += "." + std::to_string(below(100'000));
    if (random_.one_in(8)) digits += "E+" + std::to_string(below(9));
    if (random_.one_in(9)) digits = "0E+2";
    if (constraints.value_min != 0 && random_.one_in(3)) digits = "-" + digits;
    out = Decimal::parse(digits).value();
  }
  void fill(Timestamp& out, const Constraints&) {
    out.value = std::chrono::sys_time<std::chrono::microseconds>{
        std::chrono::microseconds{static_cast<std::int64_t>(below(4'000'000'000'000'000))}};
    if (random_.one_in(2)) out.value = std::chrono::floor<std::chrono::seconds>(out.value);
  }
  void fill(JsonValue& out, const Constraints&) {
    std::string text;
    fill(text, {});
    out = JsonValue::object(
        {{"text", JsonValue::of(text)}, {"list", JsonValue::array({JsonValue::null(), JsonValue::of(true)})}});
  }
  template <class T>
  void fill(std::optional<T>& out, const Constraints& constraints) {
    out.reset();
    if (random_.one_in(2)) fill(out.emplace(T{}), constraints);
  }
  template <class T>
  void fill(std::vector<T>& out, const Constraints& constraints) {
    out.resize(static_cast<std::size_t>(constraints.count_min) + below(3));
    for (auto& value : out) fill(value, {});
  }
  template <class T>
  void fill(std::map<std::string, T>& out, const Constraints& constraints) {
    out.clear();
    const std::size_t size = static_cast<std::size_t>(constraints.count_min) + below(3);
    while (out.size() < size) fill(out["KEY" + std::to_string(below(100))], {});
  }
  template <base::Described T>
  void fill(T& out, const Constraints&) {
    fill_members(out);
  }

  template <class T>
  void fill_members(T& out) {
    base::for_each_member(out, [&](const auto& member, auto& field) {
      if (member.name != "event_type") fill(field, member.constraints);
    });
    if constexpr (std::is_same_v<T, ConsolidatedPortfolio>) {
      const Decimal half = "0.50"_decimal;
      out.target_allocations = {{"AAPL", half}, {"MSFT", Decimal{1} - half}};
    }
    if constexpr (std::is_same_v<T, OrderResult>) {
      if (out.price && !out.price->is_positive()) out.price = "12.50"_decimal;
    }
  }

  base::Random random_;
};

template <class T>
struct RoundTrips;

template <sdk::EventType... Types>
struct RoundTrips<sdk::EventTypes<Types...>> {
  static void run(std::uint64_t seed, int rounds) {
    Dice dice{seed};
    for (int round = 0; round < rounds; ++round) (one<Types>(dice), ...);
  }

  template <sdk::EventType T>
  static void one(Dice& dice) {
    const std::string text = sdk::EventJson::write(dice.event<T>());
    const auto read = sdk::EventJson::read<T>(std::string_view{text});
    ASSERT_TRUE(read.has_value()) << T::kKind.type << ": " << read.error().message << "\n" << text;
    ASSERT_EQ(sdk::EventJson::write(*read), text) << T::kKind.type;
  }
};

TEST(Events, ReadBackWhatTheyWrite) {
  constexpr int kTypes = static_cast<int>(AllEvents::kinds().size());
  RoundTrips<AllEvents>::run(/*seed=*/7, 100'000 / kTypes + 1);
}

TEST(Events, RefuseBadContent) {
  const auto portfolio = [](std::string_view weights) {
    return R"({"target_allocations":)" + std::string(weights) +
           R"(,"correlation_id":"c","timestamp":"2025-10-13T20:00:00Z","strategy_count":1})";
  };
  const std::pair<std::string, std::string> rows[] = {
      {portfolio("{}"), "too few"},
      {portfolio(R"({"msft":"1"})"), "is not a symbol"},
      {portfolio(R"({"MSFT":"1.2"})"), "not between 0 and 1"},
      {portfolio(R"({"MSFT":"-0.1","IBM":"1"})"), "not between 0 and 1"},
      {portfolio(R"({"MSFT":"0.5"})"), "add up to 0.5"},
      {portfolio(R"({"MSFT":"0.5","MSFT":"0.5"})"), "twice"},
  };
  for (const auto& [json, message] : rows) {
    const auto read = sdk::EventJson::read<ConsolidatedPortfolio>(std::string_view{json});
    ASSERT_FALSE(read.has_value()) << json;
    EXPECT_THAT(read.error().message, testing::HasSubstr(message));
  }
  EXPECT_TRUE(sdk::EventJson::read<ConsolidatedPortfolio>(std::string_view{portfolio(R"({"MSFT":0.2,"IBM":"0.80"})")})
                  .has_value());
}

// The sources that rules have always matched, and the modules that events have always named.
TEST(Events, ComeFromTheSourcesThatRulesMatch) {
  const struct {
    sdk::EventKind kind;
    std::string_view module;
    std::string_view source;
  } rows[] = {
      {WorkflowStarted::kKind, "orchestration.event_driven_orchestrator", "orchestration"},
      {SignalGenerated::kKind, "strategy_v2.handlers", "strategy"},
      {RebalancePlanned::kKind, "portfolio_v2.handlers", "portfolio"},
      {TradeExecuted::kKind, "execution_v2.handlers", "execution"},
      {WorkflowFailed::kKind, "portfolio_v2.handlers", "portfolio"},
      {OrderSettlementCompleted::kKind, "execution_v2.settlement_monitor", "execution"},
  };
  for (const auto& row : rows) EXPECT_EQ(sdk::source_of(row.kind, row.module), row.source) << row.kind.type;
}

}  // namespace
}  // namespace athanor::alchemiser
