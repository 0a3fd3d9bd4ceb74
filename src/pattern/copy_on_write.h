// Pieces shared between versions of a rule set. A piece is copied before it is changed, unless it has only one owner.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace athanor::pattern {

// The piece, for changing: replaced by a copy if another version shares it; created if there is none.
template <class T>
T& own(std::shared_ptr<T>& piece) {
  if (!piece) {
    piece = std::make_shared<T>();
  } else if (piece.use_count() > 1) {
    piece = std::make_shared<T>(*piece);
  } else {
    // Another thread may have dropped the last other version: its reads must come before our writes.
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  return *piece;
}

// A growing array in pages.
template <class T>
class SharedArray {
 public:
  std::size_t size() const { return size_; }
  const T& operator[](std::size_t i) const { return (*pages_[i / kPage])[i % kPage]; }
  T& own(std::size_t i) { return pattern::own(pages_[i / kPage])[i % kPage]; }
  void push_back(T value) {
    if (size_ % kPage == 0) pages_.push_back(std::make_shared<Page>());
    pattern::own(pages_.back())[size_++ % kPage] = std::move(value);
  }

 private:
  static constexpr std::size_t kPage = 256;
  using Page = std::array<T, kPage>;
  std::vector<std::shared_ptr<Page>> pages_;
  std::size_t size_ = 0;
};

}  // namespace athanor::pattern
