"""What the crash tests kill and start again, each with its load, its ledger and its figures.

UpWorld     `ticklake up`, which is broker and lake in one
SinkWorld   separate `ticklake sink`s on one lake, under a broker: `ticklake up --sink off`, or Apache Kafka
Figures     rounds by kind, restarts, records: what is reported at the end
"""
import collections
import json
import pathlib
import re
import signal
import sqlite3
import statistics
import subprocess
import time
import urllib.error

from conftest import PATIENCE, STOP_WITHIN
from crash_load import DEAD, ROW, TOMBSTONE, TOPICS, Chores, Load, create_topics, only, table_of

RESTART_WITHIN = 5 * PATIENCE  # seconds, from start to ready
SMALL_SEGMENTS = ("--set", "log.segment.bytes=65536")
BUSY_LAKE = ("--flush-seconds", "0.1", "--merge-seconds", "0.3")


class Figures:
    """What ran, and what came of it."""

    def __init__(self, report):
        self.report = report
        self.rounds = collections.Counter()
        self.restarts = []
        self.acked = 0
        self.last_shown = time.monotonic()

    def round(self, kind):
        self.rounds[kind] += 1
        if time.monotonic() - self.last_shown > 20:
            self.last_shown = time.monotonic()
            self.report("crash", f"{sum(self.rounds.values())} rounds, now: {kind}", keep=False)

    def restarted(self, seconds):
        self.restarts.append(seconds)
        assert seconds <= RESTART_WITHIN, f"ready only after {seconds:.1f} s"

    def tell(self, title):
        """Only called when every check held, so that lost and twice are what was counted: none."""
        by_count = collections.defaultdict(list)
        for kind, count in self.rounds.items():
            by_count[count].append(kind)
        kinds = "; ".join(f"{count} each: {', '.join(sorted(names))}" if len(names) > 1 else f"{count}: {names[0]}"
                          for count, names in sorted(by_count.items(), reverse=True))
        line = f"{title}: {sum(self.rounds.values())} rounds ({kinds}); {self.acked} records acked, 0 lost, 0 twice"
        if self.restarts:
            line += (f"; {len(self.restarts)} restarts of up, ready after at most {max(self.restarts):.2f} s, "
                     f"median {statistics.median(self.restarts):.2f} s")
        self.report("crash", line)


def check_rows(table, acked, rows, complete):
    """rows: id, p, o. complete: everything acked must be there, else only nothing twice and nothing elsewhere."""
    places = {}
    for row in rows:
        assert row["id"] not in places, f"{table}: id {row['id']} appears twice"
        places[row["id"]] = (row["p"], row["o"])
    assert len(set(places.values())) == len(places), f"{table}: two rows have one position"
    if complete:
        lost = [n for n in acked if n not in places]
        assert not lost, f"{table}: {len(lost)} acked records are lost, first {lost[:5]}"
    moved = [n for n, at in acked.items() if n in places and places[n] != at]
    assert not moved, f"{table}: {len(moved)} records are not where they were acked, first {moved[:5]}"
    return places


def check_lake(sql, load, complete, since=0, final=False):
    """The ledger, from number `since` on, against rows and dead letters.

    final: every record was acked, so nothing else may be there.
    """
    for topic in TOPICS:
        table = table_of(topic)
        before = load.snapshot()[topic]
        rows = sql(f"SELECT id, _kafka.partition AS p, _kafka.offset AS o FROM {table} WHERE id >= {since}")
        letters = sql(f'SELECT "partition" AS p, "offset" AS o FROM {table}__dlq')
        acked = {number: at for number, at in only(before if complete else load.snapshot()[topic], ROW).items()
                 if number >= since}
        places = check_rows(table, acked, rows, complete)
        dead = [(row["p"], row["o"]) for row in letters]
        assert len(set(dead)) == len(dead), f"{table}: a dead letter appears twice"
        lost = set(only(before, DEAD).values()) - set(dead) if complete else set()
        assert not lost, f"{table}: {len(lost)} acked dead letters are lost, first {sorted(lost)[:3]}"
        if final:
            assert places == acked, f"{table}: rows that were never sent"
            assert set(dead) == set(only(before, DEAD).values()), f"{table}: dead letters that were never sent"


def check_verified(text, load):
    """`verify --json` after the end: tombstones are positions without rows, all of them counted."""
    reports = {report["table"]: report for report in json.loads(text)}
    for topic in TOPICS:
        report = reports["market." + table_of(topic)]
        assert not report["problems"], report["problems"]
        tombstones = collections.Counter(partition for partition, _ in only(load.acked[topic], TOMBSTONE).values())
        for log in report["logs"]:
            if log["from"] == 0:
                assert log["tombstones"] == tombstones[log["partition"]], (report, tombstones)


def expire_early(data):
    """Makes all tables expire and merge what a longer run would. Needs the directory to be at rest.

    Twenty snapshots are kept, two seconds: queries need their files for so long.
    """
    with sqlite3.connect(pathlib.Path(data, "catalog.db")) as db:
        for (parameters,) in db.execute("SELECT parameters FROM tables").fetchall():
            path = pathlib.Path(json.loads(parameters)["metadata_location"].removeprefix("file://"))
            metadata = json.loads(path.read_text())
            metadata["properties"].update({
                "history.expire.min-snapshots-to-keep": "20", "history.expire.max-snapshot-age-ms": "1",
                "write.metadata.previous-versions-max": "2", "commit.manifest.min-count-to-merge": "4"})
            path.write_text(json.dumps(metadata))


class UpWorld:
    """One `ticklake up`, its clients, and the ledger."""

    def __init__(self, start_up, figures, run, chores=False, env=None, dies=False):
        """dies: the first start may end by itself at a failpoint, so nobody waits for it."""
        self.start_up, self.figures, self.run = start_up, figures, run
        self.instance = start_up(*SMALL_SEGMENTS, *BUSY_LAKE, env=env, ready=not dies)
        self.logs = [self.instance.log]
        self.checked = 0
        self.load = Load(self.instance.kafka)
        self.chores = Chores(self.instance.kafka, self.committed) if chores else None

    def begin(self):
        """Starts the load, unless it is running already."""
        if self.load.is_alive():
            return
        create_topics(self.instance.kafka)
        self.load.start()
        if self.chores:
            self.chores.start()

    def start(self, env=None, ready=True):
        """On the same directory, after the last one was killed."""
        self.instance = self.start_up(*SMALL_SEGMENTS, *BUSY_LAKE, data=self.instance.data, kafka=self.instance.kafka,
                                      env=env, ready=ready)
        self.logs.append(self.instance.log)
        if ready:
            self.figures.restarted(self.instance.ready_after)

    def committed(self):
        try:
            status = json.loads(self.instance.get("/v1/status", timeout=2))
        except (urllib.error.URLError, OSError, ValueError):
            return {}
        return {(log["topic"], log["partition"]): log["committed"] for table in status["tables"]
                if not table["table"].endswith("__dlq") for log in table["logs"]}

    def wait_for_tables(self):
        """Until every table, also those of dead letters, has had a commit."""
        end = time.monotonic() + 20 * PATIENCE
        wanted = {f"market.{table_of(topic)}" for topic in TOPICS}
        while time.monotonic() < end:
            status = json.loads(self.instance.get("/v1/status"))
            if wanted <= {table["table"] for table in status["tables"] if table["committed_dead"] > 0}:
                return
            time.sleep(0.05)
        raise AssertionError(f"no commits within 20 s\n{self.instance.output()}")

    def wait_dead(self, seconds):
        """Waits until the process ends by itself, by SIGKILL; False if it does not."""
        try:
            code = self.instance.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.load.check()
            return False
        assert code == -signal.SIGKILL, f"exit code {code}\n{self.instance.output()}"
        return True

    def check_counts(self):
        """Cheap: every acked row is there, at once, and none twice."""
        for topic in TOPICS:
            acked = len(only(self.load.snapshot()[topic], ROW))
            (found,) = self.instance.sql(f"SELECT count(*) AS n, count(DISTINCT id) AS d FROM {table_of(topic)}")
            assert found["n"] == found["d"], f"{topic}: {found['n'] - found['d']} rows appear twice"
            assert found["n"] >= acked, f"{topic}: {acked - found['n']} acked records are lost"

    def check_all(self):
        sent = self.load.sent
        check_lake(self.instance.sql, self.load, complete=True, since=self.checked)
        self.checked = sent - 20_000  # those in flight now are looked at again, all of them at the end
        if self.chores:
            self.chores.check()

    def verify(self):
        self.run("verify", "--data", self.instance.data, timeout=120)

    def end(self):
        """Ends it by SIGTERM under load, which must be clean and in time, and settles the whole ledger."""
        if self.chores:
            self.chores.finish()
        self.instance.stop()
        self.start()
        self.load.finish()
        check_lake(self.instance.sql, self.load, complete=True, final=True)
        if self.chores:
            self.chores.check()
        self.instance.stop()
        check_verified(self.run("verify", "--data", self.instance.data, "--json", timeout=120).stdout, self.load)
        self.figures.acked += self.load.count()

    def reached(self):
        """The failpoints that were passed so far, with TICKLAKE_FAILPOINT=*=log."""
        return {name for log in self.logs for name in re.findall(r"failpoint ([a-z.]+)", log.read_text(errors="replace"))}


class OwnBroker:
    """`ticklake up --sink off`."""

    def __init__(self, start_up, figures):
        self.start_up, self.figures = start_up, figures
        self.instance = start_up("--sink", "off", *SMALL_SEGMENTS)
        self.address = self.instance.kafka

    def crash(self):
        self.instance.kill()
        self.start()
        self.figures.restarted(self.instance.ready_after)

    def start(self):
        self.instance = self.start_up("--sink", "off", *SMALL_SEGMENTS, data=self.instance.data, kafka=self.address)


class ApacheKafka:
    def __init__(self, peers, port, directory):
        self.peers, self.port, self.directory = peers, port, directory
        self.address = f"127.0.0.1:{port}"
        self.start()

    def start(self):
        subprocess.run([self.peers / "kafka-up", "-p", str(self.port), "-d", self.directory, "-H", "512m"],
                       check=True, capture_output=True, text=True, timeout=300)

    def crash(self):
        subprocess.run([self.peers / "kafka-down", "-9", self.directory], check=True, capture_output=True, timeout=60)
        self.start()

    def close(self):
        subprocess.run([self.peers / "kafka-down", "-r", self.directory], capture_output=True, timeout=60)


class SinkWorld:
    """A broker, and sinks that share one lake."""

    def __init__(self, binary, broker, figures, run, folder, sinks):
        self.binary, self.broker, self.figures, self.run = binary, broker, figures, run
        self.lake, self.folder = folder / "lake", folder
        create_topics(broker.address)
        self.load = Load(broker.address)
        self.sinks = [self.start_sink(slot) for slot in range(sinks)]

    def start_sink(self, slot):
        with open(self.folder / f"sink{slot}.log", "ab") as out:
            return subprocess.Popen(
                [self.binary, "sink", "--brokers", self.broker.address, "--topics", "crash*", "--data", self.lake,
                 *BUSY_LAKE], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)

    def kill_sink(self, slot):
        self.sinks[slot].kill()
        self.sinks[slot].wait()
        self.sinks[slot] = self.start_sink(slot)

    def check_alive(self):
        for slot, sink in enumerate(self.sinks):
            assert sink.poll() is None, f"a sink ended: {(self.folder / f'sink{slot}.log').read_text()[-2000:]}"

    def sql(self, text):
        return json.loads(self.run("sql", "--data", self.lake, "-o", "json", text, timeout=120).stdout)

    def check_committed(self):
        """While it runs: nothing twice, nothing where it was not acked."""
        self.check_alive()
        check_lake(self.sql, self.load, complete=False)

    def end(self):
        """Ends the sinks by SIGTERM under load, which must be clean and in time, and settles the whole ledger."""
        time.sleep(1)  # the newest sink is up: a signal before main() would end it uncleanly
        self.check_alive()
        for sink in self.sinks:
            sink.terminate()
        for slot, sink in enumerate(self.sinks):
            assert sink.wait(STOP_WITHIN) == 0, (self.folder / f"sink{slot}.log").read_text()[-2000:]
        self.load.finish()
        where = ("--data", self.lake, "--brokers", self.broker.address)
        self.run("sink", *where, "--topics", "crash*", "--until-end", timeout=120)
        check_lake(self.sql, self.load, complete=True, final=True)
        check_verified(self.run("verify", *where, "--json", timeout=120).stdout, self.load)
        self.figures.acked += self.load.count()

    def close(self):
        for sink in self.sinks:
            sink.kill()
            sink.wait()
