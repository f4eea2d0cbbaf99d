// Door: the one port of the AWS services: who is meant, who asks, and is it signed.
//
// A request is for Glue or Athena by X-Amz-Target, for STS by its Action, else for S3 (by path, or
// by host: bucket.localhost, bucket.s3.…). Limits hold before a signature is looked at; a service
// sees only what is signed by a key there is, or anything at all while there are no keys, on
// loopback. Threading: as HttpServer. Does not: know what the services do.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/service.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/address.h"

namespace ticklake::aws {

class KeyStore;

struct DoorOptions {
  net::HostPort listen;
  std::string listen_option = "--aws-listen";
  KeyStore* keys = nullptr;
  const Clock* clock = nullptr;
  Service* s3 = nullptr;
  Service* glue = nullptr;      ///< all of them outlive the door
  std::function<bool()> ready;  ///< for /_ticklake/health
  /// The bucket that a Host names, "" for none: see aws/s3/address.h.
  std::function<std::string(std::string_view host)> bucket_of_host;
  /// Whether a page of another place may send this, by its bucket's CORS rules; none: never.
  std::function<bool(const net::HttpRequest&)> cors_allows;
  Metrics* metrics = nullptr;
};

class Door {
 public:
  /// kAuth: an address that others reach, and no keys. kIo as HttpServer.
  static Result<std::unique_ptr<Door>> Open(DoorOptions options);
  ~Door();
  uint16_t port() const;
  void Stop();

 private:
  class Parts;
  explicit Door(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ticklake::aws
