// SendFile: bytes from a file to a socket, without a copy in this process.
//
// Threading: any; the calling thread blocks SIGPIPE from then on. Does not: wait, or send it all.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "base/fs.h"

namespace ticklake::net {

/// As sendfile(2), from *at on, which is moved; 0: the file ends there. `file` has a descriptor. A
/// client that is gone is EPIPE or ECONNRESET, as of a send with MSG_NOSIGNAL: sendfile knows no
/// such flag, and its SIGPIPE would end the process.
ssize_t SendFile(int socket, const File& file, off_t* at, size_t size);

}  // namespace ticklake::net
