// A map of which every version stays as it is: with() and without() make another one, which shares all but the nodes on
// the way to the change. Among 100,000 entries that is five nodes.
//
// A trie over the keys' hashes, kBranches to a node, with the entries in its leaves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace athanor::pattern {

template <class Key, class Value>
class PersistentMap {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The value, which lives as long as this version; nullptr when there is none. `key` hashes like a Key, as a
  // string_view does for a string.
  template <class Like>
  const Value* find(const Like& key) const {
    const std::uint64_t hash = hash_of(key);
    const Node* node = root_.get();
    for (unsigned depth = 0; node != nullptr && !node->is_leaf(); ++depth) {
      node = node->branches[branch_of(hash, depth)].get();
    }
    if (node == nullptr) return nullptr;
    for (const auto& entry : node->entries) {
      if (entry.first == key) return &entry.second;
    }
    return nullptr;
  }
  template <class Like>
  bool contains(const Like& key) const {
    return find(key) != nullptr;
  }

  // This map with the entry put or replaced.
  [[nodiscard]] PersistentMap with(Key key, Value value) const {
    const std::size_t size = size_ + (contains(key) ? 0 : 1);
    const std::uint64_t hash = hash_of(key);
    return {put(root_.get(), hash, 0, {std::move(key), std::move(value)}), size};
  }
  // This map without the entry, which may be absent.
  template <class Like>
  [[nodiscard]] PersistentMap without(const Like& key) const {
    if (!contains(key)) return *this;
    return {removed(*root_, hash_of(key), 0, key), size_ - 1};
  }

  // visit(key, value) for every entry, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    if (root_) each(*root_, visit);
  }

  PersistentMap() = default;

 private:
  static constexpr std::size_t kBranches = 16;
  static constexpr unsigned kDepthMax = 16;       // then the hash is used up, and a leaf holds what collides
  static constexpr std::size_t kLeafEntries = 8;  // a fuller leaf becomes a branching

  using Entry = std::pair<Key, Value>;
  struct Node {
    std::vector<std::shared_ptr<const Node>> branches;  // kBranches of them, null where nothing is; none in a leaf
    std::vector<Entry> entries;                         // of a leaf
    bool is_leaf() const { return branches.empty(); }
  };
  using NodePointer = std::shared_ptr<const Node>;

  PersistentMap(NodePointer root, std::size_t size) : root_(std::move(root)), size_(size) {}

  // Spread by a multiplication: the standard hash of a number is the number.
  template <class Like>
  static std::uint64_t hash_of(const Like& key) {
    return std::hash<Like>{}(key) * 0x9E37'79B9'7F4A'7C15ULL;
  }
  static std::size_t branch_of(std::uint64_t hash, unsigned depth) { return (hash >> (60 - 4 * depth)) % kBranches; }

  static NodePointer put(const Node* node, std::uint64_t hash, unsigned depth, Entry entry) {
    auto next = node == nullptr ? std::make_shared<Node>() : std::make_shared<Node>(*node);
    if (!next->is_leaf()) {
      NodePointer& branch = next->branches[branch_of(hash, depth)];
      branch = put(branch.get(), hash, depth + 1, std::move(entry));
      return next;
    }
    std::erase_if(next->entries, [&](const Entry& other) { return other.first == entry.first; });
    next->entries.push_back(std::move(entry));
    if (next->entries.size() > kLeafEntries && depth < kDepthMax) {
      next->branches.resize(kBranches);
      for (Entry& moved : std::exchange(next->entries, {})) {
        const std::uint64_t its_hash = hash_of(moved.first);
        NodePointer& branch = next->branches[branch_of(its_hash, depth)];
        branch = put(branch.get(), its_hash, depth + 1, std::move(moved));
      }
    }
    return next;
  }

  // Null when nothing is left.
  template <class Like>
  static NodePointer removed(const Node& node, std::uint64_t hash, unsigned depth, const Like& key) {
    auto next = std::make_shared<Node>(node);
    if (next->is_leaf()) {
      std::erase_if(next->entries, [&](const Entry& entry) { return entry.first == key; });
      return next->entries.empty() ? nullptr : next;
    }
    NodePointer& branch = next->branches[branch_of(hash, depth)];
    branch = removed(*branch, hash, depth + 1, key);
    const bool any =
        std::any_of(next->branches.begin(), next->branches.end(), [](const auto& b) { return b != nullptr; });
    return any ? next : nullptr;
  }

  template <class Visit>
  static void each(const Node& node, Visit& visit) {
    for (const auto& [key, value] : node.entries) visit(key, value);
    for (const NodePointer& branch : node.branches) {
      if (branch) each(*branch, visit);
    }
  }

  NodePointer root_;
  std::size_t size_ = 0;
};

}  // namespace athanor::pattern
