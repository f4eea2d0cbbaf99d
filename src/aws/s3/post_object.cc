// PostObject: an object that a browser's form sends.
#include <algorithm>

#include "aws/s3/access.h"
#include "aws/s3/address.h"
#include "aws/s3/call.h"
#include "aws/s3/form_reader.h"
#include "aws/s3/handlers.h"
#include "aws/s3/post_policy.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/write.h"
#include "aws/signature_claim.h"
#include "aws/xml_writer.h"
#include "base/ascii.h"
#include "net/url.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxFields = 20 << 10;  // of S3: all fields before the file

struct Form {
  std::map<std::string, std::string> fields;  // names in lower case
  std::string filename;
};

// Up to the file, which is the last field that counts.
AwsResult<Form> ReadFields(FormReader& reader) {
  Form form;
  size_t size = 0;
  while (true) {
    S3_ASSIGN(const std::optional<FormReader::Part> part, reader.Next());
    if (!part) {
      return InvalidArgument("file", "", "POST requires exactly one file upload per request.");
    }
    const std::string name = AsciiLower(part->name);
    if (name == "file") {
      form.filename = part->filename.value_or("");
      if (!part->content_type.empty()) form.fields.emplace("content-type", part->content_type);
      return form;
    }
    S3_ASSIGN(std::string value, reader.ReadValue(kMaxFields - std::min(size, kMaxFields)));
    size += name.size() + value.size();
    form.fields[name] = std::move(value);
  }
}

std::string KeyOf(const Form& form) {
  constexpr std::string_view kFilename = "${filename}";
  const auto it = form.fields.find("key");
  std::string key = it == form.fields.end() ? "" : it->second;
  if (const size_t at = key.find(kFilename); at != std::string::npos) {
    key.replace(at, kFilename.size(), form.filename);
  }
  return key;
}

// The body of the file, within the sizes that the policy allows.
class BoundedFile : public FormFile {
 public:
  BoundedFile(FormReader& form, const std::optional<PostPolicy>& policy)
      : FormFile(form), policy_(policy) {}

  AwsResult<size_t> Read(char* buffer, size_t size) override {
    S3_ASSIGN(const size_t got, FormFile::Read(buffer, size));
    read_ += got;
    if (policy_ && read_ > policy_->max_size) {
      return AwsFail(400, "EntityTooLarge",
                     "Your proposed upload exceeds the maximum allowed size: {} bytes",
                     policy_->max_size);
    }
    if (policy_ && got == 0 && read_ < policy_->min_size) {
      return AwsFail(400, "EntityTooSmall",
                     "Your proposed upload is smaller than the minimum allowed size: {} of {} "
                     "bytes",
                     read_, policy_->min_size);
    }
    return got;
  }

 private:
  const std::optional<PostPolicy>& policy_;
  uint64_t read_ = 0;
};

void Answer(Call& call, const Form& form, const store::Object& object) {
  const auto field = [&](const char* name) {
    const auto it = form.fields.find(name);
    return it == form.fields.end() ? std::string() : it->second;
  };
  call.reply.AddField("ETag", Quoted(object.facts.etag));
  const std::string location = fmt::format("http://{}/{}/{}", call.Header("host").value_or(""),
                                           call.bucket, net::PercentEncode(object.key));
  std::string to = field("success_action_redirect");
  if (to.empty()) to = field("redirect");
  if (to.starts_with("http://") || to.starts_with("https://")) {
    to += fmt::format("{}bucket={}&key={}&etag={}", to.contains('?') ? '&' : '?',
                      net::PercentEncode(call.bucket), net::PercentEncode(object.key),
                      net::PercentEncode(Quoted(object.facts.etag)));
    call.reply.AddField("Location", to);
    return call.SendEmpty(303);
  }
  call.reply.AddField("Location", location);
  const std::string status = field("success_action_status");
  if (status == "201") {
    XmlWriter xml("PostResponse", "");
    xml.Text("Location", location).Text("Bucket", call.bucket).Text("Key", object.key);
    xml.Text("ETag", Quoted(object.facts.etag));
    return call.SendXml(201, xml.Finish());
  }
  call.SendEmpty(status == "200" ? 200 : 204);
}

// Who posts it: the request's caller, or the one who signed the form.
AwsResult<Caller> CallerOf(const Call& call, const Form& form) {
  S3_TRY(FormClaimOf(form.fields));
  if (call.request.form == nullptr) return call.request.caller;
  return call.request.form->CallerOfForm(form.fields);
}

}  // namespace

AwsResult<void> PostObject(Call& call) {
  S3_ASSIGN(FormReader reader,
            FormReader::Open(call.Header("content-type").value_or(""), call.request.payload));
  S3_ASSIGN(const Form form, ReadFields(reader));
  const std::string key = KeyOf(form);
  if (key.empty()) {
    return InvalidArgument("key", "",
                           "Bucket POST must contain a field named 'key'. If it is specified, "
                           "please check the order of the fields.");
  }
  S3_TRY(CheckKey(key));
  S3_ASSIGN(const Caller caller, CallerOf(call, form));
  std::optional<PostPolicy> policy;
  if (const auto text = form.fields.find("policy"); text != form.fields.end()) {
    S3_ASSIGN(policy, PostPolicy::Parse(text->second));
    auto fields = form.fields;
    fields["bucket"] = call.bucket;
    fields["key"] = key;
    S3_TRY(policy->Check(fields, call.s3.clock->Now()));
  }
  // The form's fields are what a PUT has as header fields.
  net::HttpRequest http = call.request.http;
  http.headers = form.fields;
  if (const auto acl = form.fields.find("acl"); acl != form.fields.end()) {
    http.headers["x-amz-acl"] = acl->second;
  }
  BoundedFile file(reader, policy);
  const Request request{.http = http,
                        .caller = caller,
                        .id = call.request.id,
                        .region = call.request.region,
                        .payload = file};
  Call write{.request = request,
             .reply = call.reply,
             .s3 = call.s3,
             .operation = call.operation,
             .bucket = call.bucket,
             .key = key,
             .store = call.store,
             .about = call.about};
  S3_TRY(CheckAccess(write));
  S3_TRY(CheckObjectAccess(caller, call.bucket, key));
  S3_ASSIGN(const store::Object object, WriteObject(write, file));
  Answer(call, form, object);
  return {};
}

}  // namespace ticklake::aws::s3
