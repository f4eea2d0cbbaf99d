"""Real clients through whole scenarios: what passes against `ticklake up`, and how the rest is refused.

CLIENTS is the one table; docs/kafka-api.md shows it. The scenarios are those of the shared peers
(peers/clients/client-scenarios: each ends with 0 only when the client did all of it and read back what it wrote), and
for aiokafka tests/clients/aiokafka_scenarios.py. Clients that pip does not bring are marked long: `make test-interop`.
"""

import dataclasses
import importlib.metadata
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
PASSES = ["produce", "idempotent", "group", "offsets", "admin"]
ENDS_WITHIN = 300  # seconds, many of them at once; installs too
REFUSED_WITHIN = 60  # on a busy machine; alone it takes a second or two


@dataclasses.dataclass
class Client:
    name: str
    version: str
    command: list  # SHARED and TESTS in it are folders, SCENARIO and BOOTSTRAP the arguments
    commands: dict = dataclasses.field(default_factory=dict)  # scenario -> another command
    refused: dict = dataclasses.field(default_factory=dict)  # scenario -> what its user reads
    also: list = dataclasses.field(default_factory=list)  # scenarios beyond PASSES that pass
    needs: list = dataclasses.field(default_factory=list)  # commands on PATH
    python: bool = False  # one of requirements.txt
    quick: bool = True


def shared_client(name, version, needs, **more):
    return Client(name, version, ["SHARED/peers/clients/client-scenarios", name, "SCENARIO", "BOOTSTRAP"],
                  needs=needs, **more)


def python(script):
    return [sys.executable, script, "BOOTSTRAP", "SCENARIO"]


def python_client(name, version, script, **more):
    return Client(name, version, python(script), python=True, **more)


CLIENTS = [
    python_client("confluent-kafka", "2.16.1", "SHARED/peers/clients/py_confluent.py",
                  commands={"group848": python("TESTS/clients/confluent_group848.py")},
                  refused={"txn": "this broker has no transactions", "etl": "this broker has no transactions",
                           "group848": "API version not supported: ConsumerGroupHeartbeat"}),
    python_client("kafka-python", "3.0.12", "SHARED/peers/clients/py_kafka.py",
                  refused={"txn": "ClusterAuthorizationFailed"}),
    python_client("aiokafka", "0.14.0", "TESTS/clients/aiokafka_scenarios.py",
                  refused={"txn": "ClusterAuthorizationFailed"}),
    shared_client("kcat", "1.7.1", ["kcat"]),
    shared_client("kafkajs", "2.2.4", ["node", "npm"], quick=False,
                  refused={"txn": "Cluster authorization failed"}),
    shared_client("franz", "1.22.2", ["go"], quick=False, also=["group848"],
                  refused={"txn": "CLUSTER_AUTHORIZATION_FAILED", "etl": "CLUSTER_AUTHORIZATION_FAILED"}),
    shared_client("java", "4.3.0", ["java", "mvn"], quick=False,
                  # The shared scenario counts the lines of the standard output, and the errors are among them.
                  commands={"group848": ["SHARED/peers/kafka-tool", "console-consumer", "--bootstrap-server", "BOOTSTRAP",
                                         "--topic", "java-produce", "--command-property", "group.protocol=consumer"]},
                  refused={"txn": "this broker has no transactions", "group848": "does not support the new CONSUMER"}),
]


def start(client, scenario, bootstrap, shared):
    words = {"SCENARIO": scenario, "BOOTSTRAP": bootstrap}
    command = [words.get(word, word) for word in client.commands.get(scenario, client.command)]
    command = [str(shared(word[len("SHARED/"):])) if word.startswith("SHARED/") else word.replace("TESTS", str(TESTS), 1)
               for word in command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def outcome(process, within):
    """("0", output), (the exit code, output) or ("still running", output)."""
    try:
        output = process.communicate(timeout=within)[0]
        return str(process.returncode), output
    except subprocess.TimeoutExpired:
        process.kill()
        return "still running", process.communicate()[0]


@pytest.mark.parametrize("client", [pytest.param(client, id=client.name, marks=[] if client.quick else pytest.mark.long)
                                    for client in CLIENTS])
def test_a_client_does_its_scenarios(client, up, shared):
    for command in client.needs:
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed")
    batches = [PASSES + client.also + list(client.refused)]
    if not client.quick:  # the first run installs the client; many at once would be slow, and refusals are to be quick
        batches = [PASSES[:1], PASSES[1:] + client.also, list(client.refused)]
    wrong = []
    for scenarios in batches:
        running = {scenario: start(client, scenario, up.kafka, shared) for scenario in scenarios}
        for scenario, process in running.items():
            says = client.refused.get(scenario)
            code, output = outcome(process, REFUSED_WITHIN if says else ENDS_WITHIN)
            if says and (code == "still running" or not re.search(says, output)):
                wrong.append(f"{scenario}: ended with {code}, and should say '{says}'\n{output}")
            elif not says and code != "0":
                wrong.append(f"{scenario}: ended with {code}\n{output}")
    assert not wrong, f"{client.name}\n" + "\n".join(wrong)


@pytest.mark.long
def test_java_produces_every_codec(up, shared):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        subprocess.run([shared("peers/kafka-tool"), "producer-perf", "--topic", codec, "--num-records", "1000",
                        "--record-size", "100", "--throughput", "-1", "--command-property",
                        f"bootstrap.servers={up.kafka}", f"compression.type={codec}"], check=True, timeout=ENDS_WITHIN)
        done = subprocess.run(["kcat", "-b", up.kafka, "-C", "-t", codec, "-e", "-q", "-f", "%S\\n"], text=True,
                              capture_output=True, check=True, timeout=60)
        assert done.stdout.split() == ["100"] * 1000


def test_the_page_shows_the_table():
    page = (TESTS.parent / "docs" / "kafka-api.md").read_text()
    for client in CLIENTS:
        if client.python:
            assert importlib.metadata.version(client.name) == client.version
        cells = ["passes"] * len(PASSES)
        for scenario in ("txn", "group848"):
            cells.append("passes" if scenario in client.also else "refused" if scenario in client.refused else "")
        line = f"| {client.name} {client.version} | {' | '.join(cells)} |"
        assert line in page, f"docs/kafka-api.md lacks\n{line}"
