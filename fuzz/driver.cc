// A small stand-in for libFuzzer, so that every fuzz target also runs with the tests, under any
// compiler.
//
//   <name>_fuzz [--seconds N] [--runs N] [--seed S] [FILE|FOLDER]...
//
// Runs every given file (a folder: the files in it) through LLVMFuzzerTestOneInput as it is, then
// mutations of them until N seconds (default 1) or N runs (default no limit) are over. The same
// seed and runs give the same inputs. When the target crashes, the input that did it is left in
// ./crash-<pid>; given that file alone, the driver repeats the crash. Does not: measure coverage or
// minimise; the preset `asan` builds the same targets on libFuzzer.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMaxInput = 1 << 16;  // bytes; longer ones only cost time

// What is being run, for the crash handler: a signal handler can reach nothing but a global.
const Input* g_current = nullptr;

extern "C" void OnCrash(int signal) {
  char name[32];
  const int length = std::snprintf(name, sizeof name, "crash-%d", static_cast<int>(getpid()));
  const int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0 && g_current != nullptr) {
    const bool whole = write(file, g_current->data(), g_current->size()) == std::ssize(*g_current);
    const std::string_view said =
        whole ? "crash: the input is in ./" : "crash: the input is cut off in ./";
    (void)!write(STDERR_FILENO, said.data(), said.size());
    (void)!write(STDERR_FILENO, name, static_cast<std::size_t>(length));
    (void)!write(STDERR_FILENO, "\n", 1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Run(const Input& input) {
  g_current = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
  g_current = nullptr;
}

Input ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return Input(std::istreambuf_iterator<char>(in), {});
}

std::vector<Input> ReadCorpus(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> files;
  for (const auto& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::ranges::sort(
      files);  // a folder has no order of its own, and the seed must mean the same everywhere
  std::vector<Input> corpus;
  for (const auto& file : files) corpus.push_back(ReadFile(file));
  return corpus;
}

class Mutator {
 public:
  Mutator(std::uint64_t seed, const std::vector<Input>& corpus) : random_(seed), corpus_(corpus) {}

  // One of the corpus with one to four changes.
  Input Next() {
    Input input = corpus_.empty() ? Input{} : corpus_[Below(corpus_.size())];
    for (std::size_t changes = 1 + Below(4); changes > 0; --changes) Change(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(random_()); }
  static auto At(Input& input, std::size_t at) {
    return input.begin() + static_cast<std::ptrdiff_t>(at);
  }

  void Change(Input& input) {
    // Lengths, counts and varints break at their edges.
    static constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    const std::size_t kind = input.empty() ? 0 : Below(corpus_.empty() ? 6 : 7);
    const std::size_t at = input.empty() ? 0 : Below(input.size());
    const std::size_t length =
        input.empty() ? 0 : 1 + Below(std::min<std::size_t>(16, input.size() - at));
    switch (kind) {
      case 0: {  // insert
        Input bytes(1 + Below(8));
        std::ranges::generate(bytes, [this] { return Byte(); });
        input.insert(At(input, at), bytes.begin(), bytes.end());
        break;
      }
      case 1: input[at] = Byte(); break;
      case 2: input[at] ^= static_cast<std::uint8_t>(1U << Below(8)); break;
      case 3: std::fill_n(At(input, at), length, kEdges[Below(std::size(kEdges))]); break;
      case 4: input.erase(At(input, at), At(input, at + length)); break;
      case 5: input.resize(at); break;
      default: {  // the head of this one, the tail of another
        const Input& other = corpus_[Below(corpus_.size())];
        input.resize(at);
        if (!other.empty()) {
          const std::size_t from = Below(other.size());
          input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        }
      }
    }
  }

  std::mt19937_64 random_;
  const std::vector<Input>& corpus_;
};

}  // namespace

int main(int argc, char** argv) {
  double seconds = 1;
  std::uint64_t runs = UINT64_MAX;
  std::uint64_t seed = 1;
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "0";
    if (arg == "--seconds") {
      seconds = std::strtod(value, nullptr), ++i;
    } else if (arg == "--runs") {
      runs = std::strtoull(value, nullptr, 10), ++i;
    } else if (arg == "--seed") {
      seed = std::strtoull(value, nullptr, 10), ++i;
    } else {
      paths.emplace_back(arg);
    }
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, OnCrash);

  const std::vector<Input> corpus = ReadCorpus(paths);
  for (const Input& input : corpus) Run(input);

  Mutator mutator(seed, corpus);
  std::uint64_t done = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (done < runs && std::chrono::steady_clock::now() < end) {
    Run(mutator.Next());
    ++done;
  }
  std::printf("%zu inputs of the corpus and %llu mutations (seed %llu): no crash\n", corpus.size(),
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(seed));
  return 0;
}
