"""fetch: a whole topic of 100-byte records from the page cache, at several fetch sizes; rate and broker CPU.

One partition, one fetch in flight, as one consumer has it; the CRC of every batch is checked."""
import time

from peers import brokers, cpu_seconds, create_topic, have_peer, replay
from suite.produce import tell

SIZES = {"64 KiB": 64 << 10, "1 MiB": 1 << 20, "8 MiB": 8 << 20}


def fetch_once(broker, topic, rows, size):
    before = cpu_seconds(broker.pid)
    done = replay("fetch", broker.kafka, topic, "--records", rows, "--max-bytes", size)
    done["cpu_us"] = (cpu_seconds(broker.pid) - before) / done["records"] * 1e6
    return done


def run(rounds, rows):
    if not have_peer("kafka-up"):
        return {}
    rows = rows * 2 // 150 * 150
    results = {}
    with brokers(("--flush", "off")) as pair:
        for broker in pair:
            create_topic(broker.kafka, "f", 1)
            replay("produce", broker.kafka, "f", "--records", rows, "--batch", 150)
        time.sleep(2)
        for name, size in SIZES.items():
            for broker in pair:
                fetch_once(broker, "f", rows, size)  # warms up
            runs = {broker.name: [] for broker in pair}
            for _ in range(rounds):
                for broker in pair:
                    runs[broker.name].append(fetch_once(broker, "f", rows, size))
            tell(f"fetch of {rows:,} records in batches of 16 KiB, {name} a fetch, interleaved", runs)
            results[name] = runs
    return results
