// Whether a page of another site may have sent a request, from a browser on this machine.
//
// A server that takes any key has nothing else to keep such pages out by, and they could run programs here: a browser
// sends a plain POST to any address, and where the page's own name is made to lead to this machine it shows the page
// the answer, too.
#pragma once

#include <optional>

#include "base/error.h"
#include "http/message.h"

namespace athanor::server {

// AccessDenied when the browser says that another site asks, which no client of AWS does, or when Host is a name that
// somebody could own in the Internet's name service.
std::optional<Error> refuse_foreign_page(const http::Request& request);

}  // namespace athanor::server
