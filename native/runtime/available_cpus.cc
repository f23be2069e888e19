#include "runtime/available_cpus.h"

#include <algorithm>
#include <thread>

#if defined(__linux__)
#include <sched.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#endif

namespace handgrad {

#if defined(__linux__)

namespace {

/// Cores in the affinity mask; 0 when it cannot be read.
size_t CoresInAffinityMask() {
  // Masks grow with the machine: ask again with a larger one until the kernel is content.
  for (size_t cpus = 1024; cpus <= 1024 * 64; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (set == nullptr) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    CPU_ZERO_S(bytes, set);
    if (sched_getaffinity(0, bytes, set) != 0) {
      CPU_FREE(set);
      continue;
    }
    std::set<std::string> cores;
    for (size_t cpu = 0; cpu < cpus; ++cpu) {
      if (!CPU_ISSET_S(cpu, bytes, set)) continue;
      std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                         "/topology/thread_siblings_list");
      std::string siblings;
      // Where the topology is hidden, each CPU counts as a core of its own.
      if (!(file >> siblings)) siblings = "cpu " + std::to_string(cpu);
      cores.insert(siblings);
    }
    CPU_FREE(set);
    return cores.size();
  }
  return 0;
}

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

/// cgroup v2: "max 100000" or "150000 100000".
double QuotaV2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return kNoQuota;
  std::istringstream number(quota);
  double microseconds = 0;
  return number >> microseconds && microseconds > 0 ? microseconds / period : kNoQuota;
}

/// cgroup v1: two files; a quota of -1 means none.
double QuotaV1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) return kNoQuota;
  return quota / period;
}

/// The smallest quota from the group at `path` below `mount` up to the mount point. In a container the path
/// may be one of the host's, which is not there: then the mount point itself is the container's group.
double SmallestQuota(const std::string& mount, std::string path, double (*quota_of)(const std::string&)) {
  double smallest = quota_of(mount);
  while (!path.empty() && path != "/") {
    smallest = std::min(smallest, quota_of(mount + path));
    path.erase(path.rfind('/'));
  }
  return smallest;
}

double CgroupQuota() {
  double quota = kNoQuota;
  // Lines are "hierarchy:controllers:path"; v2 is the one without controllers.
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (!path.empty() && path[0] != '/') continue;
    if (controllers == ",,") {
      quota = std::min(quota, SmallestQuota("/sys/fs/cgroup", path, QuotaV2));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      quota = std::min(quota, SmallestQuota("/sys/fs/cgroup/cpu", path, QuotaV1));
    }
  }
  return quota;
}

}  // namespace

size_t AvailableCpus() {
  size_t cores = CoresInAffinityMask();
  if (cores == 0) cores = std::max(1u, std::thread::hardware_concurrency());
  const double quota = CgroupQuota();
  if (quota < static_cast<double>(cores)) cores = static_cast<size_t>(quota);
  return std::max<size_t>(cores, 1);
}

#else

size_t AvailableCpus() { return std::max(1u, std::thread::hardware_concurrency()); }

#endif

}  // namespace handgrad
