// The place of a member in a request. A chain on the stack of whoever walks the request: it becomes text only in an
// error, and few requests have one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace athanor::api {

class Path {
 public:
  Path() = default;  // the request itself
  // What is borrowed must outlive the path.
  Path member(std::string_view name) const { return {this, name, 0, false}; }
  Path element(std::size_t number) const { return {this, {}, number, true}; }  // from 1
  Path entry(std::string_view key) const { return {this, key, 0, true}; }      // of a map

  // As AWS's messages write it: "entries.3.member.detailType".
  std::string text() const;

 private:
  Path(const Path* outer, std::string_view name, std::size_t number, bool is_inside)
      : outer_(outer), name_(name), number_(number), is_inside_(is_inside) {}

  const Path* outer_ = nullptr;
  std::string_view name_;
  std::size_t number_ = 0;
  bool is_inside_ = false;  // of a list or map
};

}  // namespace athanor::api
