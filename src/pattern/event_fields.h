// An event as a matcher sees it: the values at the ends of its paths, each with the array elements it stands in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pattern/condition.h"
#include "pattern/persistent_map.h"

namespace athanor::pattern {

// The delivered form of an event, without building its text. Views borrow for the call.
struct Envelope {
  std::string_view id;
  std::string_view detail_type;
  std::string_view source;
  std::string_view account;
  std::string_view time;  // as delivered: "2025-10-13T20:00:00Z"
  std::string_view region;
  std::span<const std::string_view> resources;
  std::string_view detail;       // JSON text of an object
  std::string_view replay_name;  // empty: none
};

// An element of an array, itself an object or an array. Leaves are numbered in such an order that those within it are
// [begin, end), and those within any such element of the array [arrays[array].begin, arrays[array].end). A scalar in
// an array stands in no element of it: it is numbered behind them.
struct LeafRange {
  std::uint32_t begin = 0, end = 0;
};
struct Element {
  std::uint32_t around;  // the element that the array is in, or kNoElement
  std::uint32_t array;
  LeafRange leaves;
};
inline constexpr std::uint32_t kNoElement = 0xFFFF'FFFF;

struct Field {
  Value value;
  std::uint32_t leaf;     // its number
  std::uint32_t element;  // the innermost one it is in, or kNoElement
};

struct Fields {
  // Several values when arrays or repeated keys give several; by ascending number.
  std::unordered_map<std::string, std::vector<Field>> by_path;
  std::vector<Element> elements;
  std::vector<LeafRange> arrays;
};

// The paths that some pattern mentions: all else of an event is skipped. A copy costs nothing.
class WantedPaths {
 public:
  void add(std::string_view path);
  void remove(std::string_view path);  // one that was added; it stays wanted until removed as often
  bool wants(const std::string& path) const { return paths_.contains(path); }
  bool leads_somewhere(std::string_view path) const { return prefixes_.contains(path); }

 private:
  using Counts = PersistentMap<std::string, std::uint32_t>;
  static void count(Counts& counts, std::string_view path, bool up);
  void count_all(std::string_view path, bool up);

  Counts paths_;
  Counts prefixes_;
};

Fields flatten(const Envelope& event, const WantedPaths& wanted);
// `event_text` is valid JSON, an object.
Fields flatten(std::string_view event_text, const WantedPaths& wanted);

}  // namespace athanor::pattern
