// The paths that the rules of a set mention, as a tree of names: what an event's reader has to stop at.
//
// A dot in a key is the same as nesting, so the names are what stands between dots. Versions share what is equal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace athanor::pattern {

inline constexpr std::uint32_t kNoPath = 0xFFFF'FFFF;

// How the alternatives that are looked at for a value of one path can be found. Lengths are in bytes, with how many
// keys have them.
struct PathKeys {
  using Lengths = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  std::uint32_t strings = 0, numbers = 0, number_texts = 0, literals = 0, addresses = 0, folded = 0;
  Lengths prefixes, suffixes, folded_prefixes, folded_suffixes;
  std::shared_ptr<std::vector<std::uint32_t>> others;  // looked at whatever the value is; ascending

  bool has_any() const {
    return strings + numbers + number_texts + literals + addresses + folded != 0 || !prefixes.empty() ||
           !suffixes.empty() || !folded_prefixes.empty() || !folded_suffixes.empty();
  }
  bool empty() const { return !has_any() && (!others || others->empty()); }
};

struct PathNode {
  std::uint32_t path = kNoPath;  // its number, when some rule asks for the value here
  std::uint32_t uses = 0;        // alternatives that ask
  PathKeys keys;

  struct Child {
    std::string name;
    std::shared_ptr<PathNode> node;
  };
  std::vector<Child> children;
  std::vector<std::uint32_t> by_hash;  // number of the child + 1, by linear probing; only where there are many

  const Child* find(std::string_view name) const {
    if (!by_hash.empty()) return find_hashed(name);
    for (const Child& c : children) {
      if (c.name == name) return &c;
    }
    return nullptr;
  }
  const PathNode* child(std::string_view name) const {
    const Child* const found = find(name);
    return found == nullptr ? nullptr : found->node.get();
  }
  // The node that a key leads to, dots and all.
  const PathNode* descend(std::string_view key) const;
  bool leads_somewhere() const { return !children.empty(); }

 private:
  const Child* find_hashed(std::string_view name) const;
};

class PathTree {
 public:
  const PathNode& root() const { return *root_; }
  std::uint32_t paths() const { return paths_; }  // numbers given, used or free

  // The node of the path, for changing, made if it is not there; `uses` is the caller's.
  PathNode& own(std::string_view path);
  const PathNode* find(std::string_view path) const;
  // The path is not asked for any more: its number is free, and nodes that lead nowhere go.
  void forget(std::string_view path);

 private:
  std::shared_ptr<PathNode> root_ = std::make_shared<PathNode>();
  std::shared_ptr<std::vector<std::uint32_t>> free_;
  std::uint32_t paths_ = 0;
};

}  // namespace athanor::pattern
