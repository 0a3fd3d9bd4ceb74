#include "pattern/rule_keys.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "pattern/short_text.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using Kind = Condition::Kind;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9E37'79B9'7F4A'7C15ULL) * (b ^ 0xD6E8'FEB8'6659'FD93ULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_of(std::uint32_t path, KeyKind kind, std::string_view bytes) {
  std::uint64_t hash = mixed(path, static_cast<std::uint64_t>(kind) << 32 | bytes.size());
  for (; bytes.size() > 8; bytes.remove_prefix(8)) hash = mixed(hash, word_of(bytes.substr(0, 8)));
  return mixed(hash, word_of(bytes));
}

std::uint64_t hash_of(std::uint32_t path, double number) {
  return mixed(mixed(path, static_cast<std::uint64_t>(KeyKind::Number)),
               std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number));  // -0 is 0
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The word with each ASCII capital in lower case. A sum's high bit says whether the byte is above a bound.
std::uint64_t folded(std::uint64_t word) {
  constexpr std::uint64_t kEach = 0x0101'0101'0101'0101;
  const std::uint64_t low_bits = word & (kEach * 0x7F);
  const std::uint64_t from_a = low_bits + kEach * (0x80 - 'A');
  const std::uint64_t behind_z = low_bits + kEach * (0x7F - 'Z');
  return word | (from_a & ~behind_z & ~word & (kEach * 0x80)) >> 2;
}
// ASCII letters in lower case. No other character differs from one of them only in case (code_points.h). `room` holds
// the result.
std::string_view folded(std::string_view text, std::string& room) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (room.size() < text.size() + kWord) room.resize(text.size() + kWord);
  for (std::size_t at = 0; at < text.size(); at += kWord) {
    const std::uint64_t word = folded(word_of(text.substr(at, kWord)));
    std::memcpy(room.data() + at, &word, kWord);
  }
  return std::string_view{room}.substr(0, text.size());
}
std::string folded(std::string_view text) {
  std::string room;
  return std::string{folded(text, room)};
}

Key text_key(std::uint32_t path, KeyKind kind, std::string_view text) {
  return {kind, static_cast<std::uint32_t>(text.size()), hash_of(path, kind, text)};
}

// The text before the first `*`, with its escapes resolved; and after the last.
std::string before_star(std::string_view wildcard) {
  std::string text;
  for (std::size_t i = 0; i < wildcard.size() && wildcard[i] != '*'; ++i) {
    if (wildcard[i] == '\\') ++i;
    text += wildcard[i];
  }
  return text;
}
std::string behind_star(std::string_view wildcard) {
  std::string text;
  for (std::size_t i = 0; i < wildcard.size(); ++i) {
    if (wildcard[i] == '*') {
      text.clear();
      continue;
    }
    if (wildcard[i] == '\\') ++i;
    text += wildcard[i];
  }
  return text;
}

std::optional<Key> key_of(std::uint32_t path, const Condition& c) {
  switch (c.kind) {
    case Kind::Exact:
      if (c.type == JsonKind::Number) {
        if (c.number) return Key{KeyKind::Number, 0, hash_of(path, *c.number)};
        return text_key(path, KeyKind::NumberText, c.text);
      }
      if (c.type != JsonKind::String) return text_key(path, KeyKind::Literal, c.text);
      if (!c.ip_low.empty()) return text_key(path, KeyKind::Address, c.ip_low);
      return text_key(path, KeyKind::String, c.text);
    case Kind::Prefix:
      if (!c.ignore_case) return text_key(path, KeyKind::Prefix, c.text);
      if (is_ascii(c.text)) return text_key(path, KeyKind::FoldedPrefix, folded(c.text));
      return std::nullopt;
    case Kind::Suffix:
      if (!c.ignore_case) return text_key(path, KeyKind::Suffix, c.text);
      if (is_ascii(c.text)) return text_key(path, KeyKind::FoldedSuffix, folded(c.text));
      return std::nullopt;
    case Kind::EqualsIgnoreCase:
      if (is_ascii(c.text)) return text_key(path, KeyKind::Folded, folded(c.text));
      return std::nullopt;
    case Kind::Wildcard: {
      const std::string before = before_star(c.text);
      const std::string behind = behind_star(c.text);
      if (before.empty() && behind.empty()) return std::nullopt;
      if (before.size() >= behind.size()) return text_key(path, KeyKind::Prefix, before);
      return text_key(path, KeyKind::Suffix, behind);
    }
    case Kind::Numeric:
    case Kind::IpRange:
    case Kind::Exists:
    case Kind::Absent:
    case Kind::AnythingBut:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<Key>> keys_of(std::uint32_t path, const std::vector<Condition>& conditions) {
  std::vector<Key> keys;
  for (const Condition& condition : conditions) {
    const auto key = key_of(path, condition);
    if (!key) return std::nullopt;
    keys.push_back(*key);
  }
  // Each once: two conditions may be found by the same key.
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.hash < b.hash; });
  keys.erase(std::unique(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.hash == b.hash; }),
             keys.end());
  return keys;
}

void count_key(PathKeys& keys, const Key& key, bool up) {
  const auto count = [up](std::uint32_t& n) { n += up ? 1 : -1U; };
  const auto count_length = [&](PathKeys::Lengths& lengths) {
    auto at = std::find_if(lengths.begin(), lengths.end(), [&](const auto& l) { return l.first == key.bytes; });
    if (at == lengths.end()) at = lengths.insert(lengths.end(), {key.bytes, 0});
    count(at->second);
    if (at->second == 0) lengths.erase(at);
  };
  count(keys.all);
  if (up) keys.hashes |= PathKeys::bit_of(key.hash);
  if (keys.all == 0) keys.hashes = 0;
  switch (key.kind) {
    case KeyKind::String:
      return count(keys.strings);
    case KeyKind::Number:
      return count(keys.numbers);
    case KeyKind::NumberText:
      return count(keys.number_texts);
    case KeyKind::Literal:
      return count(keys.literals);
    case KeyKind::Address:
      return count(keys.addresses);
    case KeyKind::Folded:
      return count(keys.folded);
    case KeyKind::Prefix:
      return count_length(keys.prefixes);
    case KeyKind::Suffix:
      return count_length(keys.suffixes);
    case KeyKind::FoldedPrefix:
      return count_length(keys.folded_prefixes);
    case KeyKind::FoldedSuffix:
      return count_length(keys.folded_suffixes);
  }
}

void add_keys(const PathNode& node, const ValueView& value, std::string& room, std::vector<std::uint64_t>& to) {
  const PathKeys& keys = node.keys;
  const auto add = [&](std::uint64_t hash) {
    if ((keys.hashes & PathKeys::bit_of(hash)) != 0) to.push_back(hash);
  };
  const std::uint32_t path = node.path;
  if (value.kind == JsonKind::Number) {
    if (keys.numbers != 0) {
      if (const auto number = value.comparable()) add(hash_of(path, *number));
    }
    if (keys.number_texts != 0) add(hash_of(path, KeyKind::NumberText, value.text));
    return;
  }
  if (value.kind != JsonKind::String) {
    if (keys.literals != 0) add(hash_of(path, KeyKind::Literal, value.text));
    return;
  }
  const std::string_view text = value.text;
  if (keys.strings != 0) add(hash_of(path, KeyKind::String, text));
  if (keys.addresses != 0) {
    if (const auto digits = ip_digits(text)) add(hash_of(path, KeyKind::Address, *digits));
  }
  for (const auto& [bytes, count] : keys.prefixes) {
    if (bytes <= text.size()) add(hash_of(path, KeyKind::Prefix, text.substr(0, bytes)));
  }
  for (const auto& [bytes, count] : keys.suffixes) {
    if (bytes <= text.size()) add(hash_of(path, KeyKind::Suffix, text.substr(text.size() - bytes)));
  }
  if (keys.folded == 0 && keys.folded_prefixes.empty() && keys.folded_suffixes.empty()) return;
  const std::string_view lower = folded(text, room);
  if (keys.folded != 0) add(hash_of(path, KeyKind::Folded, lower));
  for (const auto& [bytes, count] : keys.folded_prefixes) {
    if (bytes <= lower.size()) add(hash_of(path, KeyKind::FoldedPrefix, lower.substr(0, bytes)));
  }
  for (const auto& [bytes, count] : keys.folded_suffixes) {
    if (bytes <= lower.size()) add(hash_of(path, KeyKind::FoldedSuffix, lower.substr(lower.size() - bytes)));
  }
}

}  // namespace athanor::pattern
