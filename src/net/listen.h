// Opening a listening TCP socket, with errors that a user can act on.
#pragma once

#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "net/address.h"

namespace ticklake::net {

/// Resolves `address`, binds and listens on `context`. `option` is what the user would change, for
/// the message: "--kafka-listen". Blocks on name resolution only.
/// Errors: kIo ("cannot listen on 127.0.0.1:9092: address already in use; …").
Result<boost::asio::ip::tcp::acceptor> Listen(boost::asio::io_context& context,
                                              const HostPort& address, std::string_view option);

}  // namespace ticklake::net
