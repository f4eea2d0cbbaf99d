"""kill -9 of real processes under load: nothing acked is lost, nothing appears twice.

One scenario = what is killed x when (a random moment, or a named failpoint) x a seed. The ledger is kept outside the
product: every delivery report that a librdkafka producer got (crash_load.py, crash_worlds.py).

TICKLAKE_CRASH_ROUNDS      random rounds in all (4; in the long form 200), spread over the kinds
TICKLAKE_CRASH_FAILPOINT_ROUNDS   rounds at each failpoint (in the long form 5)
TICKLAKE_CRASH_FAILPOINTS  only failpoints that match this glob, all of them (the quick form takes a few by the day)
TICKLAKE_CRASH_SEED        of all moments (1)
"""
import contextlib
import datetime
import fnmatch
import os
import random
import re
import signal
import subprocess
import time

import pytest

from conftest import PATIENCE
from crash_worlds import RESTART_WITHIN, ApacheKafka, Figures, OwnBroker, SinkWorld, UpWorld, expire_early

LONG = os.environ.get("TICKLAKE_LONG") == "1"
ROUNDS = int(os.environ.get("TICKLAKE_CRASH_ROUNDS", "200" if LONG else "4"))
FAILPOINT_ROUNDS = int(os.environ.get("TICKLAKE_CRASH_FAILPOINT_ROUNDS", "5" if LONG else "1"))
FAILPOINTS = os.environ.get("TICKLAKE_CRASH_FAILPOINTS")
SEED = int(os.environ.get("TICKLAKE_CRASH_SEED", "1"))
QUICK_FAILPOINTS = 3
SLOW_TO_REACH = ("compaction.*", "expire.*")  # left to the long form
LONGEST_LOAD = 2 if LONG else 0.8  # seconds between two rounds
REACHED_WITHIN = 20 * PATIENCE  # seconds: a failpoint that is not passed by then is never
CHECK_EVERY = 10  # rounds between two looks at the whole ledger

# Places that are passed in a new directory only, some of them before it is up; and after a torn write only.
NEW_DIRECTORY = ("dir.stamp.*", "broker.cluster.*", "table.create.*")
BEFORE_IT_IS_READY = ("dir.stamp.*", "broker.cluster.*")
AFTER_TORN_WRITE = "log.cut.*"
ONCE = (AFTER_TORN_WRITE, "dir.running.*", "producers.ids.*")  # passed once in a process

# What is killed, and its part of the random rounds in percent.
SHARES = {"up": 35, "up while it starts": 15, "sink": 15, "one of two sinks": 15, "broker under two sinks": 10,
          "Apache Kafka under two sinks": 5, "sink asleep": 5}
QUICK_KINDS = {"up": 2, "up while it starts": 1, "one of two sinks": 1}


def rounds_of(kind):
    if not LONG and "TICKLAKE_CRASH_ROUNDS" not in os.environ:
        return QUICK_KINDS.get(kind, 0)
    return -(-ROUNDS * SHARES[kind] // 100)


def seeded(kind):
    return random.Random(f"{SEED} {kind}")


def matches(name, globs):
    return any(fnmatch.fnmatch(name, glob) for glob in globs)


@pytest.fixture(scope="session")
def failpoints(binary, tmp_path_factory):
    """All names, as the program tells them when it is given one that it does not know."""
    done = subprocess.run([binary, "up", "--data", tmp_path_factory.mktemp("none") / "d"], capture_output=True, text=True,
                          env={**os.environ, "TICKLAKE_FAILPOINT": "no.such.name"}, timeout=20)
    assert done.returncode == 1 and "there is no failpoint 'no.such.name'" in done.stderr, done.stderr
    names = re.search(r"NAME one of (.*)", done.stderr).group(1).split(", ")
    assert len(names) > 50
    return names


# ---- at random moments

def kill_up(world, moments):
    time.sleep(moments.uniform(0.2, LONGEST_LOAD))
    world.instance.kill()
    world.start()
    world.check_counts()


def kill_up_while_it_starts(world, moments):
    time.sleep(moments.uniform(0.1, 0.7))
    world.instance.kill()
    for _ in range(moments.randrange(1, 4)):
        world.start(ready=False)
        time.sleep(moments.uniform(0, 0.3))
        world.instance.kill()
    world.start()
    world.check_counts()


def test_kill_up(start_up, run, report):
    moments, figures = seeded("up"), Figures(report)
    world = UpWorld(start_up, figures, run)
    world.begin()
    time.sleep(0.3)
    kills = {"up": kill_up, "up while it starts": kill_up_while_it_starts}
    rounds = [kind for kind in kills for _ in range(rounds_of(kind))]
    moments.shuffle(rounds)
    for number, kind in enumerate(rounds):
        figures.round(kind)
        kills[kind](world, moments)
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            world.check_all()
            world.verify()
    world.end()
    figures.tell("kill -9 at random")


def kill_a_sink(world, moments):
    world.kill_sink(moments.randrange(len(world.sinks)))


def kill_the_broker(world, moments):
    world.broker.crash()
    if moments.random() < 0.3:
        kill_a_sink(world, moments)


def put_a_sink_to_sleep(world, moments):
    """Longer than others' commits take: it wakes up with a tail and a table that are long past."""
    slot = moments.randrange(len(world.sinks))
    world.sinks[slot].send_signal(signal.SIGSTOP)
    time.sleep(moments.uniform(0.5, 3))
    if moments.random() < 0.3:
        world.kill_sink(1 - slot)
    world.sinks[slot].send_signal(signal.SIGCONT)


def sink_rounds(world, kind, strike):
    moments = seeded(kind)
    world.load.start()
    time.sleep(0.7)
    for number in range(rounds_of(kind)):
        world.figures.round(kind)
        time.sleep(moments.uniform(0.2, LONGEST_LOAD))
        strike(world, moments)
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            world.check_committed()
    world.end()
    world.figures.tell("kill -9 at random")


@pytest.mark.parametrize("kind, sinks, strike", [
    ("one of two sinks", 2, kill_a_sink),
    pytest.param("sink", 1, kill_a_sink, marks=pytest.mark.long),
    pytest.param("broker under two sinks", 2, kill_the_broker, marks=pytest.mark.long),
    pytest.param("sink asleep", 2, put_a_sink_to_sleep, marks=pytest.mark.long),
], ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else None)
def test_kill_sinks(kind, sinks, strike, binary, start_up, run, report, tmp_path):
    figures = Figures(report)
    with contextlib.closing(SinkWorld(binary, OwnBroker(start_up, figures), figures, run, tmp_path, sinks)) as world:
        sink_rounds(world, kind, strike)


@pytest.mark.long
def test_kill_apache_kafka(binary, shared, free_port, run, report, tmp_path):
    try:
        kafka = ApacheKafka(shared("peers/kafka-up").parent, free_port(), tmp_path / "kafka")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"NO APACHE KAFKA: it did not start here: {error.stderr[-300:]}")
    with contextlib.closing(kafka), \
            contextlib.closing(SinkWorld(binary, kafka, Figures(report), run, tmp_path, sinks=2)) as world:
        sink_rounds(world, "Apache Kafka under two sinks", kill_the_broker)


# ---- at failpoints

def aged_world(start_up, figures, run, failpoints):
    """A world that passes in seconds what others pass in hours: it expires, merges, rolls.

    Sees to it that it passes every failpoint: one that nothing passes would test nothing.
    """
    log_all = {"TICKLAKE_FAILPOINT": "*=log"}
    world = UpWorld(start_up, figures, run, chores=True, env=log_all)
    world.begin()
    world.wait_for_tables()
    world.instance.kill()
    expire_early(world.instance.data)
    world.start(env=log_all)
    wanted = {name for name in failpoints if not matches(name, [AFTER_TORN_WRITE])}
    end = time.monotonic() + REACHED_WITHIN
    while not wanted <= world.reached() and time.monotonic() < end:
        time.sleep(0.1)
    world.load.check()
    missing = wanted - world.reached()
    assert not missing, f"never passed: {sorted(missing)}"
    world.instance.kill()
    return world


def die_at(world, name, nth):
    """Starts with a failpoint and waits until it strikes."""
    world.start(env={"TICKLAKE_FAILPOINT": f"{name}@{nth}"}, ready=False)
    assert world.wait_dead(REACHED_WITHIN), f"{name}@{nth} was not passed within {REACHED_WITHIN} s"


def failpoint_rounds(world, names, moments):
    for number, name in enumerate(names):
        world.figures.round(name)
        if matches(name, [AFTER_TORN_WRITE]):
            die_at(world, "log.append.half", 1)
        die_at(world, name, 1 if matches(name, ONCE) or not LONG else moments.randrange(1, 4))
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            world.start()
            world.check_counts()
            world.check_all()
            world.instance.kill()
            world.verify()
    world.start()
    world.check_counts()


def die_in_a_new_directory(start_up, run, figures, name):
    figures.round(name)
    world = UpWorld(start_up, figures, run, env={"TICKLAKE_FAILPOINT": name}, dies=True)
    if not matches(name, BEFORE_IT_IS_READY):
        world.begin()
    assert world.wait_dead(REACHED_WITHIN), f"{name} was not passed within {REACHED_WITHIN} s"
    world.start()
    world.begin()
    world.wait_for_tables()
    world.end()


def test_failpoints(start_up, run, report, failpoints):
    moments, figures = seeded("failpoints"), Figures(report)
    chosen = [name for name in failpoints if fnmatch.fnmatch(name, FAILPOINTS or "*")]
    if not LONG and not FAILPOINTS:
        usual = [name for name in chosen if not matches(name, NEW_DIRECTORY + SLOW_TO_REACH)]
        day = datetime.date.today().toordinal()
        chosen = [usual[(QUICK_FAILPOINTS * day + i) % len(usual)] for i in range(QUICK_FAILPOINTS)]
    usual = [name for name in chosen if not matches(name, NEW_DIRECTORY)] * FAILPOINT_ROUNDS
    moments.shuffle(usual)
    world = aged_world(start_up, figures, run, failpoints)
    failpoint_rounds(world, usual, moments)
    world.end()
    for name in [name for name in chosen if matches(name, NEW_DIRECTORY)] * FAILPOINT_ROUNDS:
        die_in_a_new_directory(start_up, run, figures, name)
    figures.tell("kill -9 at failpoints")


def fail_at(world, name, nth):
    """Starts with a call that fails once; the process goes on, or, when it cannot start, says why and ends."""
    world.start(env={"TICKLAKE_FAILPOINT": f"{name}@{nth}=error"}, ready=False)
    process, output = world.instance.process, world.instance.output
    end = time.monotonic() + REACHED_WITHIN
    while f"failpoint {name} strikes" not in output() and time.monotonic() < end:
        time.sleep(0.05)
    assert f"failpoint {name} strikes" in output(), f"{name}@{nth} was not passed within {REACHED_WITHIN} s"
    time.sleep(0.5)
    if process.poll() is not None:
        assert process.returncode == 1 and "ticklake: error:" in output(), output()[-3000:]
        return
    world.instance.wait_ready()
    world.check_counts()
    world.instance.kill()


@pytest.mark.long
def test_errors_at_failpoints(start_up, run, report, failpoints):
    """An I/O call that fails harms nothing but what asked for it."""
    moments, figures = seeded("errors"), Figures(report)
    names = [name for name in failpoints if fnmatch.fnmatch(name, FAILPOINTS or "*") and not matches(name, NEW_DIRECTORY)]
    moments.shuffle(names)
    world = aged_world(start_up, figures, run, failpoints)
    for name in names:
        figures.round(name)
        if matches(name, [AFTER_TORN_WRITE]):
            die_at(world, "log.append.half", 1)
        fail_at(world, name, 1 if matches(name, ONCE) else moments.randrange(1, 4))
        world.verify()
    world.start()
    world.check_all()
    world.end()
    figures.tell("an error at failpoints")


# ---- what is no crash, or not quite

def test_a_directory_has_one_process(start_up, run):
    """A second `up` is refused while the first lives, and works right after it was killed."""
    first = start_up()
    second = run("up", "--data", first.data, "--kafka-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", check=False)
    assert second.returncode == 1 and str(first.data) in second.stderr and str(first.process.pid) in second.stderr
    assert "stop it" in second.stderr
    first.process.kill()  # not waited for: what counts is that the lock is free
    again = start_up(data=first.data, kafka=first.kafka)
    assert again.ready_after < RESTART_WITHIN
    first.process.wait()


@pytest.mark.long
def test_a_sink_sleeps_for_a_minute(binary, start_up, run, report, tmp_path):
    """Past every session and idle limit, while another sink commits all the time."""
    figures = Figures(report)
    with contextlib.closing(SinkWorld(binary, OwnBroker(start_up, figures), figures, run, tmp_path, 2)) as world:
        world.load.rate = 500
        world.load.start()
        time.sleep(1)
        world.sinks[0].send_signal(signal.SIGSTOP)
        time.sleep(65)
        world.check_committed()
        world.sinks[0].send_signal(signal.SIGCONT)
        time.sleep(2)
        world.sinks[1].send_signal(signal.SIGSTOP)
        time.sleep(3)
        world.sinks[1].send_signal(signal.SIGCONT)
        world.end()
