#include "auth/resource_policy.h"

#include <algorithm>

namespace athanor::auth {
namespace {

using format::JsonValue;

bool is_one_of(const JsonValue* value, std::initializer_list<std::string_view> texts) {
  return value != nullptr && value->is_string() && std::ranges::find(texts, value->text) != texts.end();
}

// A string, or a non-empty list of strings.
bool is_texts(const JsonValue& value) {
  return value.is_string() ||
         (value.is_array() && !value.items.empty() && std::ranges::all_of(value.items, &JsonValue::is_string));
}

bool is_principal(const JsonValue& value) {
  return is_one_of(&value, {"*"}) ||
         (value.is_object() && !value.members.empty() && std::ranges::all_of(value.members, [](const auto& member) {
            const auto kind = JsonValue::of(member.first);
            return is_one_of(&kind, {"AWS", "Service", "Federated", "CanonicalUser"}) && is_texts(member.second);
          }));
}

// Whether the statement has exactly one of the two, and it is right.
bool has_one(const JsonValue& statement, const char* name, const char* opposite, bool (*is_right)(const JsonValue&)) {
  const JsonValue* it = statement.find(name);
  const JsonValue* other = statement.find(opposite);
  return (it == nullptr) != (other == nullptr) && is_right(it != nullptr ? *it : *other);
}

Result<void> check_statement(const JsonValue& statement) {
  if (!statement.is_object()) return invalid_input("A statement is not a JSON object.");
  if (!is_one_of(statement.find("Effect"), {"Allow", "Deny"}))
    return invalid_input("The Effect of a statement is neither Allow nor Deny.");
  if (!has_one(statement, "Principal", "NotPrincipal", is_principal))
    return invalid_input(R"(The Principal of a statement is neither "*" nor an object of AWS, Service or Federated.)");
  if (!has_one(statement, "Action", "NotAction", is_texts))
    return invalid_input("The Action of a statement is neither a text nor a list of some.");
  const JsonValue* condition = statement.find("Condition");
  if (condition != nullptr && !condition->is_object())
    return invalid_input("The Condition of a statement is not a JSON object.");
  return {};
}

}  // namespace

Result<JsonValue> parse_resource_policy(std::string_view text) {
  auto policy = format::parse_json(text);
  if (!policy || !policy->is_object()) return invalid_input("It is not a JSON object.");
  const JsonValue* version = policy->find("Version");
  if (version != nullptr && !is_one_of(version, {"2012-10-17", "2008-10-17"}))
    return invalid_input("Its Version is neither 2012-10-17 nor 2008-10-17.");
  const JsonValue* statement = policy->find("Statement");
  if (statement == nullptr) return invalid_input("It has no Statement.");
  if (!statement->is_array()) {
    ATHANOR_CHECK(check_statement(*statement));
    return policy;
  }
  for (const JsonValue& one : statement->items) ATHANOR_CHECK(check_statement(one));
  return policy;
}

}  // namespace athanor::auth
