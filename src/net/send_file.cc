#include "net/send_file.h"

#include <pthread.h>
#include <sys/sendfile.h>

#include <csignal>

namespace ticklake::net {
namespace {

/// The signal goes to the thread that sends, which never unblocks it.
bool BlockSigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  return pthread_sigmask(SIG_BLOCK, &pipe, nullptr) == 0;
}

}  // namespace

ssize_t SendFile(int socket, const File& file, off_t* at, size_t size) {
  thread_local const bool blocked = BlockSigpipe();
  (void)blocked;
  return ::sendfile(socket, file.Descriptor(), at, size);
}

}  // namespace ticklake::net
