// Matching wildcards against a text: one, or many in a single pass.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

namespace athanor::pattern {

// `*` stands for any run of characters, `\*` and `\\` for a literal `*` and `\`. Time grows with the text, not with
// text times wildcard.
bool wildcard_matches(std::string_view wildcard, std::string_view text);

// Which of many wildcards match one long text. Each is identified by where its characters are in memory.
class WildcardVerdicts {
 public:
  // Wildcards times bytes of the text above which a single pass is worth its preparation. Our number, measured.
  static constexpr std::size_t kWorthIt = 1'000'000;

  // Decides all of them, in time that grows with the text and with the wildcards, not with their product. If that would
  // take too much memory, find() knows none of them: use wildcard_matches() then.
  WildcardVerdicts(std::vector<std::string_view> wildcards, std::string_view text);

  // nullptr: not known here.
  const bool* find(std::string_view wildcard) const {
    const auto found = verdicts_.find(wildcard.data());
    return found == verdicts_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<const char*, bool> verdicts_;
};

}  // namespace athanor::pattern
