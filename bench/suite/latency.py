"""latency: from when a batch is due to its ack, while 50,000 100-byte records/s arrive.

A batch of 250 records is due every 5 ms (a producer with linger.ms=5), whatever is unanswered: one
partition, one connection, acks=all; durable (Apache Kafka: flush.messages=1) and not (Kafka's default)."""
from peers import brokers, have_peer, ratio, spread
from suite.produce import MODES, produce_once

RATE, BATCH, SECONDS = 50_000, 250, 8


def run(rounds, rows):
    if not have_peer("kafka-up"):
        return {}
    load = ("--rate", RATE)
    results = {}
    for mode, (flags, overrides, _) in MODES.items():
        with brokers(flags, overrides) as pair:
            for broker in pair:
                produce_once(broker, RATE * SECONDS, BATCH, load)
            runs = {broker.name: [] for broker in pair}
            for _ in range(rounds):
                for broker in pair:
                    runs[broker.name].append(produce_once(broker, RATE * SECONDS, BATCH, load))
        print(f"ack latency at {RATE:,} records/s, {mode}, {SECONDS} s a round, ms, interleaved:")
        for who, all_of in runs.items():
            for key in ("p50_ms", "p99_ms", "p999_ms"):
                print(f"  {who:<9} {key[:-3]:<5} {spread([r[key] for r in all_of], 2)}")
        p99 = {who: [r["p99_ms"] for r in all_of] for who, all_of in runs.items()}
        print(f"  ticklake's p99 is {ratio(p99['ticklake'], p99['kafka']):.2f} x Kafka's")
        results[mode] = runs
    return results
