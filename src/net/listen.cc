#include "net/listen.h"

#include <cctype>

#include <boost/asio/io_context.hpp>

namespace ticklake::net {

using boost::asio::ip::tcp;

namespace {

// "Address already in use" reads better in the middle of a message.
std::string Reason(const boost::system::error_code& error) {
  std::string text = error.message();
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(text[0]));
  return text;
}

std::string_view NextStep(const boost::system::error_code& error) {
  if (error == boost::asio::error::address_in_use)
    return "stop the other process, or choose a free port with";
  if (error == boost::asio::error::access_denied) return "choose a port above 1023 with";
  return "choose an address of this machine with";
}

}  // namespace

Result<tcp::acceptor> Listen(boost::asio::io_context& context, const HostPort& address,
                             std::string_view option) {
  boost::system::error_code error;
  const auto failed = [&] {
    return Fail(Code::kIo, "cannot listen on {}: {}; {} {}", address.ToString(), Reason(error),
                NextStep(error), option);
  };
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) return failed();
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(context);
  (void)acceptor.open(endpoint.protocol(), error);
  if (error) return failed();
  // Lets a restart bind while connections of the last run are in TIME_WAIT; a live listener still
  // excludes us.
  (void)acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) (void)acceptor.bind(endpoint, error);
  if (!error) (void)acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return failed();
  return acceptor;
}

}  // namespace ticklake::net
