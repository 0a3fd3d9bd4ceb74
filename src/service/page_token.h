// Lists that come in pages, and the tokens that say where they continue, the same for every service.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::service {

// What identifies a list: the operation ("ListRules") and everything in the request except the page size, which may
// change from page to page. Source: API References, NextToken ("Keep all other arguments unchanged.").
using PagedList = std::initializer_list<std::string_view>;

// The token of the page after the item of this name.
std::string page_token(PagedList list, std::string_view last_name);

// The name that `page_token` was given: the page begins after it. Without a token, empty, which sorts before all names.
// nullopt when the token does not belong to this list. A token says where its page begins, and so never expires.
std::optional<std::string> name_before_page(PagedList list, const std::optional<std::string>& token);

// Calls show(item) for each item of the page after `before`, at most `count_max`. `items` are ordered by `name(item)`.
// Returns the token of the next page, nullopt when this is the last.
std::optional<std::string> show_page(PagedList list, std::string_view before, std::size_t count_max, const auto& items,
                                     const auto& name, const auto& show) {
  std::size_t count = 0;
  std::string_view last;
  for (const auto& item : items) {
    if (name(item) <= before) continue;
    if (count++ == count_max) return page_token(list, last);
    last = name(item);
    show(item);
  }
  return std::nullopt;
}

}  // namespace athanor::service
