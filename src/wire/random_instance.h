// For tests: a random value of any description, from its Shape alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "api/validate.h"
#include "base/random.h"

namespace athanor::wire {

// Half of the members get values that their constraints allow, where those are known; the others get awkward ones.
class RandomInstance {
 public:
  // What the protocol can carry: in a form, an empty map is absent; a header has no blanks at its ends.
  struct Limits {
    bool empty_maps = true;
    std::size_t elements_max = 3;
  };

  RandomInstance(base::Random& random, Limits limits) : random_(random), limits_(limits) {}

  void fill(const api::Shape& shape, void* object) {
    for (const api::Field& field : shape.fields) value(field.shape(), field.get(object), *field.constraints);
  }

 private:
  void value(const api::Shape& shape, void* object, const base::Constraints& c) {
    using api::Kind;
    switch (shape.kind) {
      case Kind::Optional:
        // An absent payload cannot be told from an empty one.
        if (c.location == base::Location::Payload || c.location == base::Location::StatusCode || random_.below(3) > 0)
          value(shape.element(), shape.emplace(object), c);
        return;
      case Kind::String:
        *static_cast<std::string*>(object) = string(c);
        return;
      case Kind::Bool:
        *static_cast<bool*>(object) = random_.one_in(2);
        return;
      case Kind::Integer:
        *static_cast<std::int64_t*>(object) = integer(c);
        return;
      case Kind::Double:
        *static_cast<double*>(object) = static_cast<double>(static_cast<std::int64_t>(random_.next())) / 1024.0;
        return;
      case Kind::Timestamp: {
        const auto millis = static_cast<std::int64_t>(random_.below(5'000'000'000'000)) - 500'000'000'000;
        *static_cast<base::Time*>(object) =
            base::Time{base::Duration{random_.one_in(2) ? millis / 1'000 * 1'000 : millis}};
        return;
      }
      case Kind::Blob: {
        std::string& bytes = static_cast<api::Blob*>(object)->bytes;
        for (std::uint64_t n = random_.below(9); n > 0; --n) bytes += static_cast<char>(random_.below(256));
        return;
      }
      case Kind::List:
        for (std::uint64_t n = random_.below(limits_.elements_max + 1); n > 0; --n)
          value(shape.element(), shape.append(object), {});
        return;
      case Kind::Map:
        for (std::uint64_t n = random_.below(limits_.elements_max) + (limits_.empty_maps ? 0 : 1); n > 0; --n)
          fill_fresh(shape, object);
        return;
      case Kind::Struct:
        fill(shape, object);
        return;
    }
  }

  void fill_fresh(const api::Shape& shape, void* map) {
    std::string key = awkward();
    bool taken = false;
    shape.each(map, [&](const std::string& other, const void*) { taken = taken || other == key; });
    if (!taken) value(shape.element(), shape.insert(map, std::move(key)), {});
  }

  std::int64_t integer(const base::Constraints& c) {
    if (c.location == base::Location::StatusCode) return 200 + static_cast<std::int64_t>(random_.below(100));
    static constexpr std::int64_t extremes[] = {0, 1, -1, 9'007'199'254'740'993, INT64_MAX, INT64_MIN};
    if (random_.one_in(2)) return extremes[random_.below(std::size(extremes))];
    const std::int64_t low = c.value_min > -1'000'000 ? c.value_min : 0;
    return low + static_cast<std::int64_t>(random_.below(
                     c.value_max < 1'000'000 ? static_cast<std::uint64_t>(c.value_max - low + 1) : 100'000));
  }

  std::string string(const base::Constraints& c) {
    if (c.location == base::Location::Header) return header(c);
    std::string text = random_.one_in(2) ? fitting(c) : awkward();
    if (c.location == base::Location::Uri && text.empty()) text = "f";
    return text;
  }

  std::string header(const base::Constraints& c) {
    std::string text = fitting(c);
    return text.empty() ? "Tail" : text;
  }

  std::string fitting(const base::Constraints& c) {
    if (!c.one_of.empty()) {
      std::vector<std::string_view> values;
      for (std::string_view rest = c.one_of; !rest.empty();) {
        const auto comma = rest.find(", ");
        values.push_back(rest.substr(0, comma));
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 2);
      }
      return std::string{values[random_.below(values.size())]};
    }
    static constexpr std::string_view candidates[] = {"a",
                                                      "orders-1",
                                                      "1",
                                                      "arn:aws:events:us-east-1:123456789012:event-bus/orders",
                                                      "events.amazonaws.com",
                                                      "arn:aws:lambda:us-east-1:123456789012:function:f",
                                                      "arn:aws:iam::123456789012:role/r",
                                                      "lambda:InvokeFunction",
                                                      "123456789012",
                                                      "*",
                                                      "events:PutEvents",
                                                      "$LATEST"};
    const std::uint64_t from = random_.below(std::size(candidates));
    for (std::size_t i = 0; i < std::size(candidates); ++i) {
      const std::string_view text = candidates[(from + i) % std::size(candidates)];
      const auto size = static_cast<std::int64_t>(text.size());
      if (size < c.length_min || size > c.length_max) continue;
      if (c.pattern.empty() || api::matches_pattern(text, c.pattern)) return std::string{text};
    }
    return "a";
  }

  std::string awkward() {
    static constexpr std::string_view pieces[] = {"a", "B7",  "\"", "'",   "&",      "<", ">", "\n", "\r\n",    "\t",
                                                  "%", "%41", "+",  " ",   "=",      "é", "/", "\\", "\\u0041", "😀",
                                                  ".", "..",  "{}", "]]>", "\u2028", "?", "#", ";",  "null"};
    std::string text;
    for (std::uint64_t n = random_.below(6); n > 0; --n) text += pieces[random_.below(std::size(pieces))];
    if (random_.one_in(16)) text += std::string{"\0\x01\x7f", 3};
    return text;
  }

  base::Random& random_;
  Limits limits_;
};

}  // namespace athanor::wire
