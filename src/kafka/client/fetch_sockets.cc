#include "kafka/client/fetch_sockets.h"

#include <algorithm>
#include <utility>

#include "kafka/protocol/metadata.h"
#include "kafka/protocol/request.h"

namespace ticklake::kafka {
namespace {

using protocol::ApiKey;

constexpr int16_t kApiVersionsVersion = 0;
constexpr int kMostAhead = 16;  // connections, and 4 MiB of memory each
constexpr size_t kMostResting = 16;
constexpr Nanos kRestFor = 60 * kNanosPerSecond;  // brokers let go of them after minutes

Result<void> CheckVersion(FrameSocket& socket, const net::HostPort& leader) {
  TL_TRY(socket.Send(protocol::EncodeRequest(
      protocol::ApiVersionsRequest{},
      {.version = kApiVersionsVersion, .correlation_id = 0, .client_id = kFetchClientId})));
  TL_ASSIGN(const std::string frame, socket.Receive(kMaxFetchFrame));
  TL_ASSIGN(const auto answer,
            protocol::DecodeResponse<protocol::ApiVersionsResponse>(frame, kApiVersionsVersion, 0));
  for (const auto& api : answer.apis) {
    const bool fetch = api.key == static_cast<int16_t>(ApiKey::kFetch);
    if (fetch && api.lowest <= kFetchVersion && api.highest >= kFetchVersion) return {};
  }
  return Fail(Code::kUnsupported, "{}: does not speak Fetch version {}", leader.ToString(),
              kFetchVersion);
}

}  // namespace

Result<std::unique_ptr<FrameSocket>> FetchSockets::Take(const net::HostPort& leader) {
  {
    const std::lock_guard lock(mutex_);
    const Nanos now = SystemClock().Monotonic();
    std::erase_if(resting_, [&](const Resting& each) {
      return now - each.since > kRestFor || !each.socket->IsQuiet();
    });
    // The newest: so those that are too many grow old.
    const auto at = std::ranges::find(resting_.rbegin(), resting_.rend(), leader, &Resting::leader);
    if (at != resting_.rend()) {
      auto socket = std::move(at->socket);
      resting_.erase(std::next(at).base());
      return socket;
    }
  }
  TL_ASSIGN(auto socket, FrameSocket::Connect(leader, timeout_));
  TL_TRY(CheckVersion(*socket, leader));
  return socket;
}

void FetchSockets::Give(const net::HostPort& leader, std::unique_ptr<FrameSocket> socket) {
  const std::lock_guard lock(mutex_);
  resting_.push_back({leader, std::move(socket), SystemClock().Monotonic()});
  if (resting_.size() > kMostResting) resting_.erase(resting_.begin());
}

bool FetchSockets::BeginAhead() {
  const std::lock_guard lock(mutex_);
  if (ahead_ >= kMostAhead) return false;
  ++ahead_;
  return true;
}

void FetchSockets::EndAhead() {
  const std::lock_guard lock(mutex_);
  --ahead_;
}

}  // namespace ticklake::kafka
