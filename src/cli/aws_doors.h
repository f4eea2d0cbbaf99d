// AwsDoors: the AWS endpoints of a running instance: its buckets, its catalog and the door.
//
// Wires aws/ to the data directory. Threading: Open and Stop from one thread. Invariant: the lake's
// tables are seen in the bucket `ticklake`, under the same names as in Glue. Does not: query.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/door.h"
#include "aws/glue/crawler_operations.h"
#include "aws/glue/data_catalog.h"
#include "aws/glue/glue_service.h"
#include "aws/keys.h"
#include "aws/s3/lake_bucket.h"
#include "aws/s3/lifecycle_runner.h"
#include "aws/s3/s3_service.h"
#include "base/fs.h"
#include "base/metrics.h"
#include "base/result.h"
#include "cli/lake_dir.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::cli {

struct AwsDoorOptions {
  std::string listen;             ///< HOST:PORT; port 0: any free one
  std::function<bool()> ready;    ///< for the health page
  FileSystem* fs = nullptr;       ///< outlives the doors
  std::string uploads = "";       ///< a folder for what is on its way into the lake
  Nanos lake_made = 0;            ///< told as the time at which the lake's bucket was made
  aws::KeyStore* keys = nullptr;  ///< outlives the doors
  Metrics* metrics = nullptr;     ///< outlives the doors
  std::string data = "";          ///< the data directory, for advice in what crawls report
};

class AwsDoors {
 public:
  /// `lake` outlives the doors. Errors: as Door::Open, OpenBucketStore.
  static Result<std::unique_ptr<AwsDoors>> Open(const AwsDoorOptions& options, const LakeDir& lake);
  /// "127.0.0.1:4566"
  std::string address() const;
  void Stop();

 private:
  using CrawlersPtr = std::unique_ptr<lake::crawler::Crawlers>;
  struct Stores;
  AwsDoors(const LakeDir& lake, Stores stores, CrawlersPtr crawlers);

  std::unique_ptr<store::BucketStore> uploads_;
  aws::s3::LakeBucket lake_bucket_;
  aws::s3::S3Service s3_;
  std::unique_ptr<aws::s3::LifecycleRunner> lifecycle_;  ///< null: there are no buckets here
  aws::glue::DataCatalog catalog_;
  CrawlersPtr crawlers_;  ///< null where the catalog cannot keep them: it is Glue itself
  std::unique_ptr<aws::glue::CrawlerOperations> crawling_;
  aws::glue::GlueService glue_;
  std::string host_;
  std::unique_ptr<aws::Door> door_;
};

}  // namespace ticklake::cli
