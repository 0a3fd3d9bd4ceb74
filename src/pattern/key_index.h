// From a key's hash to the alternatives that are looked at when an event has that key. Versions share what is equal.
//
// Extendible hashing: a directory over small pages; a full page is split in two, so that no change ever moves more than
// a page, and a directory of pointers at most. Of one key among a million, five cache lines are touched.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace athanor::pattern {

class KeyIndex {
 public:
  // The values of a key, ascending. The span is good until this version changes.
  std::span<const std::uint32_t> find(std::uint64_t key) const;

  void add(std::uint64_t key, std::uint32_t value);     // which it does not have yet
  void remove(std::uint64_t key, std::uint32_t value);  // which it has
  bool empty() const { return directory_.empty(); }

 private:
  // A key beside its value, so that both come with one cache line; in halves, so that nothing is left between two
  // slots.
  struct Slot {
    std::uint32_t low = 0, high = 0;  // halves of the key; 0: free
    std::uint32_t value = 0;          // the one value, or kList and a number in `lists`
    std::uint64_t key() const { return low | std::uint64_t{high} << 32; }
  };
  struct Slots {
    const Slot* first = nullptr;
    std::size_t mask = 0;  // how many there are, less one

    // Where the key stands, or the free slot where it would, by linear probing. The directory has used the leading
    // bits.
    std::size_t place(std::uint64_t key) const {
      std::size_t i = key & mask;
      while (first[i].key() != 0 && first[i].key() != key) i = (i + 1) & mask;
      return i;
    }
  };
  struct Page {
    unsigned depth = 0;      // how many leading bits its keys share
    std::uint32_t used = 0;  // slots
    std::vector<Slot> slots;
    std::vector<std::shared_ptr<std::vector<std::uint32_t>>> lists;
    std::vector<std::uint32_t> free_lists;

    Slots all() const { return {slots.data(), slots.size() - 1}; }
    std::size_t place(std::uint64_t key) const { return all().place(key); }
    void put(std::uint64_t key, std::uint32_t value);
    void resize(std::size_t count);
  };

  std::size_t place(std::uint64_t key) const { return depth_ == 0 ? 0 : key >> (64 - depth_); }
  Page& own_page(std::uint64_t key);
  void split(std::uint64_t key);
  void look_at_page(std::uint64_t key);

  // 2^depth_ of them; pages of a smaller depth stand in several places.
  std::vector<std::shared_ptr<Page>> directory_;
  std::vector<Slots> slots_;  // of the same pages, so that a search waits for one cache line less
  unsigned depth_ = 0;
};

}  // namespace athanor::pattern
