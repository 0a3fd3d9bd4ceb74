#include "pattern/key_index.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "base/random.h"

namespace athanor::pattern {
namespace {

using Model = std::map<std::uint64_t, std::set<std::uint32_t>>;

void expect_same(const KeyIndex& index, const Model& model, const std::vector<std::uint64_t>& keys) {
  for (const std::uint64_t key : keys) {
    const auto found = index.find(key);
    const auto expected = model.find(key);
    if (expected == model.end())
      ASSERT_TRUE(found.empty()) << key;
    else
      ASSERT_TRUE(std::equal(found.begin(), found.end(), expected->second.begin(), expected->second.end())) << key;
  }
}

// Compared with a plain map, through growth, splits, lists and removals; older versions stay as they were.
TEST(KeyIndex, HoldsWhatAPlainMapHolds) {
  base::Random random{5};
  std::vector<std::uint64_t> keys{0, ~std::uint64_t{0}};
  // Some keys share their leading bits, as with an unlucky hash.
  for (int i = 0; i < 3'000; ++i) keys.push_back(random.one_in(4) ? random.next() >> 20 : random.next());
  KeyIndex index;
  Model model;
  std::vector<std::pair<KeyIndex, Model>> versions;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = keys[random.below(keys.size())];
    const auto value = static_cast<std::uint32_t>(random.below(6));
    if (model[key].insert(value).second) {
      index.add(key, value);
    } else {
      index.remove(key, value);
      model[key].erase(value);
    }
    if (model[key].empty()) model.erase(key);
    if (i % 4'000 == 0) versions.emplace_back(index, model);
  }
  expect_same(index, model, keys);
  for (const auto& [version, then] : versions) expect_same(version, then, keys);
}

}  // namespace
}  // namespace athanor::pattern
