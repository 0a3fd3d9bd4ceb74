// Who is at the other end of a connection on this machine.
#pragma once

namespace athanor::http {

// Whether the other end of a TCP connection over 127.0.0.0/8 is a socket of this process's user. Also true when the
// kernel does not say; false once that end has been closed. A few system calls; never blocks.
bool is_own_users(int connection);

}  // namespace athanor::http
