#include "pattern/path_tree.h"

#include <functional>
#include <utility>

#include "pattern/copy_on_write.h"

namespace athanor::pattern {
namespace {

constexpr std::size_t kSearchedInTurn = 8;

std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

// The index of the name among the children, or their number.
std::size_t place_of(const PathNode& node, std::string_view name) {
  const PathNode::Child* const child = node.find(name, head_of(name));
  return child == nullptr ? node.children.size() : static_cast<std::size_t>(child - node.children.data());
}

void enter(PathNode& node, std::uint32_t number) {
  std::size_t i = hash_of(node.children[number].name) % node.by_hash.size();
  while (node.by_hash[i] != 0) i = (i + 1) % node.by_hash.size();
  node.by_hash[i] = number + 1;
}

void make_hash(PathNode& node) {
  node.by_hash.clear();
  if (node.children.size() <= kSearchedInTurn) return;
  node.by_hash.assign(node.children.size() * 4, 0);
  for (std::uint32_t number = 0; number < node.children.size(); ++number) enter(node, number);
}

PathNode::Child& add_child(PathNode& node, std::string_view name) {
  node.children.emplace_back(name);
  if (node.children.size() * 2 > node.by_hash.size())
    make_hash(node);
  else
    enter(node, static_cast<std::uint32_t>(node.children.size() - 1));
  return node.children.back();
}

// Takes the first name off the path; `path` becomes what follows its dot, or empty.
std::string_view take_name(std::string_view& path, bool& is_last) {
  const auto dot = path.find('.');
  is_last = dot == std::string_view::npos;
  const std::string_view name = path.substr(0, dot);
  path.remove_prefix(is_last ? path.size() : dot + 1);
  return name;
}

}  // namespace

PathNode::Child::Child(std::string_view the_name)
    : name(the_name), head(head_of(the_name)), node(std::make_shared<PathNode>()) {
  if (name.size() >= sizeof head || name.find_first_of("\"\\") != std::string::npos) return;
  quoted_head = head | std::uint64_t{'"'} << (8 * name.size());
  quoted_mask = ~std::uint64_t{0} >> (8 * (sizeof head - 1 - name.size()));
}

const PathNode::Child* PathNode::find_hashed(std::string_view name) const {
  for (std::size_t i = hash_of(name) % by_hash.size(); by_hash[i] != 0; i = (i + 1) % by_hash.size()) {
    const Child& c = children[by_hash[i] - 1];
    if (c.name == name) return &c;
  }
  return nullptr;
}

const PathNode* PathNode::descend(std::string_view key) const {
  const PathNode* node = this;
  for (bool is_last = false; node != nullptr && !is_last;) node = node->child(take_name(key, is_last));
  return node;
}

const PathNode* PathTree::find(std::string_view path) const {
  return path.empty() ? root_.get() : root_->descend(path);
}

PathNode& PathTree::own(std::string_view path) {
  PathNode* node = &pattern::own(root_);
  for (bool is_last = path.empty(); !is_last;) {
    const std::string_view name = take_name(path, is_last);
    const std::size_t at = place_of(*node, name);
    PathNode::Child& child = at == node->children.size() ? add_child(*node, name) : node->children[at];
    node = &pattern::own(child.node);
  }
  if (node->path == kNoPath) {
    if (free_ && !free_->empty()) {
      std::vector<std::uint32_t>& free = pattern::own(free_);
      node->path = free.back();
      free.pop_back();
    } else {
      node->path = paths_++;
    }
  }
  return *node;
}

void PathTree::forget(std::string_view path) {
  std::vector<PathNode*> way{&pattern::own(root_)};
  std::vector<std::size_t> places;
  for (bool is_last = path.empty(); !is_last;) {
    const std::string_view name = take_name(path, is_last);
    const std::size_t at = place_of(*way.back(), name);
    places.push_back(at);
    way.push_back(&pattern::own(way.back()->children[at].node));
  }
  pattern::own(free_).push_back(std::exchange(way.back()->path, kNoPath));
  while (way.size() > 1 && way.back()->path == kNoPath && way.back()->children.empty()) {
    way.pop_back();
    way.back()->children.erase(way.back()->children.begin() + static_cast<std::ptrdiff_t>(places.back()));
    make_hash(*way.back());
    places.pop_back();
  }
}

}  // namespace athanor::pattern
