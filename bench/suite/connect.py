"""connect: the same drain from a real Apache Kafka, against Apache Iceberg's own Kafka Connect sink.

Connect is given five times the rows asked for (10 million by default): its JVM needs them to warm up."""
import os
import re
import subprocess
import sys

from peers import SHARED, ApacheKafka, Drain, fill_trades, have_peer, ratio, spread

# Of the settings tried (docs/performance.md) the one that is fastest for Connect.
BEST = {"COMMIT_MS": "2000", "MAX_POLL": "5000"}


def connect_once(bootstrap, topic, rows):
    done = subprocess.run([SHARED / "peers/iceberg-connect", bootstrap, topic, str(rows)], capture_output=True,
                          text=True, env={"WAIT_S": "300", **BEST, **os.environ})
    found = re.search(r"(\d+) rows .*? = (\d+) k rows/s .*? = (\d+) k rows/CPU-s .*?, peak RSS (\d+) MiB", done.stdout)
    if done.returncode != 0 or not found or int(found[1]) != rows:
        sys.exit(f"bench: iceberg-connect's answer is wrong: {done.stdout}{done.stderr}")
    return {"rate": float(found[2]) * 1000, "cpu_rate": float(found[3]) * 1000, "rss_mib": float(found[4])}


def run(rounds, rows):
    if not have_peer("iceberg-connect"):
        return {}
    rows *= 5
    kafka = ApacheKafka()
    try:
        fill_trades(kafka.kafka, "trades", rows, 4)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(vars(Drain(kafka.kafka, "trades", rows)))
            theirs.append(connect_once(kafka.kafka, "trades", rows))
    finally:
        kafka.stop()
    print(f"drain of {rows:,} JSON trades from Apache Kafka into committed Iceberg, interleaved:")
    for who, runs in (("ticklake sink", ours), ("iceberg-connect", theirs)):
        print(f"  {who:<16} rows/s {spread([r['rate'] for r in runs])}   rows per CPU-second "
              f"{spread([r['cpu_rate'] for r in runs])}   peak MiB {spread([r['rss_mib'] for r in runs])}")
    by = {key: ratio([r[key] for r in ours], [r[key] for r in theirs]) for key in ("rate", "cpu_rate", "rss_mib")}
    print(f"  ticklake is {by['rate']:.1f} x in rate, {by['cpu_rate']:.1f} x in rows per CPU-second, "
          f"{by['rss_mib']:.2f} x in memory")
    return {"ticklake": ours, "connect": theirs}
