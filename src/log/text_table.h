// Texts used in many places, each written once into a snapshot and referred to by number.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace athanor::log {

// Numbers the texts from 1, in order of first appearance. The texts must stay where they are while the table lives.
class TextTable {
 public:
  std::uint64_t number_of(const std::string& text) {
    // Nearly all are found by address; equal texts at different addresses still share one number.
    const auto [known, is_new_address] = by_address_.try_emplace(&text);
    if (is_new_address) {
      const auto [entry, is_new] = by_text_.emplace(text, texts_.size() + 1);
      if (is_new) texts_.push_back(text);
      known->second = entry->second;
    }
    return known->second;
  }
  // In the order of their numbers.
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::unordered_map<const std::string*, std::uint64_t> by_address_;
  std::map<std::string_view, std::uint64_t> by_text_;
  std::vector<std::string_view> texts_;
};

}  // namespace athanor::log
