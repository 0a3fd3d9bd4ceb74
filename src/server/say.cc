#include "server/say.h"

#include <fmt/format.h>

#include <cstdio>

namespace athanor::server {

void say(std::string_view text) { (void)std::fputs(fmt::format("athanor: {}\n", text).c_str(), stderr); }

void say(const Error& error) {
  say(error.detail.empty() ? error.message : fmt::format("{} ({})", error.message, error.detail));
}

}  // namespace athanor::server
