#include "aws/s3/lifecycle_runner.h"

#include <algorithm>

#include "base/log.h"

namespace ticklake::aws::s3 {

struct LifecycleRunner::Run {
  const std::stop_token& stop;
  Nanos now = 0;
  LifecycleResult result = {};
};

LifecycleRunner::LifecycleRunner(store::BucketStore& buckets, const Clock& clock,
                                 const LifecycleOptions& options)
    : buckets_(buckets), clock_(clock), options_(options), wall_(clock) {}

void LifecycleRunner::Start() {
  thread_.Start(options_.interval, [this](const std::stop_token& stop) { Work(stop); });
}

void LifecycleRunner::Work(const std::stop_token& stop) {
  const auto result = RunOnce(stop);
  if (!result) {
    spdlog::warn("s3: lifecycle: buckets cannot be listed, will be tried again: {}",
                 result.error().message);
  } else if (result->expired + result->aborted > 0) {
    spdlog::info("s3: lifecycle: {} objects have expired, {} uploads were aborted", result->expired,
                 result->aborted);
  }
}

Result<LifecycleResult> LifecycleRunner::RunOnce(const std::stop_token& stop) {
  Run run{.stop = stop, .now = clock_.Now()};
  if (!wall_.Steady()) return run.result;
  TL_ASSIGN(const auto buckets, buckets_.ListBuckets());
  std::map<std::string, Done> done;
  for (const store::Bucket& bucket : buckets) {
    const auto rules = bucket.facts.find("lifecycle");
    if (rules == bucket.facts.end()) continue;
    const Done& before = done_[bucket.name];
    const Done now{.day = run.now / kDay, .rules = rules->second};
    if (before.day == now.day && before.rules == now.rules) {
      done[bucket.name] = before;
      continue;
    }
    const auto tended = Tend(bucket, run);
    if (!tended) {
      spdlog::warn("s3: lifecycle of bucket '{}' stopped, will be tried again: {}", bucket.name,
                   tended.error().message);
    } else if (!stop.stop_requested()) {
      done[bucket.name] = now;
    }
  }
  done_ = std::move(done);
  Count(run.result);
  return run.result;
}

Result<void> LifecycleRunner::Tend(const store::Bucket& bucket, Run& run) {
  const auto rules = ParseLifecycle(bucket.facts.at("lifecycle"));
  if (!rules) return Fail(Code::kUnsupported, "its rules: {}", rules.error().message);
  for (const LifecycleRule& rule : *rules) {
    if (rule.Expires()) TL_TRY(Expire(bucket.name, rule, run));
  }
  const bool aborts = std::ranges::any_of(
      *rules, [](const LifecycleRule& rule) { return rule.enabled && rule.abort_days; });
  return aborts ? Abort(bucket.name, *rules, run) : Result<void>();
}

Result<void> LifecycleRunner::Expire(const std::string& bucket, const LifecycleRule& rule,
                                     Run& run) {
  if (rule.date && *rule.date > run.now) return {};
  store::ListRequest request{.prefix = rule.prefix};
  while (!run.stop.stop_requested()) {
    TL_ASSIGN(const store::ListPage page, buckets_.List(bucket, request));
    std::vector<store::Doomed> due;
    for (const store::ListPage::Entry& entry : page.entries) {
      const auto at = rule.ExpiryOf(entry.object.modified);
      if (!at || *at > run.now) continue;
      TL_ASSIGN(const bool is_for, IsFor(bucket, rule, entry.object));
      if (is_for) due.push_back({entry.object.key, {.if_modified_at = entry.object.modified}});
    }
    for (const Result<void>& gone : buckets_.DeleteAll(bucket, due)) {
      if (!gone && gone.error().code == Code::kConflict) continue;  // it is another one by now
      TL_TRY(gone);
      ++run.result.expired;
    }
    if (!page.more) return {};
    request.after = page.entries.back().object.key;
  }
  return {};
}

// Lists have no tags.
Result<bool> LifecycleRunner::IsFor(const std::string& bucket, const LifecycleRule& rule,
                                    const store::Object& listed) {
  if (rule.tags.empty()) return rule.IsFor(listed);
  auto whole = buckets_.Head(bucket, listed.key);
  if (!whole && whole.error().code == Code::kNotFound) return false;
  TL_ASSIGN(const store::Object object, std::move(whole));
  return rule.IsFor(object);
}

Result<void> LifecycleRunner::Abort(const std::string& bucket,
                                    const std::vector<LifecycleRule>& rules, Run& run) {
  TL_ASSIGN(const auto uploads, buckets_.ListMultiparts(bucket));
  for (const store::MultipartUpload& upload : uploads) {
    if (run.stop.stop_requested()) return {};
    const bool due = std::ranges::any_of(rules, [&](const LifecycleRule& rule) {
      const auto at = rule.AbortOf(upload.initiated);
      return upload.key.starts_with(rule.prefix) && at && *at <= run.now;
    });
    if (!due) continue;
    const auto aborted = buckets_.AbortMultipart(bucket, upload.id);
    if (!aborted && aborted.error().code == Code::kNotFound) continue;  // it was completed
    TL_TRY(aborted);
    ++run.result.aborted;
  }
  return {};
}

void LifecycleRunner::Count(const LifecycleResult& result) {
  if (options_.metrics == nullptr) return;
  options_.metrics
      ->Counter("ticklake_s3_lifecycle_expired_total", "Objects that lifecycle rules have deleted")
      .Add(static_cast<double>(result.expired));
  options_.metrics
      ->Counter("ticklake_s3_lifecycle_aborted_total", "Uploads that lifecycle rules have aborted")
      .Add(static_cast<double>(result.aborted));
}

}  // namespace ticklake::aws::s3
