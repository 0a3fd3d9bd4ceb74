#include "alchemiser/steps/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/settings.h"

namespace athanor::alchemiser {
namespace {

const sdk::Lineage kLineage = sdk::Lineage::root("paper-dev-2004-08", "trade-executed-1");

TEST(Mail, HasTheSubjectsThatFiltersKnow) {
  TradingNotificationRequested trade{kLineage, kOrchestrator, {}};
  trade.trading_mode = "PAPER";
  trade.trading_success = true;
  EXPECT_EQ(mail_of(trade).subject, "[SUCCESS] The Alchemiser - PAPER Trading Report");
  trade.trading_mode = "LIVE";
  trade.trading_success = false;
  EXPECT_EQ(mail_of(trade).subject, "[FAILURE] The Alchemiser - LIVE Trading Report");
  trade.error_code = "BROKER";
  EXPECT_EQ(mail_of(trade).subject, "[FAILURE][BROKER] The Alchemiser - LIVE Trading Report");

  ErrorNotificationRequested error{kLineage, kErrorHandler, {}};
  error.error_severity = "CRITICAL";
  error.error_priority = "URGENT";
  EXPECT_EQ(mail_of(error).subject, "[FAILURE][URGENT] The Alchemiser - CRITICAL Error Report");
  error.error_code = "E7";
  EXPECT_EQ(mail_of(error).subject, "[FAILURE][URGENT][E7] The Alchemiser - CRITICAL Error Report");
}

TEST(Mail, TellsOrdersAndWhyOneFailed) {
  TradingNotificationRequested trade{kLineage, kOrchestrator, {}};
  trade.trading_mode = "PAPER";
  trade.orders_placed = 2;
  trade.orders_succeeded = 1;
  trade.total_trade_value = "500.005"_decimal;
  trade.error_message = "Trade execution partially failed: 1/2 orders succeeded. Failed symbols: IBM";
  trade.execution_data = format::parse_json(R"({"orders_executed":[
      {"action":"BUY","symbol":"MSFT","shares":"12.5","price":"40.00","success":true},
      {"action":"BUY","symbol":"IBM","shares":"1","price":null,"success":false,"error_message":"rejected"}],
      "consolidated_portfolio":{"target_allocations":{"MSFT":"0.5","IBM":"0.5"}},
      "strategy_signals":{"DSL":{"action":"BUY","reasoning":"2 of 4"}}})")
                             .value();
  const std::string body = mail_of(trade).body;
  EXPECT_THAT(body, testing::HasSubstr("1 of 2 orders succeeded, 500.01 USD traded."));
  EXPECT_THAT(body, testing::HasSubstr("BUY MSFT  12.5 shares at 40.00 USD\n"));
  EXPECT_THAT(body, testing::HasSubstr("BUY IBM  1 shares at - USD  FAILED: rejected"));
  EXPECT_THAT(body, testing::HasSubstr("DSL: BUY, 2 of 4"));
  EXPECT_THAT(body, testing::HasSubstr("Failed symbols: IBM"));
}

TEST(Mail, KeepsAHeaderOnItsLine) {
  EXPECT_EQ(text_of({.recipient = "", .subject = "S", .body = "one\ntwo"}), "To: the team\nSubject: S\n\none\ntwo");
  EXPECT_EQ(text_of({.recipient = "a@b\nCc: c@d", .subject = "hi\r\nBcc: x@y", .body = {}}),
            "To: a@b Cc: c@d\nSubject: hi  Bcc: x@y\n\n");
}

TEST(Settings, RefuseABadValueByItsName) {
  const std::pair<const char*, const char*> rows[] = {
      {"ALCHEMISER_STAGE", "Dev!"},           {"ALCHEMISER_ACCOUNT", "a/b"},
      {"ALCHEMISER_CASH_RESERVE_PCT", "1.5"}, {"ALCHEMISER_CASH_RESERVE_PCT", "five"},
      {"ALCHEMISER_INITIAL_CASH", "-1"},      {"ALCHEMISER_BROKER_REFUSES_ONE_IN", "x"},
      {"ALCHEMISER_STATE_DIR", ""},           {"ALCHEMISER_TREAT_PARTIAL_EXECUTION_AS_FAILURE", "yes"},
      {"ALCHEMISER_PRICES_FILE", ""},
  };
  for (const auto& [name, value] : rows) {
    std::map<std::string, std::string, std::less<>> variables{{"ALCHEMISER_STATE_DIR", "/s"},
                                                              {"ALCHEMISER_PRICES_FILE", "/p"}};
    variables[name] = value;
    const auto settings = read_settings([&](std::string_view key) -> std::optional<std::string> {
      const auto found = variables.find(key);
      return found == variables.end() ? std::nullopt : std::optional{found->second};
    });
    ASSERT_FALSE(settings.has_value()) << name;
    EXPECT_THAT(settings.error().message, testing::StartsWith(name));
  }
}

TEST(Settings, FindThePricesBesideTheFunction) {
  const auto settings = read_settings([](std::string_view key) -> std::optional<std::string> {
    if (key == "ALCHEMISER_STATE_DIR") return "/state";
    if (key == "LAMBDA_TASK_ROOT") return "/var/task";
    return std::nullopt;
  });
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->prices_file, "/var/task/stocks.csv");
  EXPECT_EQ(settings->stage, "dev");
  EXPECT_EQ(settings->broker.initial_cash, "100000"_decimal);
}

}  // namespace
}  // namespace athanor::alchemiser
