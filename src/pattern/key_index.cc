#include "pattern/key_index.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/assert.h"
#include "pattern/copy_on_write.h"

namespace athanor::pattern {
namespace {

constexpr std::uint32_t kList = 0x8000'0000;
constexpr std::size_t kSlotsMin = 8;
constexpr std::size_t kSlotsMax = 128;
// A directory never has more than 2^this entries: pages whose keys share more bits, by bad luck or design, grow
// instead.
constexpr unsigned kDepthMax = 20;

// 0 marks a free slot.
std::uint64_t stored(std::uint64_t key) { return key == 0 ? 1 : key; }

}  // namespace

void KeyIndex::Page::put(std::uint64_t key, std::uint32_t value) {
  slots[place(key)] = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32), value};
  ++used;
}

void KeyIndex::Page::resize(std::size_t count) {
  const auto old = std::exchange(slots, std::vector<Slot>(count));
  used = 0;
  for (const Slot& slot : old) {
    if (slot.key() != 0) put(slot.key(), slot.value);
  }
}

std::span<const std::uint32_t> KeyIndex::find(std::uint64_t key) const {
  if (directory_.empty()) return {};
  key = stored(key);
  const Slots& slots = slots_[place(key)];
  const Slot& slot = slots.first[slots.place(key)];
  if (slot.key() == 0) return {};
  const std::uint32_t& value = slot.value;
  if ((value & kList) == 0) return {&value, 1};
  return *directory_[place(key)]->lists[value & ~kList];
}

// Called after the slots of the key's page have moved.
void KeyIndex::look_at_page(std::uint64_t key) {
  const Page& page = *directory_[place(key)];
  const std::size_t places = std::size_t{1} << (depth_ - page.depth);
  slots_.resize(directory_.size());
  std::fill_n(slots_.begin() + static_cast<std::ptrdiff_t>(place(key) / places * places), places, page.all());
}

// The page of the key, for changing, replaced wherever it is in the directory.
KeyIndex::Page& KeyIndex::own_page(std::uint64_t key) {
  if (directory_.empty()) {
    directory_.push_back(std::make_shared<Page>());
    directory_[0]->resize(kSlotsMin);
  }
  std::shared_ptr<Page>& page = directory_[place(key)];
  const std::size_t places = std::size_t{1} << (depth_ - page->depth);
  if (static_cast<std::size_t>(page.use_count()) > places) {
    const auto copy = std::make_shared<Page>(*page);
    const std::size_t first = place(key) / places * places;
    std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), places, copy);
  }
  std::atomic_thread_fence(std::memory_order_acquire);  // as in copy_on_write.h
  look_at_page(key);
  return *directory_[place(key)];
}

// Splits a page into two, by one more bit of their keys.
void KeyIndex::split(std::uint64_t key) {
  const std::shared_ptr<Page> full = directory_[place(key)];
  if (full->depth == depth_) {
    std::vector<std::shared_ptr<Page>> doubled;
    doubled.reserve(directory_.size() * 2);
    for (const auto& page : directory_) doubled.insert(doubled.end(), 2, page);
    directory_ = std::move(doubled);
    ++depth_;
    slots_.clear();
    for (const auto& page : directory_) slots_.push_back(page->all());
  }
  const auto low = std::make_shared<Page>();
  const auto high = std::make_shared<Page>();
  low->depth = high->depth = full->depth + 1;
  low->resize(kSlotsMax);
  high->resize(kSlotsMax);
  for (const Slot& slot : full->slots) {
    if (slot.key() == 0) continue;
    Page& half = (slot.key() >> (63 - full->depth) & 1) != 0 ? *high : *low;
    std::uint32_t value = slot.value;
    if ((value & kList) != 0) {
      half.lists.push_back(full->lists[value & ~kList]);
      value = kList | static_cast<std::uint32_t>(half.lists.size() - 1);
    }
    half.put(slot.key(), value);
  }
  const std::size_t places = std::size_t{1} << (depth_ - full->depth);
  const auto first = directory_.begin() + static_cast<std::ptrdiff_t>(place(key) / places * places);
  const auto half = static_cast<std::ptrdiff_t>(places / 2);
  std::fill(first, first + half, low);
  std::fill(first + half, first + 2 * half, high);
  const auto slots = slots_.begin() + (first - directory_.begin());
  std::fill(slots, slots + half, low->all());
  std::fill(slots + half, slots + 2 * half, high->all());
}

void KeyIndex::add(std::uint64_t key, std::uint32_t value) {
  ATHANOR_ASSERT((value & kList) == 0);
  key = stored(key);
  Page* page = &own_page(key);
  if (Slot& slot = page->slots[page->place(key)]; slot.key() == key) {
    if ((slot.value & kList) == 0) {
      const auto list = std::make_shared<std::vector<std::uint32_t>>(1, slot.value);
      if (page->free_lists.empty()) {
        slot.value = kList | static_cast<std::uint32_t>(page->lists.size());
        page->lists.push_back(list);
      } else {
        slot.value = kList | page->free_lists.back();
        page->lists[page->free_lists.back()] = list;
        page->free_lists.pop_back();
      }
    }
    std::vector<std::uint32_t>& list = own(page->lists[slot.value & ~kList]);
    list.insert(std::lower_bound(list.begin(), list.end(), value), value);
    return;
  }
  while (page->used + 1 > page->slots.size() * 3 / 4) {
    if (page->slots.size() < kSlotsMax || page->depth == kDepthMax) {
      page->resize(page->slots.size() * 2);
      look_at_page(key);
    } else {
      split(key);
      page = &own_page(key);
    }
  }
  page->put(key, value);
}

void KeyIndex::remove(std::uint64_t key, std::uint32_t value) {
  key = stored(key);
  Page& page = own_page(key);
  Slot& slot = page.slots[page.place(key)];
  ATHANOR_ASSERT(slot.key() == key);
  if ((slot.value & kList) != 0) {
    const std::uint32_t number = slot.value & ~kList;
    std::vector<std::uint32_t>& list = own(page.lists[number]);
    list.erase(std::lower_bound(list.begin(), list.end(), value));
    if (!list.empty()) return;
    page.lists[number].reset();
    page.free_lists.push_back(number);
  }
  slot = {};
  page.resize(page.slots.size());  // what was after it moves up
  look_at_page(key);
}

}  // namespace athanor::pattern
