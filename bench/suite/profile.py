"""profile: the CPU of a drain by stage, from `perf` (Debian: linux-perf); skipped where that is missing."""
import collections
import re
import shutil
import subprocess
import time

from peers import BINARY, Up, fill_trades, have_peer, scratch

# Self time by what runs: the first pattern that is found in "thread | object | symbol" names the stage.
STAGES = [
    ("decompress", r"LZ4|XXH"),
    ("zstd", r"ZSTD|HUF_|HIST_|FSE_"),
    ("encode Parquet", r"libparquet|libarrow"),
    ("check CRCs", r"[Cc]rc32c"),
    ("unpack batches", r"AppendRecords|ReadUvarint|BulkFetch|kafka::"),
    ("parse", r"RowParser|ReadJsonNumber|StructColumn::Search|ScanRecord|Utf8|memcmp"),
    ("build columns", r"RowBatch|KafkaColumn|PackBits|Column|TakeOwnership|JsonTableDecoder|TotalBufferSize"),
    ("split, tail", r"SplitByDay|TableTail|LogTail|arrange"),
    ("librdkafka", r"rd_|rdk:.*ticklake|rdk:.*libc"),
    ("kernel: files", r"kernel.*(ext4|jbd|blk_|bio_|copy_folio|writeback|fsync|virtio|dentry|path_|_open)"),
    ("kernel: sockets", r"kernel.*(tcp|skb|sock|inet|ip_|net_|copy_to_iter|loopback|recv|send)"),
    ("kernel: memory", r"kernel.*(fault|anon|page|folio|cgroup|memcg|mm_|pte|pmd|vma|mmap|madvise|zap|lru|unmap)"),
    ("kernel: other", r"kernel"),
    ("malloc, memcpy", r"libc"),
    ("start of the process", r"ld-linux"),
]


def stage_of(thread, thing, symbol):
    text = f"{thread} | {thing} | {symbol}"
    return next((name for name, pattern in STAGES if re.search(pattern, text)), "other")


def drain_under_perf(bootstrap, rows, folder):
    """CPU seconds by stage of one drain."""
    subprocess.run(["perf", "record", "-q", "-F", "1999", "-o", f"{folder}/perf.data", "--", BINARY, "sink",
                    "--brokers", bootstrap, "--topics", "trades", "--data", f"{folder}/lake", "--until-end", "--json"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    report = subprocess.run(["perf", "script", "-i", f"{folder}/perf.data", "-F", "comm,ip,sym,dso,period"],
                            check=True, capture_output=True, text=True).stdout
    seconds = collections.Counter()
    for line in report.splitlines():
        found = re.match(r"\s*(\S.*?)\s+(\d+)\s+[0-9a-f]+ (.*) \(([^()]*|\[.*\])\)$", line)
        if found:
            thread, period, symbol, thing = found.groups()
            seconds[stage_of(thread, thing, symbol)] += int(period) / 1e9
    return seconds


def run(rounds, rows):
    if shutil.which("perf") is None:
        print("SKIPPED: no perf; apt-get install linux-perf")
        return {}
    if not have_peer("python-pipeline"):
        return {}
    up = Up("--sink", "off")
    try:
        fill_trades(up.kafka, "trades", rows, 4)
        time.sleep(1)
        total = collections.Counter()
        for _ in range(rounds):
            with scratch("profile") as folder:
                total.update(drain_under_perf(up.kafka, rows, folder))
    finally:
        up.stop()
    cpu = sum(total.values()) / rounds
    print(f"CPU of a drain of {rows:,} JSON trades by stage, mean of {rounds}: {cpu:.2f} s, "
          f"{rows / cpu:,.0f} rows per CPU-second")
    for name, seconds in total.most_common():
        print(f"  {name:<22}{seconds / rounds / cpu:>7.1%}{rows * rounds / seconds:>16,.0f} rows per CPU-second")
    return {name: seconds / rounds for name, seconds in total.items()}
