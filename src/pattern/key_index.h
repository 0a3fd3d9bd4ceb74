// From a key's hash to the alternatives to examine when an event has that key. Versions share what is equal.
//
// Extendible hashing: a directory over small pages; a full page is split in two, so a change moves one page at most,
// and perhaps a directory of pointers. Finding one key among a million touches five cache lines.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace athanor::pattern {

class KeyIndex {
 public:
  // The values of a key, ascending. The span is valid until this version changes.
  std::span<const std::uint32_t> find(std::uint64_t key) const;

  void add(std::uint64_t key, std::uint32_t value);     // which the key does not have yet
  void remove(std::uint64_t key, std::uint32_t value);  // which the key has
  bool empty() const { return directory_.empty(); }

 private:
  // A key next to its value, so that both come with one cache line; in halves, so that there is no padding between
  // slots.
  struct Slot {
    std::uint32_t low = 0, high = 0;  // halves of the key; 0: free
    std::uint32_t value = 0;          // the only value, or kList and an index in `lists`
    std::uint64_t key() const { return low | std::uint64_t{high} << 32; }
  };
  struct Slots {
    const Slot* first = nullptr;
    std::size_t mask = 0;  // their number, less one

    // Where the key is, or the free slot where it would be, by linear probing. The directory uses up the leading bits.
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

  // 2^depth_ of them; pages of a smaller depth appear several times.
  std::vector<std::shared_ptr<Page>> directory_;
  std::vector<Slots> slots_;  // of the same pages, so that a search waits for one cache line fewer
  unsigned depth_ = 0;
};

}  // namespace athanor::pattern
