// Where a list that is given in pages goes on: the tokens of every service.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace athanor::service {

// The token of the page behind the item of this name, in the list that `operation` ("ListRules") gives.
std::string page_token(std::string_view operation, std::string_view last_name);

// The name that `page_token` was given: the page begins behind it. Empty, before all names, without a token. nullopt
// when the token is none of this operation's. A token says where its page begins, and so never expires.
std::optional<std::string> name_before_page(std::string_view operation, const std::optional<std::string>& token);

}  // namespace athanor::service
