"""What a newcomer sees: a first SELECT within ten seconds of process start, and a clean end."""
import pathlib
import re
import signal
import subprocess
import time

from conftest import PATIENCE


def test_demo_shows_a_select_within_ten_seconds(binary, tmp_path):
    started = time.monotonic()
    demo = subprocess.Popen([binary, "demo", "--seconds", "8"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, cwd=tmp_path)
    seen = None
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if seen is None and "vwap" in line:
            seen = time.monotonic() - started
    error = demo.stderr.read()
    assert demo.wait(20 * PATIENCE) == 0, error
    assert seen is not None and seen < 10 * PATIENCE, (seen, "".join(lines), error)
    text = "".join(lines)
    assert len(re.findall(r"\b[A-Z]{1,5}\b.*\d+\.\d+", text)) >= 10, text
    for word in ("rows", "ticklake sql", "ticklake verify"):
        assert word in text + error


def test_demo_ends_by_interrupt(binary, tmp_path):
    demo = subprocess.Popen([binary, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    time.sleep(4 * PATIENCE)
    demo.send_signal(signal.SIGINT)
    out, error = demo.communicate(timeout=15 * PATIENCE)
    assert demo.returncode == 0, error
    assert "ticklake verify" in out + error
    directory = re.search(r"--data (\S+ticklake-demo\S+)", out).group(1)
    assert pathlib.Path(directory, "lake").is_dir()


def test_up_is_ready_tells_and_ends_cleanly(start_up):
    up = start_up("--feed", "sim")
    assert up.get("/readyz").strip() == "ready"
    end = time.monotonic() + 15
    while not up.sql("SHOW TABLES") and time.monotonic() < end:
        time.sleep(0.1)
    assert {row["name"] for row in up.sql("SHOW TABLES")} >= {"trades", "quotes"}
    metrics = up.get("/metrics")
    assert re.search(r"^# TYPE ticklake_\w+ (counter|gauge)$", metrics, re.M)
    assert float(re.search(r"^ticklake_resident_bytes (\S+)$", metrics, re.M)[1]) > 10e6
    box = up.output()
    assert up.kafka in box and up.http in box and "ticklake sql" in box
    up.stop()
