#include "pattern/wildcard_complexity.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace athanor::pattern {
namespace {

// At most this many sets of places are examined. Our number: single wildcards, however long, stay far below it.
constexpr std::size_t kPlaceSetsMax = 20'000;

constexpr int kStar = -1;
constexpr int kOtherByte = -2;  // one that no wildcard mentions

// The bytes of a wildcard, with its escapes resolved.
std::vector<int> symbols_of(std::string_view wildcard) {
  std::vector<int> symbols;
  for (std::size_t i = 0; i < wildcard.size(); ++i) {
    if (wildcard[i] == '*') {
      symbols.push_back(kStar);
      continue;
    }
    if (wildcard[i] == '\\' && i + 1 < wildcard.size()) ++i;
    symbols.push_back(static_cast<unsigned char>(wildcard[i]));
  }
  return symbols;
}

// A wildcard, and how many of its symbols have been passed.
using Place = std::pair<std::uint32_t, std::uint32_t>;
using Places = std::vector<Place>;  // ascending, each once

class Walk {
 public:
  explicit Walk(const std::set<std::string>& wildcards) {
    for (const std::string& wildcard : wildcards) wildcards_.push_back(symbols_of(wildcard));
  }

  bool meets_too_many() const {
    Places start;
    for (std::uint32_t w = 0; w < wildcards_.size(); ++w) start.emplace_back(w, 0);
    std::set<Places> seen{start};
    for (std::vector<Places> due{start}; !due.empty();) {
      const Places from = std::move(due.back());
      due.pop_back();
      for (const int byte : bytes_of_interest(from)) {
        Places to = behind(from, byte);
        if (complexity(to) > kWildcardComplexityMax || seen.size() > kPlaceSetsMax) return true;
        if (seen.insert(to).second) due.push_back(std::move(to));
      }
    }
    return false;
  }

 private:
  bool is_star(Place place) const {
    return place.second < wildcards_[place.first].size() && wildcards_[place.first][place.second] == kStar;
  }

  // A star that may begin counts in addition to the place before it.
  std::size_t complexity(const Places& places) const {
    std::size_t count = places.size();
    for (const Place& place : places) {
      if (is_star(place) && !std::binary_search(places.begin(), places.end(), Place{place.first, place.second + 1}))
        ++count;
    }
    return count;
  }

  std::set<int> bytes_of_interest(const Places& places) const {
    std::set<int> bytes{kOtherByte};
    for (const auto& [w, passed] : places) {
      const std::size_t next = passed + (is_star({w, passed}) ? 1 : 0);
      if (next < wildcards_[w].size()) bytes.insert(wildcards_[w][next]);
    }
    return bytes;
  }

  Places behind(const Places& places, int byte) const {
    Places next;
    for (const auto& [w, passed] : places) {
      const std::vector<int>& symbols = wildcards_[w];
      std::uint32_t at = passed;
      if (at > 0 && symbols[at - 1] == kStar) next.emplace_back(w, at);  // the star takes the byte too
      if (is_star({w, at})) next.emplace_back(w, ++at);
      if (at < symbols.size() && symbols[at] == byte) next.emplace_back(w, at + 1);
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    return next;
  }

  std::vector<std::vector<int>> wildcards_;
};

}  // namespace

bool are_too_complex(const std::vector<std::string>& wildcards) {
  return !wildcards.empty() && Walk{{wildcards.begin(), wildcards.end()}}.meets_too_many();
}

}  // namespace athanor::pattern
