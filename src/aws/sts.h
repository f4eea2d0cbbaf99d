// StsService: AWS's Security Token Service (Query protocol, version 2011-06-15): who am I, and
// credentials for a while.
//
// A role is a name only: its session may do what the key that asked for it may. Session policies,
// which would narrow that, are refused, not ignored. Threading: as Service.
#pragma once

#include <map>
#include <string>

#include "aws/authenticator.h"
#include "aws/service.h"
#include "base/clock.h"

namespace ticklake::aws {

class XmlWriter;

class StsService : public Service {
 public:
  /// Both outlive it.
  StsService(const Authenticator& auth, const Clock& clock) : auth_(auth), clock_(clock) {}

  void Serve(const Request& request, net::HttpReply& reply) override;
  void Refuse(const net::HttpRequest& http, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override;

 private:
  using Form = std::map<std::string, std::string>;

  /// Writes the elements of the action's result.
  AwsResult<void> Do(const std::string& action, const Form& form, const Caller& caller,
                     XmlWriter& xml);
  AwsResult<void> AssumeRole(const Form& form, const Caller& caller, XmlWriter& xml);
  /// New credentials that act as `session`.
  AwsResult<void> Credentials(const Form& form, const Caller& caller, const Caller& session,
                              XmlWriter& xml);

  const Authenticator& auth_;
  const Clock& clock_;
};

}  // namespace ticklake::aws
