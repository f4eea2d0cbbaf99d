"""produce: ready-made batches of 100-byte records, as fast as they are acked; rate and broker CPU.

Durable (Apache Kafka: flush.messages=1) and not (Kafka's default), in batches of Kafka's default size
and in large ones; one partition, acks=all, four connections with five requests in flight each."""
import os
import statistics
import time

from peers import brokers, cpu_seconds, create_topic, delete_topic, have_peer, ratio, replay, spread

BATCHES = {"16 KiB": 150, "256 KiB": 2_400}
# Broker flags and overrides; share of the rows for small and for large batches.
MODES = {"durable": ((), ("log.flush.interval.messages=1",), {"16 KiB": 0.1, "256 KiB": 0.5}),
         "non-durable": (("--flush", "off"), (), {"16 KiB": 0.5, "256 KiB": 1.0})}


def produce_once(broker, rows, batch, flags=()):
    topic = f"p{time.monotonic_ns()}"
    create_topic(broker.kafka, topic, 1)
    os.sync()  # one broker's unwritten pages would else be written by the other's flushes
    before = cpu_seconds(broker.pid)
    done = replay("produce", broker.kafka, topic, "--records", rows, "--batch", batch, *flags)
    done["cpu_us"] = (cpu_seconds(broker.pid) - before) / done["records"] * 1e6
    delete_topic(broker.kafka, topic)
    return done


def run(rounds, rows):
    if not have_peer("kafka-up"):
        return {}
    load = ("--connections", 4, "--in-flight", 5)
    results = {}
    for mode, (flags, overrides, shares) in MODES.items():
        with brokers(flags, overrides) as pair:
            for size, batch in BATCHES.items():
                count = int(rows * shares[size])
                for broker in pair:
                    for _ in range(2):
                        produce_once(broker, count, batch, load)  # the JVM warms up, pages are there
                runs = {broker.name: [] for broker in pair}
                for _ in range(rounds):
                    for broker in pair:
                        runs[broker.name].append(produce_once(broker, count, batch, load))
                tell(f"produce, {mode}, {count:,} records in batches of {size}, interleaved", runs)
                results[f"{mode} {size}"] = runs
    return results


def tell(title, runs):
    def column(who, key):
        return [r[key] for r in runs[who]]
    print(f"{title}:")
    for who in runs:
        print(f"  {who:<9} records/s {spread(column(who, 'rate'))}   broker CPU us a record "
              f"{spread(column(who, 'cpu_us'), 3)}   client {statistics.median(column(who, 'client_cpu')):.2f} CPU-s")
    print(f"  ticklake is {ratio(column('ticklake', 'rate'), column('kafka', 'rate')):.2f} x in rate, "
          f"{ratio(column('ticklake', 'cpu_us'), column('kafka', 'cpu_us')):.2f} x in CPU a record")
