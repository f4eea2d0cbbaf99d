// What the tests of crawlers behind Glue's wire share: files in memory that stand for a bucket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/glue/crawler_operations.h"
#include "aws/glue/glue_fixture.h"
#include "base/memory_fs.h"

namespace ticklake::aws::glue {

class CrawlerOperationsTest : public GlueTest {
 protected:
  CrawlerOperationsTest() {
    namespace crawler = lake::crawler;
    store_ = store::OpenDirectoryStore(fs_, "/").value();
    crawlers_ =
        crawler::Crawlers::Open({.catalog = &catalog_,
                                 .clock = &clock_,
                                 .find = [this](const std::string& uri) { return Find(uri); },
                                 .explain = [](const auto&, double) { return "{}"; },
                                 .watch_clock = false})
            .value();
    crawling_ = std::make_unique<CrawlerOperations>(*crawlers_, catalog_);
    with_crawlers_ = std::make_unique<GlueService>(AllOperations());
  }

  std::vector<Operation> AllOperations() {
    std::vector<Operation> operations = data_.Operations();
    for (Operation& operation : crawling_->Operations()) operations.push_back(std::move(operation));
    return operations;
  }

  boost::json::object Ask(const std::string& operation, const std::string& input) {
    const auto answer = with_crawlers_->Answer("AWSGlue." + operation, input, caller_);
    if (answer) return boost::json::parse(*answer).as_object();
    return {{"__type", answer.error().code}, {"Message", answer.error().message}};
  }
  std::string Code(const std::string& operation, const std::string& input) {
    const auto answer = Ask(operation, input);
    return answer.contains("__type") ? std::string(answer.at("__type").as_string()) : "";
  }

  static Result<lake::crawler::StoredPlace> Unknown(const std::string& uri) {
    return Fail(ticklake::Code::kNotFound, "{}: no such bucket", uri);
  }
  Result<lake::crawler::StoredPlace> Find(const std::string& uri) {
    if (!uri.starts_with("s3://b/")) return Unknown(uri);
    return lake::crawler::StoredPlace{store_.get(), uri.substr(7)};
  }

  MemoryFileSystem fs_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<lake::crawler::Crawlers> crawlers_;
  std::unique_ptr<CrawlerOperations> crawling_;
  std::unique_ptr<GlueService> with_crawlers_;
};

}  // namespace ticklake::aws::glue
