// Where a paginated list continues: the tokens of every service.
#pragma once

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

}  // namespace athanor::service
