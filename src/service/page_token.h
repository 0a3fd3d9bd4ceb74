// Where a list that is given in pages goes on: the tokens of every service.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::service {

// What a list is of: the operation ("ListRules"), and all that the request says but the page's size, which may change
// from page to page. Source: API References, NextToken ("Keep all other arguments unchanged.").
using PagedList = std::initializer_list<std::string_view>;

// The token of the page behind the item of this name.
std::string page_token(PagedList list, std::string_view last_name);

// The name that `page_token` was given: the page begins behind it. Empty, before all names, without a token. nullopt
// when the token is none of this list's. A token says where its page begins, and so never expires.
std::optional<std::string> name_before_page(PagedList list, const std::optional<std::string>& token);

}  // namespace athanor::service
