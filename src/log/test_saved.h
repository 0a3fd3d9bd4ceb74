// For tests: what a work writes into a snapshot.
#pragma once

#include <string>

namespace athanor::log {

template <class Work>
std::string saved(const Work& work) {
  std::string bytes;
  work.save(bytes);
  return bytes;
}

}  // namespace athanor::log
