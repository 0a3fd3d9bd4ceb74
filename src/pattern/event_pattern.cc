#include "pattern/event_pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "pattern/tokens.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;

// Names that cannot be fields inside $or: an operator written there is a mistake. Source: EventBridge's answers.
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

// Errors that carry no place.
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

void check_wildcard(std::string_view text) {
  std::size_t stars = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Positions count the quote in front, as AWS's do.
    if (text[i] == '\\') {
      if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\')) {
        throw PlainError{fmt::format("Invalid escape character at pos {}", i + 1)};
      }
      ++i;
    } else if (text[i] == '*') {
      if (i + 1 < text.size() && text[i + 1] == '*')
        throw PlainError{fmt::format("Consecutive wildcard characters at pos {}", i + 1)};
      ++stars;
    }
  }
  if (stars > kWildcardsMax) {
    throw PlainError{
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
        "wildcard character"};
  }
}

Condition cidr(std::string_view text) {
  const auto parts = base::split(text, '/');
  if (parts.size() != 2) throw PlainError{"Malformed CIDR, one '/' required"};
  const auto bits = base::to_int(parts[1]);
  if (!bits) throw PlainError{"Malformed CIDR, mask bits must be an integer"};
  if (*bits < 0) throw PlainError{"Malformed CIDR, mask bits must not be negative"};
  const auto digits = ip_digits(parts[0]);
  if (!digits) throw PlainError{fmt::format("Nonstandard IP address: {}", parts[0])};
  const bool v4 = digits->size() == 8;
  // The library that AWS uses takes an IPv4 address inside IPv6 for the former.
  const bool mapped = !v4 && digits->starts_with("00000000000000000000ffff");
  if (v4 && *bits > 31) throw PlainError{"IPv4 mask bits must be < 32"};
  if (mapped && *bits > 31) throw PlainError{"IPv4 mask bits must be < 32"};
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

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text) {}

  std::vector<Alternative> parse() {
    if (tokens_.next() != Token::StartObject) tokens_.fail("Filter is not an object");
    std::vector<Alternative> alternatives;
    object(alternatives, {}, false);
    if (tokens_.next() != Token::End) tokens_.fail("Unexpected characters behind the pattern");
    return alternatives;
  }

 private:
  void object(std::vector<Alternative>& alternatives, const std::string& path, bool inside_or) {
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

  void alternatives_of_or(std::vector<Alternative>& alternatives, const std::string& path) {
    const std::vector<Alternative> before = std::move(alternatives);
    alternatives.clear();
    if (tokens_.next() != Token::StartArray) tokens_.fail("It must be an Array followed with $or.");
    std::size_t branches = 0;
    for (Token token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) {
      ++branches;
      if (token != Token::StartObject) tokens_.fail("Only JSON object is allowed in array of $or relationship.");
      std::vector<Alternative> branch = before;
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

  void values(std::vector<Alternative>& alternatives, const std::string& path) {
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
    if (alternatives.empty()) alternatives.emplace_back();
    for (Alternative& alternative : alternatives) alternative[path] = conditions;  // the last list of a path wins
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
        if (tokens_.next() != Token::FieldName) tokens_.fail(name + " expression name not found");
        if (tokens_.name() != "equals-ignore-case")
          tokens_.fail(fmt::format("Unsupported {} pattern: {}", name, tokens_.name()));
        c.ignore_case = true;
        c.text = string_value((name + " match pattern must be a string").c_str());
        end_of_expression();
      } else if (token == Token::String) {
        c.text = tokens_.text();
      } else {
        tokens_.fail(name + " match pattern must be a string");
      }
    } else if (name == "numeric") {
      if (tokens_.next() != Token::StartArray) tokens_.fail("Value of numeric must be an array.");
      c = numeric();
      end_of_expression("Too many elements in numeric expression");
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

  double number_value(const char* op) {
    if (tokens_.next() != Token::Number) tokens_.fail(fmt::format("Value of {} must be numeric", op));
    const std::string text = tokens_.text();
    const auto number = comparable_number(text);
    if (!number) tokens_.fail("Cannot compare number : " + text);
    return *number;
  }

  Condition numeric() {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    Condition c{.kind = Condition::Kind::Numeric, .low = -kInfinite, .high = kInfinite};
    if (tokens_.next() != Token::String) tokens_.fail("Invalid member in numeric match: " + tokens_.text());
    const std::string op = tokens_.text();
    const auto end = [&] {
      if (tokens_.next() != Token::EndArray) tokens_.fail("Too many elements in numeric expression");
    };
    if (op == "=") {
      c.low = c.high = number_value("equals");
      end();
      return c;
    }
    if (op == "<" || op == "<=") {
      c.high = number_value(op.c_str());
      c.high_open = op == "<";
      end();
      return c;
    }
    if (op != ">" && op != ">=") {
      tokens_.next();
      tokens_.fail("Unrecognized numeric range operator: " + op);
    }
    c.low = number_value(op.c_str());
    c.low_open = op == ">";
    const Token token = tokens_.next();
    if (token == Token::EndArray) return c;
    if (token != Token::String) tokens_.fail("Bad value in numeric range: " + tokens_.text());
    const std::string upper = tokens_.text();
    if (upper != "<" && upper != "<=") tokens_.fail("Bad numeric range operator: " + upper);
    c.high = number_value(upper.c_str());
    c.high_open = upper == "<";
    if (tokens_.next() != Token::EndArray) tokens_.fail("Too many terms in numeric range expression");
    if (!(c.low < c.high)) tokens_.fail("Bottom must be less than top");
    return c;
  }

  // One value, or a list, of what anything-but refuses. `make` builds the condition of one string.
  template <class Make>
  void refused_strings(Token token, Condition& c, std::string_view what, Make make) {
    const auto add = [&] { c.but.push_back(make(tokens_.text())); };
    if (token == Token::String) {
      add();
      return;
    }
    if (token != Token::StartArray) tokens_.fail(fmt::format("{} match pattern must be a string", what));
    for (token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) {
      if (token != Token::String) {
        twice(fmt::format("Inside anything-but/{} list, number|start|null|boolean is not supported.", what));
      }
      add();
    }
    if (c.but.empty()) tokens_.fail("Empty arrays are not allowed");
  }

  // An error inside a nested list is caught and raised again there, with its place a second time.
  [[noreturn]] void twice(const std::string& message) {
    try {
      tokens_.fail(message);
    } catch (const SyntaxError& error) {
      tokens_.fail(error.message);
    }
  }

  Condition anything_but() {
    Condition c{.kind = Condition::Kind::AnythingBut};
    Token token = tokens_.next();
    if (token == Token::StartObject) {
      if (tokens_.next() != Token::FieldName) tokens_.fail("Anything-But expression name not found");
      const std::string op = tokens_.name();
      if (op == "prefix" || op == "suffix") {
        const auto kind = op == "prefix" ? Condition::Kind::Prefix : Condition::Kind::Suffix;
        token = tokens_.next();
        bool ignore_case = false;
        if (token == Token::StartObject) {
          if (tokens_.next() != Token::FieldName || tokens_.name() != "equals-ignore-case") {
            tokens_.fail("Unsupported anything-but pattern: " + tokens_.name());
          }
          ignore_case = true;
          token = tokens_.next();
        }
        if (token != Token::String && token != Token::StartArray)
          tokens_.fail("prefix/suffix match pattern must be a string");
        refused_strings(token, c, op, [&](std::string text) {
          if (text.empty()) tokens_.fail("Null prefix/suffix not allowed");
          return Condition{.kind = kind, .text = std::move(text), .ignore_case = ignore_case};
        });
        if (ignore_case) end_of_expression();
      } else if (op == "equals-ignore-case") {
        refused_strings(tokens_.next(), c, op, [](std::string text) {
          return Condition{.kind = Condition::Kind::EqualsIgnoreCase, .text = std::move(text)};
        });
      } else if (op == "wildcard") {
        refused_strings(tokens_.next(), c, op, [](std::string text) {
          check_wildcard(text);
          return Condition{.kind = Condition::Kind::Wildcard, .text = std::move(text)};
        });
      } else {
        tokens_.fail("Unsupported anything-but pattern: " + op);
      }
      end_of_expression();
      end_of_expression();
      return c;
    }
    if (token == Token::String) {
      c.but.push_back(plain_string());
    } else if (token == Token::Number) {
      c.but.push_back(plain_number());
    } else if (token == Token::StartArray) {
      bool strings = false;
      bool numbers = false;
      for (token = tokens_.next(); token != Token::EndArray; token = tokens_.next()) {
        if (token == Token::String) {
          strings = true;
          c.but.push_back(plain_string());
        } else if (token == Token::Number) {
          numbers = true;
          c.but.push_back(plain_number());
        } else {
          twice("Inside anything but list, start|null|boolean is not supported.");
        }
      }
      if (strings == numbers)
        tokens_.fail("Inside anything but list, either all values are number or string, mixed type is not supported");
    } else {
      tokens_.fail("Value of anything-but must be an array or single string/number value.");
    }
    end_of_expression("Too many elements in numeric expression");
    return c;
  }

  // Not compared as addresses here.
  Condition plain_string() {
    return {.kind = Condition::Kind::Exact, .type = JsonKind::String, .text = tokens_.text()};
  }
  Condition plain_number() {
    Condition c = exact_number(tokens_.text());
    if (!c.number) tokens_.fail("Cannot compare number : " + c.text);
    return c;
  }

  TokenReader tokens_;
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
    return EventPattern{std::string{text}, Parser{text}.parse()};
  } catch (const SyntaxError& error) {
    return refused(error.message);
  } catch (const PlainError& error) {
    return refused(error.message);
  }
}

}  // namespace athanor::pattern
