// Texts that many share, each written once into a snapshot and named by its number.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace athanor::log {

// Gives each text the number of its first appearance, from 1. The texts stay where they are for as long as it lives.
class TextTable {
 public:
  std::uint64_t number_of(const std::string& text) {
    // Nearly all are found by their address; equal texts at two addresses still get one number.
    const auto [known, is_new_address] = by_address_.try_emplace(&text);
    if (is_new_address) {
      const auto [entry, is_new] = by_text_.emplace(text, texts_.size() + 1);
      if (is_new) texts_.push_back(text);
      known->second = entry->second;
    }
    return known->second;
  }
  // By their numbers.
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::unordered_map<const std::string*, std::uint64_t> by_address_;
  std::map<std::string_view, std::uint64_t> by_text_;
  std::vector<std::string_view> texts_;
};

}  // namespace athanor::log
