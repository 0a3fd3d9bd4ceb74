#include "alchemiser/settings.h"

#include <algorithm>

#include "base/text.h"

namespace athanor::alchemiser {
namespace {

Error bad(std::string_view variable, std::string_view value, std::string_view takes) {
  return invalid_input(std::string(variable) + " is '" + std::string(value) + "': it must be " + std::string(takes) +
                       ".");
}

Result<void> read_decimal(const sdk::Environment& environment, std::string_view variable, std::int64_t max,
                          Decimal& out) {
  const auto text = sdk::non_empty(environment, variable);
  if (!text) return {};
  const auto value = Decimal::parse(*text);
  if (!value || value->is_negative() || *value > Decimal{max}) {
    return bad(variable, *text, "a number from 0 to " + std::to_string(max));
  }
  out = *value;
  return {};
}

Result<void> read_count(const sdk::Environment& environment, std::string_view variable, std::uint64_t& out) {
  const auto text = sdk::non_empty(environment, variable);
  if (!text) return {};
  const auto value = base::to_int(*text);
  if (!value || *value < 0) return bad(variable, *text, "a whole number");
  out = static_cast<std::uint64_t>(*value);
  return {};
}

// Becomes part of the names of files, queues and orders.
Result<void> read_name(const sdk::Environment& environment, std::string_view variable, std::string& out) {
  const auto text = sdk::non_empty(environment, variable);
  if (!text) return {};
  const bool clean = text->size() <= 20 && std::all_of(text->begin(), text->end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                     });
  if (!clean) return bad(variable, *text, "up to 20 lowercase letters, digits and hyphens");
  out = *text;
  return {};
}

constexpr std::int64_t kCashMax = 1'000'000'000'000;  // USD; our choice, far below what 28 digits hold

}  // namespace

Result<Settings> read_settings(const sdk::Environment& environment) {
  Settings settings;
  ATHANOR_CHECK(read_name(environment, "ALCHEMISER_STAGE", settings.stage));
  ATHANOR_CHECK(read_name(environment, "ALCHEMISER_ACCOUNT", settings.account));
  ATHANOR_CHECK(read_decimal(environment, "ALCHEMISER_CASH_RESERVE_PCT", 1, settings.plan.cash_reserve_pct));
  ATHANOR_CHECK(read_decimal(environment, "ALCHEMISER_INITIAL_CASH", kCashMax, settings.broker.initial_cash));
  ATHANOR_CHECK(read_count(environment, "ALCHEMISER_BROKER_REFUSES_ONE_IN", settings.broker.refuses_one_in));
  ATHANOR_CHECK(
      read_count(environment, "ALCHEMISER_BROKER_FILLS_IN_PART_ONE_IN", settings.broker.fills_in_part_one_in));
  if (const auto text = sdk::non_empty(environment, "ALCHEMISER_TREAT_PARTIAL_EXECUTION_AS_FAILURE")) {
    if (*text != "true" && *text != "false") {
      return bad("ALCHEMISER_TREAT_PARTIAL_EXECUTION_AS_FAILURE", *text, "true or false");
    }
    settings.partial_execution_is_failure = *text == "true";
  }
  settings.state_directory = sdk::non_empty(environment, "ALCHEMISER_STATE_DIR").value_or("");
  if (settings.state_directory.empty()) return invalid_input("ALCHEMISER_STATE_DIR is not set: set it to a directory.");
  settings.prices_file = sdk::non_empty(environment, "ALCHEMISER_PRICES_FILE").value_or("");
  if (settings.prices_file.empty()) {
    const auto root = sdk::non_empty(environment, "LAMBDA_TASK_ROOT");
    if (!root) return invalid_input("ALCHEMISER_PRICES_FILE is not set: set it to a price file.");
    settings.prices_file = *root + "/stocks.csv";
  }
  return settings;
}

}  // namespace athanor::alchemiser
