// Whether a request may come from another site's page, in a browser on this machine.
//
// A server that accepts any key has no other defence against such pages, and they could run programs here: a browser
// sends a plain POST to any address, and if the page's own name is made to resolve to this machine, it also lets the
// page read the answer.
#pragma once

#include <optional>

#include "base/error.h"
#include "http/message.h"

namespace athanor::server {

// AccessDenied when the browser says that another site is asking, which no AWS client does, or when Host is a name that
// someone could own in public DNS.
std::optional<Error> refuse_foreign_page(const http::Request& request);

}  // namespace athanor::server
