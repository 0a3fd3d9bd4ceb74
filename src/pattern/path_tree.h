// The paths that the rules of a set mention, as a tree of names: where an event's reader has to stop.
//
// A dot in a key is the same as nesting, so the names are the parts between dots. Versions share what is equal.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pattern/short_text.h"

namespace athanor::pattern {

inline constexpr std::uint32_t kNoPath = 0xFFFF'FFFF;

// How to find the alternatives to examine for a value of one path. Lengths are in bytes, with how many keys have them.
struct PathKeys {
  using Lengths = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  std::uint32_t strings = 0, numbers = 0, number_texts = 0, literals = 0, addresses = 0, folded = 0;
  Lengths prefixes, suffixes, folded_prefixes, folded_suffixes;
  std::shared_ptr<std::vector<std::uint32_t>> others;  // examined whatever the value is; ascending

  std::uint32_t all = 0;  // keys, of whatever kind
  // A bit for each key, taken from its hash: a key whose bit is not set need not be looked up. Bits of removed keys
  // stay until all keys are removed.
  std::uint64_t hashes = 0;
  static std::uint64_t bit_of(std::uint64_t hash) { return std::uint64_t{1} << (hash >> 26 & 63); }

  bool has_any() const { return all != 0; }
  bool empty() const { return !has_any() && (!others || others->empty()); }
};

// The first eight bytes of a name, padded with zeros: enough to tell most names apart.
inline std::uint64_t head_of(std::string_view name) { return word_of(name.substr(0, 8)); }
// The same where eight bytes can be read, whatever follows the name.
inline std::uint64_t head_with_room(std::string_view name) {
  std::uint64_t head;
  std::memcpy(&head, name.data(), 8);
  return name.size() >= 8 ? head : name.empty() ? 0 : head & (~std::uint64_t{0} >> (64 - 8 * name.size()));
}

struct PathNode {
  std::uint32_t path = kNoPath;  // its number, when some rule asks for the value here
  std::uint32_t uses = 0;        // clauses that ask
  PathKeys keys;

  struct Child {
    explicit Child(std::string_view the_name);

    std::string name;
    std::uint64_t head;  // of the name
    std::shared_ptr<PathNode> node;

    // Whether this key begins at `at`, after its quote, where eight bytes can be read. Names that are long or written
    // with escapes are never found this way.
    bool begins_at(const char* at) const {
      std::uint64_t eight;
      std::memcpy(&eight, at, 8);
      return (eight & quoted_mask) == quoted_head;
    }
    std::uint64_t quoted_head = 1;  // of the name and the quote after it
    std::uint64_t quoted_mask = 0;
  };
  std::vector<Child> children;
  std::vector<std::uint32_t> by_hash;  // child's index + 1, by linear probing; only where there are many

  const Child* find(std::string_view name, std::uint64_t head) const {
    if (!by_hash.empty()) return find_hashed(name);
    for (const Child& c : children) {
      if (c.head == head && c.name.size() == name.size() && (name.size() <= 8 || same_text(c.name, name))) return &c;
    }
    return nullptr;
  }
  const PathNode* child(std::string_view name, std::uint64_t head) const {
    const Child* const found = find(name, head);
    return found == nullptr ? nullptr : found->node.get();
  }
  const PathNode* child(std::string_view name) const { return child(name, head_of(name)); }
  // The node that a key leads to, following its dots.
  const PathNode* descend(std::string_view key) const;
  bool leads_somewhere() const { return !children.empty(); }

 private:
  const Child* find_hashed(std::string_view name) const;
};

class PathTree {
 public:
  const PathNode& root() const { return *root_; }
  std::uint32_t paths() const { return paths_; }  // numbers given out, in use or free

  // The node of the path, for changing, created if missing; maintaining `uses` is up to the caller.
  PathNode& own(std::string_view path);
  const PathNode* find(std::string_view path) const;
  // The path is no longer asked for: frees its number, and removes nodes that lead nowhere.
  void forget(std::string_view path);

 private:
  std::shared_ptr<PathNode> root_ = std::make_shared<PathNode>();
  std::shared_ptr<std::vector<std::uint32_t>> free_;
  std::uint32_t paths_ = 0;
};

}  // namespace athanor::pattern
