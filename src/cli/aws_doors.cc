#include "cli/aws_doors.h"

#include <algorithm>
#include <iterator>

#include "aws/s3/address.h"
#include "aws/s3/cors.h"
#include "base/log.h"
#include "cli/crawl_explain.h"
#include "lake/table/foreign_files.h"
#include "net/address.h"

namespace ticklake::cli {
namespace {

// Whether the rules of its bucket let a page of another place send this.
bool CorsAllows(store::BucketStore& buckets, const net::HttpRequest& http) {
  const auto address = aws::s3::AddressOf(http);
  if (!address) return false;
  const auto bucket = buckets.GetBucket(address->bucket);
  if (!bucket || !bucket->facts.contains("cors")) return false;
  const auto rules = aws::s3::ParseCors(bucket->facts.at("cors"));
  return rules && aws::s3::FindRule(*rules, {.origin = http.headers.at("origin"),
                                             .method = http.method,
                                             .headers = {}}) != nullptr;
}

Result<std::unique_ptr<lake::crawler::Crawlers>> OpenCrawlers(const LakeDir& lake,
                                                              const std::string& data) {
  using lake::crawler::StoredPlace;
  lake::crawler::CrawlersOptions options;
  options.catalog = lake.catalog.get();
  options.clock = &SystemClock();
  options.find = [files = lake.files.get()](const std::string& uri) -> Result<StoredPlace> {
    TL_ASSIGN(store::StorePlace place, files->Find(uri));
    return StoredPlace{place.store, std::move(place.key)};
  };
  options.explain = [data](const auto& plans, double seconds) {
    return CrawlExplanation(plans, seconds, data);
  };
  return lake::crawler::Crawlers::Open(std::move(options));
}

// What is known of crawlers lies in the catalog, and one in AWS Glue has crawlers of its own.
constexpr std::string_view kCrawlInGlue =
    "the catalog of this instance is AWS Glue: crawlers are there, ask it at its own address; or "
    "run `ticklake crawl s3://BUCKET/PREFIX --catalog glue`";

std::vector<aws::glue::Operation> AllOperations(aws::glue::DataCatalog& catalog,
                                                aws::glue::CrawlerOperations* crawling) {
  std::vector<aws::glue::Operation> operations = catalog.Operations();
  std::ranges::move(crawling != nullptr ? crawling->Operations()
                                        : aws::glue::CrawlerOperations::Refused(kCrawlInGlue),
                    std::back_inserter(operations));
  return operations;
}

aws::s3::LakeWrites WritesOf(const LakeDir& lake, store::BucketStore* staging) {
  return {
      .staging = staging,
      .may_create =
          [&lake](const std::string& key) { return lake::CheckNewTableFile(*lake.catalog, key); },
      .deletions = [&lake]() -> aws::s3::LakeWrites::MayDelete {
        return [check = std::make_shared<lake::DeletionCheck>(*lake.tables)](
                   const std::string& key, bool taken) { return check->Check(key, taken); };
      }};
}

}  // namespace

struct AwsDoors::Stores {
  store::BucketStore* buckets;
  std::unique_ptr<store::BucketStore> uploads;
  Nanos lake_made;
};

AwsDoors::AwsDoors(const LakeDir& lake, Stores stores, CrawlersPtr crawlers)
    : uploads_(std::move(stores.uploads)),
      lake_bucket_(std::string(aws::s3::kLakeBucket), *lake.store, WritesOf(lake, uploads_.get()),
                   stores.lake_made),
      s3_({.buckets = stores.buckets, .lake = &lake_bucket_, .clock = &SystemClock()}),
      catalog_({.catalog = lake.catalog.get(),
                .lake = lake.store.get(),
                .lake_uri = kLakeBucketUri,
                .files = lake.files.get()}),
      crawlers_(std::move(crawlers)),
      crawling_(crawlers_
                    ? std::make_unique<aws::glue::CrawlerOperations>(*crawlers_, *lake.catalog)
                    : nullptr),
      glue_(AllOperations(catalog_, crawling_.get())) {}

Result<std::unique_ptr<AwsDoors>> AwsDoors::Open(const AwsDoorOptions& options,
                                                 const LakeDir& lake) {
  TL_ASSIGN(const auto listen, net::ParseHostPort(options.listen));
  store::BucketStore* buckets = nullptr;
  // Those of a lake on S3 are there, for SQL and crawls, too: others of the same names would lie.
  if (!lake.place.OnS3()) {
    TL_ASSIGN(buckets, lake.buckets->Open());
  }
  // Nobody reads what is staged by its path.
  TL_ASSIGN(auto uploads, store::OpenBucketStore(*options.fs, options.uploads, SystemClock(),
                                                 {.readers_may_take = 0}));
  CrawlersPtr crawlers;
  if (!lake.place.InGlue()) {
    TL_ASSIGN(crawlers, OpenCrawlers(lake, options.data));
  }
  auto doors = std::unique_ptr<AwsDoors>(
      new AwsDoors(lake, {buckets, std::move(uploads), options.lake_made}, std::move(crawlers)));
  if (const auto recovered = doors->lake_bucket_.Recover(); !recovered) {
    spdlog::warn("aws: uploads that an earlier run left stay for now: {}",
                 recovered.error().message);
  }
  doors->host_ = listen.host;
  if (buckets != nullptr) {
    doors->lifecycle_ = std::make_unique<aws::s3::LifecycleRunner>(
        *buckets, SystemClock(), aws::s3::LifecycleOptions{.metrics = options.metrics});
    doors->lifecycle_->Start();
  }
  aws::DoorOptions door;
  door.listen = listen;
  door.clock = &SystemClock();
  door.s3 = &doors->s3_;
  door.glue = &doors->glue_;
  door.ready = options.ready;
  door.keys = options.keys;
  door.metrics = options.metrics;
  door.bucket_of_host = aws::s3::BucketOfHost;
  door.cors_allows = [buckets](const net::HttpRequest& http) {
    return buckets != nullptr && CorsAllows(*buckets, http);
  };
  TL_ASSIGN(doors->door_, aws::Door::Open(std::move(door)));
  return doors;
}

std::string AwsDoors::address() const { return net::HostPort{host_, door_->port()}.ToString(); }
void AwsDoors::Stop() {
  door_->Stop();
  if (lifecycle_) lifecycle_->Stop();
}

}  // namespace ticklake::cli
