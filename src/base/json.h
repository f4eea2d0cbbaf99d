// Json: JSON texts as values whose numbers are exactly what was written.
//
// As boost::json::parse, but a number with a fraction or an exponent becomes the double that is
// nearest to it; Boost's own reader (1.81) misses it by a bit now and then, so that what is read
// and written again would creep. For texts that are kept or passed on. Threading: pure functions.
#pragma once

#include <string_view>

#include <boost/json.hpp>

namespace ticklake {

/// As boost::json::parse with the same options.
boost::json::value ParseJson(std::string_view text, boost::system::error_code& error,
                             const boost::json::parse_options& options = {});
/// The same; throws boost::system::system_error.
boost::json::value ParseJson(std::string_view text);

}  // namespace ticklake
