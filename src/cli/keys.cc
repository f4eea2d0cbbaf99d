#include "cli/keys.h"

#include <iostream>
#include <string>

#include <boost/json.hpp>

#include "aws/keys.h"
#include "base/ascii.h"
#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string data = DefaultDataDirectory();
  aws::KeySpec spec;
  std::string scope;
  std::string id;  // of create: "" for a new one
  bool json = false;
};

constexpr char kHelp[] =
    "The AWS door lets anybody of this machine in until there is a key; from then on each request\n"
    "must be signed by one. A running `ticklake up` sees changes at once.\n"
    "\nExamples:\n"
    "  ticklake keys create --name ann\n"
    "  echo \"$AWS_SECRET_ACCESS_KEY\" | ticklake keys create --id \"$AWS_ACCESS_KEY_ID\"\n"
    "  ticklake keys create --name reports --read-only --scope results/daily\n"
    "  ticklake keys list\n"
    "  ticklake keys revoke AKIAJ4QXH2M5T3NZ6C7D";

boost::json::object ToJson(const aws::AccessKey& key) {
  boost::json::object object = {{"access_key_id", key.id},
                                {"name", key.spec.name},
                                {"created", FormatUtc(key.created)},
                                {"read_only", key.spec.read_only}};
  if (key.spec.scope) object["scope"] = *key.spec.scope;
  return object;
}

Result<std::unique_ptr<aws::KeyStore>> OpenKeys(const Options& options, bool make) {
  FileSystem& fs = PosixFileSystem();
  TL_ASSIGN(const auto directory, make ? DataDirectory::Open(fs, options.data)
                                       : DataDirectory::OpenExisting(fs, options.data));
  return std::make_unique<aws::KeyStore>(fs, directory.KeysPath());
}

/// The pair that --id names, with its secret from standard input: not from the command line, which
/// others can see.
Result<std::optional<aws::KeyPair>> GivenPair(const Options& options) {
  if (options.id.empty()) return std::nullopt;
  aws::KeyPair pair{.id = options.id, .secret = ""};
  if (IsTerminal(0) || !std::getline(std::cin, pair.secret)) {
    return Fail(Code::kInvalid,
                "--id {}: its secret comes on standard input: echo \"$AWS_SECRET_ACCESS_KEY\" | "
                "ticklake keys create --id {}",
                options.id, options.id);
  }
  pair.secret = Trimmed(pair.secret);
  return pair;
}

Result<int> Create(Options& options) {
  if (!options.scope.empty()) options.spec.scope = options.scope;
  TL_ASSIGN(const auto given, GivenPair(options));
  TL_ASSIGN(const auto store, OpenKeys(options, true));
  TL_ASSIGN(const aws::NewKey made, store->Create(options.spec, SystemClock().Now(), given));
  if (given) {
    if (options.json) fmt::print("{}\n", boost::json::serialize(ToJson(made.key)));
    fmt::print(stderr, "{}\n",
               Dim("the key is accepted; requests to the AWS door now have to be signed", 2));
    return kExitOk;
  }
  if (options.json) {
    boost::json::object object = ToJson(made.key);
    object["secret_access_key"] = made.secret;
    fmt::print("{}\n", boost::json::serialize(object));
    return kExitOk;
  }
  fmt::print("export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n", made.key.id,
             made.secret);
  fmt::print(stderr, "{}\n",
             Dim("the secret is shown this once and is not kept; requests to the AWS door now have "
                 "to be signed",
                 2));
  return kExitOk;
}

Result<int> List(const Options& options) {
  TL_ASSIGN(const auto store, OpenKeys(options, false));
  TL_ASSIGN(const auto ring, store->Keys());
  const std::vector<aws::AccessKey> keys =
      ring == nullptr ? std::vector<aws::AccessKey>() : ring->keys;
  if (options.json) {
    boost::json::array array;
    for (const aws::AccessKey& key : keys) array.push_back(ToJson(key));
    fmt::print("{}\n", boost::json::serialize(array));
    return kExitOk;
  }
  for (const aws::AccessKey& key : keys) {
    fmt::print("{}  {}  {}  {}  {}\n", key.id,
               FormatUtc(key.created / kNanosPerSecond * kNanosPerSecond),
               key.spec.read_only ? "read-only " : "read-write",
               key.spec.scope.value_or("everything"), key.spec.name);
  }
  if (ring == nullptr) {
    fmt::print(stderr, "no keys: the AWS door lets anybody of this machine in\n");
  } else if (keys.empty()) {
    fmt::print(stderr,
               "no key is left: the AWS door refuses everybody; delete {} to let anybody of "
               "this machine in\n",
               store->path());
  }
  return kExitOk;
}

Result<int> Revoke(const Options& options) {
  TL_ASSIGN(const auto store, OpenKeys(options, false));
  TL_TRY(store->Revoke(options.id));
  fmt::print("{} is revoked, and the sessions that it asked for\n", options.id);
  return kExitOk;
}

}  // namespace

void AddKeysCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("keys", "Access keys of the AWS door");
  command->require_subcommand(1);
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, auto run) {
    auto* sub = command->add_subcommand(name, help);
    sub->footer(kHelp);
    settings.Add(*sub, "data", options->data, "The data directory");
    sub->callback([options, exit_status, run] {
      const Result<int> status = run(*options);
      *exit_status = status ? *status : PrintError(status.error());
    });
    return sub;
  };
  auto* create =
      add("create", "Makes a key, and shows its secret once; or takes one that you have", Create);
  create->add_option("--name", options->spec.name, "What it is for; part of its ARN");
  create->add_flag("--read-only", options->spec.read_only, "It may not change anything");
  create->add_option("--scope", options->scope,
                     "All that it may touch: BUCKET, BUCKET/PREFIX, or a database of Glue");
  create->add_option("--id", options->id,
                     "A key that you have already; its secret is read from standard input");
  create->add_flag("--json", options->json, "A JSON object on standard output");
  auto* list = add("list", "Shows the keys, without secrets", List);
  list->add_flag("--json", options->json, "A JSON array on standard output");
  auto* revoke = add("revoke", "Takes a key away", Revoke);
  revoke->add_option("id", options->id, "AKIA…")->required();
}

}  // namespace ticklake::cli
