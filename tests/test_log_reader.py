"""The reader of real clusters under the suite that every log reader must pass, on an Apache Kafka."""

import os
import pathlib
import subprocess

import pytest


def test_the_reader_conforms_on_apache_kafka(binary, shared, free_port, tmp_path):
    kafka_up = shared("peers/kafka-up")
    program = pathlib.Path(binary).parent / "bin" / "tl_cli_test"
    if not program.exists():
        pytest.skip(f"{program} is not built: run make test")
    # The controller takes the port after the listener's.
    started = subprocess.run([kafka_up, "-p", str(free_port() // 2 * 2), "-d", tmp_path / "kafka", "-H", "256m"],
                             capture_output=True, text=True, timeout=300, check=False)
    if started.returncode != 0:
        pytest.skip(f"kafka-up did not start: {started.stderr}")
    try:
        done = subprocess.run([program, "--gtest_filter=RdKafka/*GivenBrokers"], capture_output=True, text=True,
                              timeout=300, check=False,
                              env={**os.environ, "TICKLAKE_TEST_BROKERS": started.stdout.split()[0]})
        assert done.returncode == 0, done.stdout + done.stderr
        assert "[  PASSED  ] 0 tests" not in done.stdout
    finally:
        subprocess.run([shared("peers/kafka-down"), "-9", tmp_path / "kafka"], timeout=60, check=True)
