// How much memory this process has, as the kernel counts it.
//
// Tests only. Threading: none. Does not: judge.
#pragma once

#include <malloc.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace ticklake {

/// A line of /proc/self/status in bytes, such as VmRSS; 0 when there is none.
inline int64_t StatusBytes(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

/// How far resident memory rises above where it was when this was made.
class PeakMemory {
 public:
  PeakMemory() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM starts anew
    start_ = StatusBytes("VmRSS");
  }
  int64_t bytes() const { return StatusBytes("VmHWM") - start_; }

 private:
  int64_t start_;
};

}  // namespace ticklake
