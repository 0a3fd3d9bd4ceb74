#include "pattern/event_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/alphanumeric.h"
#include "base/limits.h"
#include "base/text.h"
#include "pattern/tokens.h"
#include "pattern/wildcard_complexity.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;

// Names that cannot be fields inside $or: an operator written there is a mistake. Source: EventBridge's responses.
constexpr std::string_view kReservedInsideOr[] = {"exactly",
                                                  "equals-ignore-case",
                                                  "prefix",
                                                  "suffix",
                                                  "anything-but",
                                                  "exists",
                                                  "wildcard",
                                                  "numeric",
                                                  "cidr",
                                                  "=",
                                                  "<",
                                                  "<=",
                                                  ">",
                                                  ">=",
                                                  "regex",
                                                  "not-wildcard",
                                                  "not-equals-ignore-case",
                                                  "date-after",
                                                  "date-on-or-after",
                                                  "date-before",
                                                  "date-on-or-before",
                                                  "in-date-range",
                                                  "ip-address-in-range",
                                                  "ip-address-not-in-range"};

// Errors whose message is complete: most of them name no position.
struct PlainError {
  std::string message;
};

bool is_ip_quad_or_v6(std::string_view text) {
  return !text.empty() && (text.find(':') != std::string_view::npos || (text.front() >= '0' && text.front() <= '9'));
}

Condition exact_string(std::string text) {
  Condition c{.kind = Condition::Kind::Exact, .type = JsonKind::String, .text = std::move(text)};
  // What looks like an address is compared as one.
  if (is_ip_quad_or_v6(c.text)) c.ip_low = ip_digits(c.text).value_or("");
  return c;
}

Condition exact_number(std::string text) {
  Condition c{.kind = Condition::Kind::Exact, .type = JsonKind::Number, .text = std::move(text)};
  c.number = comparable_number(c.text);
  return c;
}

// What is wrong with the wildcard, or nothing. Positions count bytes after the quote, from 1.
std::string wildcard_mistake(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\'))
        return fmt::format("Invalid escape character at pos {}", i + 1);
      ++i;
    } else if (text[i] == '*' && i + 1 < text.size() && text[i + 1] == '*') {
      return fmt::format("Consecutive wildcard characters at pos {}", i + 1);
    }
  }
  return {};
}

// Four numbers, or hexadecimal digits with colons, whatever their values.
bool looks_like_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos)
    return text.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
  const auto parts = base::split(text, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, base::is_digits_ascii);
}

Condition cidr(std::string_view text) {
  const auto parts = base::split(text, '/');
  if (parts.size() != 2) throw PlainError{"Malformed CIDR, one '/' required"};
  const auto bits = base::to_int(parts[1]);
  if (!bits) throw PlainError{"Malformed CIDR, mask bits must be an integer"};
  if (*bits < 0) throw PlainError{"Malformed CIDR, mask bits must not be negative"};
  const auto digits = ip_digits(parts[0]);
  if (!digits)
    throw PlainError{
        fmt::format("{} IP address: {}", looks_like_address(parts[0]) ? "Invalid" : "Nonstandard", parts[0])};
  const bool v4 = digits->size() == 8;
  if (v4 && *bits > 31) throw PlainError{"IPv4 mask bits must be < 32"};
  if (!v4 && *bits > 127) throw PlainError{"IPv6 mask bits must be < 128"};
  Condition c{.kind = Condition::Kind::IpRange};
  for (std::size_t i = 0; i < digits->size(); ++i) {
    const auto first_bit = static_cast<std::int64_t>(i * 4);
    const unsigned keep = *bits >= first_bit + 4 ? 0xFU
                          : *bits <= first_bit   ? 0U
                                                 : (0xFU << (first_bit + 4 - *bits)) & 0xFU;
    const char digit = (*digits)[i];
    const unsigned value = static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    constexpr std::string_view kHex = "0123456789abcdef";
    c.ip_low += kHex[value & keep];
    c.ip_high += kHex[(value & keep) | (~keep & 0xFU)];
  }
  return c;
}

std::vector<std::string> wildcards_of(const std::vector<Condition>& conditions) {
  std::vector<std::string> wildcards;
  for (const Condition& condition : conditions) {
    if (condition.kind == Condition::Kind::Wildcard) wildcards.push_back(condition.text);
    for (const Condition& other : condition.but) {
      if (other.kind == Condition::Kind::Wildcard) wildcards.push_back(other.text);
    }
  }
  return wildcards;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text) {}

  EventPattern parse(std::string text) {
    if (tokens_.next() != Token::StartObject) tokens_.fail("Filter is not an object");
    Alternatives alternatives;
    object(alternatives, {}, false);
    // What follows the closing bracket is not read: AWS accepts it too.
    if (too_complex_) {
      throw PlainError{
          "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
          "wildcard character"};
    }
    auto clauses = std::make_shared<const EventPattern::Clauses>(std::move(clauses_));
    auto in_order = by_paths(*clauses, alternatives);
    return {std::move(text), std::move(clauses), std::move(in_order)};
  }

 private:
  // For each, the indices of its clauses in reading order, so that $or copies no conditions.
  using Alternatives = std::vector<std::vector<std::uint32_t>>;

  static constexpr const char* kTooMany = "Too many elements in numeric expression";  // AWS's word for any excess
  static constexpr const char* kNoValue = "Value of anything-but must be an array or single string/number value.";

  void object(Alternatives& alternatives, const std::string& path, bool inside_or) {
    bool any = false;
    while (tokens_.next() != Token::EndObject) {
      any = true;
      const std::string name = tokens_.name();
      if (name == "$or") {
        alternatives_of_or(alternatives, path);
        continue;
      }
      if (inside_or &&
          std::find(std::begin(kReservedInsideOr), std::end(kReservedInsideOr), name) != std::end(kReservedInsideOr)) {
        tokens_.fail(name + " is Ruler reserved fieldName which cannot be used inside $or.");
      }
      const std::string full = path.empty() ? name : path + "." + name;
      switch (tokens_.next()) {
        case Token::StartObject:
          object(alternatives, full, inside_or);
          break;
        case Token::StartArray:
          values(alternatives, full);
          break;
        default:
          tokens_.fail(fmt::format("\"{}\" must be an object or an array", name));
      }
    }
    if (!any) tokens_.fail("Empty objects are not allowed");
  }

  void alternatives_of_or(Alternatives& alternatives, const std::string& path) {
    const Alternatives before = std::move(alternatives);
    alternatives.clear();
    if (tokens_.next() != Token::StartArray) tokens_.fail("It must be an Array followed with $or.");
    std::size_t branches = 0;
    for (Token token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) {
      ++branches;
      if (token != Token::StartObject) tokens_.fail("Only JSON object is allowed in array of $or relationship.");
      Alternatives branch = before;
      if (branch.empty()) branch.emplace_back();
      object(branch, path, true);
      alternatives.insert(alternatives.end(), std::make_move_iterator(branch.begin()),
                          std::make_move_iterator(branch.end()));
      if (alternatives.size() > kAlternativesMax) {
        throw PlainError{fmt::format("Rule is too complex - its $or give more than {} combinations", kAlternativesMax)};
      }
    }
    if (branches < 2) tokens_.fail("There must have at least 2 Objects in $or relationship.");
  }

  void values(Alternatives& alternatives, const std::string& path) {
    std::vector<Condition> conditions;
    for (Token token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) {
      switch (token) {
        case Token::StartObject:
          conditions.push_back(match_expression());
          break;
        case Token::String:
          conditions.push_back(exact_string(tokens_.text()));
          break;
        case Token::Number:
          conditions.push_back(exact_number(tokens_.text()));
          break;
        case Token::Null:
          conditions.push_back({.kind = Condition::Kind::Exact, .type = JsonKind::Null, .text = "null"});
          break;
        case Token::True:
        case Token::False:
          conditions.push_back({.kind = Condition::Kind::Exact, .type = JsonKind::Bool, .text = tokens_.text()});
          break;
        default:
          tokens_.fail("Match value must be String, number, true, false, or null");
      }
    }
    if (conditions.empty()) tokens_.fail("Empty arrays are not allowed");
    too_complex_ = too_complex_ || are_too_complex(wildcards_of(conditions));
    if (alternatives.empty()) alternatives.emplace_back();
    for (auto& alternative : alternatives) alternative.push_back(static_cast<std::uint32_t>(clauses_.size()));
    clauses_.push_back({path, std::move(conditions)});
  }

  // Each in the order of its paths.
  static std::vector<Alternative> by_paths(const EventPattern::Clauses& clauses, const Alternatives& alternatives) {
    std::map<std::string_view, std::size_t> places;
    for (const PatternClause& clause : clauses) places[clause.path] = 0;
    for (std::size_t place = 0; auto& [path, its_place] : places) its_place = place++;
    std::vector<std::size_t> place_of;
    for (const PatternClause& clause : clauses) place_of.push_back(places[clause.path]);
    std::vector<Alternative> in_order;
    for (const auto& alternative : alternatives) {
      Alternative& to = in_order.emplace_back(places.size());
      for (const std::uint32_t number : alternative) to[place_of[number]] = &clauses[number];  // the last list wins
      std::erase(to, nullptr);
    }
    return in_order;
  }

  void end_of_expression(const char* message = "Only one key allowed in match expression") {
    if (tokens_.next() != Token::EndObject) tokens_.fail(message);
  }

  Condition match_expression() {
    if (tokens_.next() != Token::FieldName) tokens_.fail("Match expression name not found");
    const std::string name = tokens_.name();
    Condition c;
    if (name == "exactly") {
      c = {.kind = Condition::Kind::Exact,
           .type = JsonKind::String,
           .text = string_value("exact match pattern must be a string")};
    } else if (name == "prefix" || name == "suffix") {
      c.kind = name == "prefix" ? Condition::Kind::Prefix : Condition::Kind::Suffix;
      const Token token = tokens_.next();
      if (token == Token::StartObject) {
        if (tokens_.next() != Token::FieldName)
          tokens_.fail(name == "prefix" ? "Prefix expression name not found" : "Suffix expression name not found");
        if (tokens_.name() != "equals-ignore-case")
          tokens_.fail(fmt::format("Unsupported {} pattern: {}", name, tokens_.name()));
        c.ignore_case = true;
        c.text = string_value("equals-ignore-case match pattern must be a string");
        end_of_expression();
      } else if (token == Token::String) {
        c.text = tokens_.text();
      } else {
        tokens_.fail(name + " match pattern must be a string");
      }
    } else if (name == "numeric") {
      if (tokens_.next() != Token::StartArray) tokens_.fail("Value of numeric must be an array.");
      c = numeric();
      end_of_expression(kTooMany);
      return c;
    } else if (name == "anything-but") {
      return anything_but();
    } else if (name == "exists") {
      const Token token = tokens_.next();
      if (token != Token::True && token != Token::False)
        tokens_.fail("exists match pattern must be either true or false.");
      c.kind = token == Token::True ? Condition::Kind::Exists : Condition::Kind::Absent;
    } else if (name == "cidr") {
      c = cidr(string_value("prefix match pattern must be a string"));  // AWS's own word
    } else if (name == "equals-ignore-case") {
      c = {.kind = Condition::Kind::EqualsIgnoreCase,
           .text = string_value("equals-ignore-case match pattern must be a string")};
    } else if (name == "wildcard") {
      c = {.kind = Condition::Kind::Wildcard, .text = string_value("wildcard match pattern must be a string")};
      check_wildcard(c.text);
    } else {
      tokens_.fail("Unrecognized match type " + name);
    }
    end_of_expression();
    return c;
  }

  std::string string_value(const char* message) {
    if (tokens_.next() != Token::String) tokens_.fail(message);
    return tokens_.text();
  }

  void check_wildcard(std::string_view text) {
    const std::string mistake = wildcard_mistake(text);
    if (!mistake.empty()) tokens_.fail(mistake);
  }

  std::string number_text(const char* op) {
    if (tokens_.next() != Token::Number) tokens_.fail(fmt::format("Value of {} must be numeric", op));
    return tokens_.text();
  }

  double comparable(const std::string& text) {
    const auto number = comparable_number(text);
    if (!number) tokens_.fail("Cannot compare number : " + text);
    return *number;
  }

  Condition numeric() {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    Condition c{.kind = Condition::Kind::Numeric, .low = -kInfinite, .high = kInfinite};
    if (tokens_.next() != Token::String) tokens_.fail("Invalid member in numeric match: " + tokens_.text());
    const std::string op = tokens_.text();
    if (op == "=" || op == "<" || op == "<=") {
      const std::string bound = number_text(op == "=" ? "equals" : op.c_str());
      if (tokens_.next() != Token::EndArray) tokens_.fail(kTooMany);
      c.high = comparable(bound);
      c.high_open = op == "<";
      if (op == "=") c.low = c.high;
      return c;
    }
    if (op != ">" && op != ">=") {
      tokens_.next();
      tokens_.fail("Unrecognized numeric range operator: " + op);
    }
    const std::string low = number_text(op.c_str());
    c.low_open = op == ">";
    const Token token = tokens_.next();
    if (token == Token::EndArray) {
      c.low = comparable(low);
      return c;
    }
    if (token != Token::String) tokens_.fail("Bad value in numeric range: " + tokens_.text());
    const std::string upper = tokens_.text();
    if (upper != "<" && upper != "<=") tokens_.fail("Bad numeric range operator: " + upper);
    const std::string high = number_text(upper.c_str());
    c.high_open = upper == "<";
    if (tokens_.next() != Token::EndArray) tokens_.fail("Too many terms in numeric range expression");
    c.low = comparable(low);
    c.high = comparable(high);
    if (!(c.low < c.high)) tokens_.fail("Bottom must be less than top");
    return c;
  }

  Condition anything_but() {
    Condition c{.kind = Condition::Kind::AnythingBut};
    const Token token = tokens_.next();
    if (token == Token::StartObject) {
      if (tokens_.next() != Token::FieldName) tokens_.fail("Anything-But expression name not found");
      c.but = refused_strings(tokens_.name());
      end_of_expression(kTooMany);
    } else if (token == Token::String) {
      c.but.push_back(plain_string());
    } else if (token == Token::Number) {
      c.but.push_back(exact_number(tokens_.text()));
      if (!c.but.back().number) throw PlainError{"Cannot compare number : " + c.but.back().text};
    } else if (token == Token::StartArray) {
      c.but = refused_values();
    } else {
      tokens_.fail(kNoValue);
    }
    end_of_expression(kTooMany);
    return c;
  }

  // The list of anything-but, all strings or all numbers.
  std::vector<Condition> refused_values() {
    std::vector<Condition> refused;
    in_list([&](Token token) {
      if (token != Token::String && token != Token::Number)
        tokens_.fail("Inside anything but list, start|null|boolean is not supported.");
      refused.push_back(token == Token::String ? plain_string() : exact_number(tokens_.text()));
      if (token == Token::Number && !refused.back().number) fail_once("Cannot compare number : " + refused.back().text);
    });
    const auto has = [&](JsonKind type) {
      return std::any_of(refused.begin(), refused.end(), [&](const Condition& c) { return c.type == type; });
    };
    if (has(JsonKind::String) == has(JsonKind::Number))
      tokens_.fail("Inside anything but list, either all values are number or string, mixed type is not supported");
    return refused;
  }

  // Raises an error that in_list passes through.
  [[noreturn]] void fail_once(const std::string& message) {
    try {
      tokens_.fail(message);
    } catch (const SyntaxError& error) {
      throw PlainError{error.message};
    }
  }

  // The value of anything-but's operator: a string, or a list of strings.
  std::vector<Condition> refused_strings(const std::string& op) {
    using Kind = Condition::Kind;
    const struct {
      std::string_view op;
      Kind kind;
      const char* no_string;
    } rows[] = {
        {"prefix", Kind::Prefix, "prefix/suffix match pattern must be a string"},
        {"suffix", Kind::Suffix, "prefix/suffix match pattern must be a string"},
        {"wildcard", Kind::Wildcard, "wildcard match pattern must be a string"},
        {"equals-ignore-case", Kind::EqualsIgnoreCase,
         "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."},
    };
    const auto* row = std::find_if(std::begin(rows), std::end(rows), [&](const auto& r) { return r.op == op; });
    if (row == std::end(rows)) tokens_.fail("Unsupported anything-but pattern: " + op);
    std::vector<Condition> refused;
    const auto add = [&](Token token) {
      if (token != Token::String) tokens_.fail(row->no_string);
      refused.push_back({.kind = row->kind, .text = tokens_.text()});
      const bool is_affix = row->kind == Kind::Prefix || row->kind == Kind::Suffix;
      if (is_affix && refused.back().text.empty()) tokens_.fail("Null prefix/suffix not allowed");
    };
    const Token token = tokens_.next();
    if (token == Token::StartArray) {
      in_list(add);
      if (refused.empty()) tokens_.fail("Empty arrays are not allowed");
    } else if (token == Token::String || token == Token::Number) {
      add(token);
    } else {
      tokens_.fail(kNoValue);
    }
    if (row->kind == Kind::Wildcard) {
      for (const Condition& condition : refused) check_wildcard(condition.text);
    }
    return refused;
  }

  // Calls `element` for each token up to the end of the array. An error inside a list of anything-but is caught and
  // raised again, with its position a second time.
  template <class Element>
  void in_list(Element element) {
    try {
      for (Token token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) element(token);
    } catch (const SyntaxError& error) {
      tokens_.fail(error.message);
    }
  }

  // Not compared as addresses here.
  Condition plain_string() {
    return {.kind = Condition::Kind::Exact, .type = JsonKind::String, .text = tokens_.text()};
  }

  TokenReader tokens_;
  EventPattern::Clauses clauses_;
  bool too_complex_ = false;  // reported only for a pattern without mistakes
};

Error refused(const std::string& why) {
  return {ErrorCode::InvalidEventPattern, "Event pattern is not valid. Reason: " + why, {}};
}

}  // namespace

Result<EventPattern> parse_event_pattern(std::string_view text) {
  if (base::utf8_length(text) > limits::kEventPatternCharacters) {
    return refused(fmt::format("Event pattern is longer than {} characters", limits::kEventPatternCharacters));
  }
  if (!base::is_valid_utf8(text)) return refused("Event pattern is not UTF-8");
  try {
    return Parser{text}.parse(std::string{text});
  } catch (const SyntaxError& error) {
    return refused(error.message);
  } catch (const PlainError& error) {
    return refused(error.message);
  }
}

}  // namespace athanor::pattern
