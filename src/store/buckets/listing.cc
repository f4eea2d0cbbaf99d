// Listing keys by their bytes; what is below a common prefix is passed over by one seek, however
// many keys it has.

#include <optional>
#include <utility>

#include "store/buckets/facts_codec.h"
#include "store/buckets/file_bucket_store.h"

namespace ticklake::store {
namespace {

// The least text greater than all that begin with `prefix`; nothing if there is none.
std::optional<std::string> After(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

class Listing {
 public:
  Listing(SqliteSession& db, int64_t bucket, const ListRequest& request)
      : db_(db), bucket_(bucket), request_(request) {}

  Result<ListPage> Run() {
    std::optional<std::string> from = Start();
    while (from && !page_.more) {
      TL_ASSIGN(from, From(*from));
    }
    return std::move(page_);
  }

 private:
  /// Where the first key is looked for.
  std::optional<std::string> Start() const {
    if (request_.after < request_.prefix) return request_.prefix;
    if (!request_.after.starts_with(request_.prefix)) return std::nullopt;
    if (const std::string common = CommonPrefix(request_.after); !common.empty()) {
      return After(common);
    }
    return request_.after + '\0';
  }

  /// "": the key is listed by itself.
  std::string CommonPrefix(const std::string& key) const {
    if (request_.delimiter.empty()) return {};
    const size_t at = key.find(request_.delimiter, request_.prefix.size());
    return at == std::string::npos ? std::string() : key.substr(0, at + request_.delimiter.size());
  }

  /// Lists keys from there on, up to a common prefix; where to go on after that.
  Result<std::optional<std::string>> From(const std::string& start) {
    auto select = db_.Query(
        "SELECT key, size, modified, etag, checksums, parts, headers FROM objects "
        "WHERE bucket = ? AND key >= ? ORDER BY key");
    select->Bind(bucket_).BindBlob(start);
    while (true) {
      TL_ASSIGN(const bool row, select->Step());
      if (!row) return std::nullopt;
      std::string key(select->Blob(0));
      if (!key.starts_with(request_.prefix)) return std::nullopt;
      page_.more = page_.entries.size() >= request_.limit;
      if (page_.more) return std::nullopt;
      ListPage::Entry& entry = page_.entries.emplace_back();
      if (std::string common = CommonPrefix(key); !common.empty()) {
        entry.is_prefix = true;
        entry.object.key = common;
        return After(std::move(common));
      }
      entry.object.key = std::move(key);
      entry.object.size = static_cast<uint64_t>(select->Int(1));
      entry.object.modified = select->Int(2);
      entry.object.facts.etag = select->Text(3);
      TL_ASSIGN(entry.object.facts.checksums, DecodeFacts(select->Blob(4)));
      TL_ASSIGN(entry.object.parts, DecodeSizes(select->Blob(5)));
      TL_ASSIGN(entry.object.facts.headers, DecodeFacts(select->Blob(6)));
    }
  }

  SqliteSession& db_;
  const int64_t bucket_;
  const ListRequest& request_;
  ListPage page_;
};

}  // namespace

Result<ListPage> FileBucketStore::List(const std::string& bucket, const ListRequest& request) {
  return index_->View([&](SqliteSession& db) -> Result<ListPage> {
    TL_ASSIGN(const int64_t id, BucketId(db, bucket));
    return Listing(db, id, request).Run();
  });
}

}  // namespace ticklake::store
