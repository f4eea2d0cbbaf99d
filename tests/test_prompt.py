"""The prompt of `ticklake sql`, on a real (pseudo) terminal; and scripts of several statements (docs/sql.md)."""
import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from confluent_kafka import Producer

from conftest import PATIENCE

ENDLESS = "SELECT count(*) FROM range(100000000000) a WHERE sqrt(a.range) < 0;"
TAB, UP, CTRL_C, CTRL_D = "\t", "\x1b[A", "\x03", "\x04"


def produce(bootstrap, topic, values):
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 1})
    for value in values:
        producer.produce(topic, json.dumps(value))
    assert producer.flush(30) == 0


class Terminal:
    """A program on a terminal of its own: type, and wait for what shows."""

    def __init__(self, command, env, width=100):
        self.screen = self.rest = ""
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
            os.execvpe(command[0], [str(word) for word in command], env)

    def type(self, text):
        os.write(self.fd, text.encode())

    def see(self, pattern, within=20):
        """Waits for a regular expression; what is up to its end is gone from the screen, and the match returned."""
        end = time.monotonic() + within * PATIENCE
        while not (match := re.search(pattern, self.screen, re.DOTALL)):
            left = end - time.monotonic()
            assert left > 0, f"not seen within {within} s: {pattern}\n--- screen:\n{self.screen}"
            if select.select([self.fd], [], [], left)[0]:
                try:
                    piece = os.read(self.fd, 65536)
                except OSError:  # the program has ended
                    piece = b""
                assert piece, f"ended before it showed: {pattern}\n--- screen:\n{self.screen}"
                self.show(piece)
        self.screen = self.screen[match.end():]
        return match

    def show(self, piece):
        """Adds to the screen, without what moves the cursor or colours; a sequence may come in two pieces."""
        text = self.rest + self.decode(piece)
        self.rest = re.search(r"(\x1b(\[[0-9;?]*)?)?$", text)[0]
        text = text[:len(text) - len(self.rest)]
        self.screen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")

    def ask(self, statement):
        self.type(statement + "\r")
        return self.see(r"\(([\d,]+) rows?, \d[^)]*s\)")

    def end(self):
        """Waits for the program's end; its exit code."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                if select.select([self.fd], [], [], 0)[0]:
                    os.read(self.fd, 65536)
            except OSError:
                pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError("still running after 10 s")

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)


@pytest.fixture
def prompt(binary, tmp_path):
    """prompt(data, *args, **env) -> Terminal at its first prompt."""
    opened = []

    def start(data, *args, **env):
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "HOME": str(tmp_path),
                       "XDG_STATE_HOME": str(tmp_path / "state"), **env}
        opened.append(Terminal([binary, "sql", "--data", data, *args], environment))
        opened[-1].see("ticklake> ")
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.kill()


def running(up):
    match = re.search(r"^ticklake_queries_running (\d+)", up.get("/metrics"), re.M)
    return int(match[1]) if match else 0


def wait_for(condition, within=10):
    end = time.monotonic() + within * PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_conversation(up, prompt, tmp_path):
    produce(up.kafka, "orders", [{"id": i, "customer": f"c{i}", "größe": i / 2} for i in range(3)])
    sql = prompt(up.data)

    assert sql.ask("SELECT id, customer\rFROM orders\rORDER BY id;")[1] == "3"
    # Tab: a table, a column of the table named later, a keyword
    sql.type("SELECT customer FROM ord" + TAB)
    sql.see("FROM orders ")
    assert sql.ask("WHERE id = 1;")[1] == "1"
    sql.type("SELECT max(gr")
    sql.type(TAB)
    sql.see("ö|GROUP BY|grade_up")  # several: they are shown
    sql.type(CTRL_C)
    sql.see("ticklake> ")
    sql.type("SELECT cust FROM orders;" + "\x1b[D" * len(" FROM orders;") + TAB)
    sql.type("\r")
    sql.see(r"\ncustomer\n─+\nc0\n.*\(3 rows, ")

    # errors show their place, and end nothing
    sql.type("SELECT prise\rFROM orders;\r")
    sql.see(r'error: line 1, column 8: Referenced column "prise" not found')
    sql.see(r"SELECT prise\n +\^\n")

    # history: one statement of two lines is one entry
    sql.type(UP)
    sql.see("SELECT prise")
    sql.type(CTRL_C)
    sql.see("ticklake> ")

    # pasted text is taken as it is, tabs and all
    sql.type("\x1b[200~SELECT 'a\tb' AS x,\n  7 AS y;\nSELECT 41 + 1 AS z;\x1b[201~")
    sql.type("\r")
    sql.see(r"a\\tb +7.*\(1 row, .*42.*\(1 row, ")

    sql.type("\\x\r")
    sql.see("expanded display is on")
    sql.type("SELECT 1 AS one, 'ü€' AS two;\r")
    sql.see(r"─\[ 1 \]─+\none  1\ntwo  ü€\n")
    sql.type("\\o jsonl\r")
    sql.see("format is jsonl")
    sql.type("SELECT 1 AS one;\r")
    sql.see(r'\{"one":1\}')
    sql.type("\\d\r")
    sql.see(r'"database":"market","table":"orders"')
    sql.type("\\d orders\r")
    sql.see(r'"column_name":"customer"')
    sql.type(CTRL_D)
    assert sql.end() == 0


def test_ctrl_c_stops_the_query_in_the_server_and_the_prompt_goes_on(up, prompt):
    sql = prompt(up.data)
    sql.ask("SELECT 1;")
    for _ in range(3):
        sql.type(ENDLESS + "\r")
        wait_for(lambda: running(up) == 1)
        time.sleep(0.2)
        began = time.monotonic()
        sql.type(CTRL_C)
        sql.see("cancelled")
        seen = time.monotonic() - began
        wait_for(lambda: running(up) == 0)
        stopped = time.monotonic() - began
        print(f"cancelled after {seen * 1e3:.0f} ms, stopped in the server after {stopped * 1e3:.0f} ms")
        assert seen < 2 * PATIENCE and stopped < 2 * PATIENCE  # some 50 ms on a machine that has nothing else to do
    sql.type("SELECT 'on and ' || 'on' AS it;\r")
    sql.see("on and on")
    sql.type("\\watch 0.1\r")
    sql.see(r"on and on.*on and on.*on and on")
    sql.type(CTRL_C)
    sql.see("ticklake> ")
    sql.type("quit\r")
    assert sql.end() == 0


def test_the_directory_alone_and_a_process_that_comes_and_goes(start_up, prompt):
    up = start_up()
    produce(up.kafka, "events", [{"n": i} for i in range(5)])
    up.stop()
    sql = prompt(up.data)
    sql.type("SELECT count(*) AS c FROM events;\r")
    sql.see(r"\n5\n")
    sql.type(ENDLESS + "\r")
    time.sleep(0.5)
    sql.type(CTRL_C)
    sql.see("cancelled", within=5)

    again = start_up(data=up.data)
    produce(again.kafka, "events", [{"n": i} for i in range(2)])
    sql.type("SELECT count(*) AS c FROM events;\r")
    sql.see(r"note: now run by process \d+ at 127.0.0.1:\d+\n.*\n7\n")
    again.stop()
    sql.type("SELECT count(*) AS c FROM events;\r")
    sql.see(r"note: now nothing runs it.*\n7\n")

    # a process that came and went between two statements was seen by nobody
    third = start_up(data=up.data)
    produce(third.kafka, "events", [{"n": 1}])
    third.kill()
    sql.type("SELECT count(*) AS c FROM events;\r")
    sql.see(r"\n8\n")
    sql.type(CTRL_D)
    assert sql.end() == 0


def test_history_is_kept_across_sessions(start_up, prompt, tmp_path):
    up = start_up()
    up.stop()
    first = prompt(up.data)
    first.ask("SELECT 11,\r  22;")
    first.type(CTRL_D)
    assert first.end() == 0
    file = tmp_path / "state/ticklake/sql_history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "SELECT 11,\\n  22;\n"
    second = prompt(up.data)
    second.type(UP)
    second.see("SELECT 11,.*22;")
    second.type("\r")
    second.see(r"\(1 row, ")
    second.type("exit\r")
    assert second.end() == 0
    assert file.read_text() == "SELECT 11,\\n  22;\nexit\n"


def test_colours_are_for_those_who_want_them(start_up, binary, tmp_path):
    up = start_up()
    up.stop()
    for no_color, colours in (("", True), ("1", False)):
        env = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color, "XDG_STATE_HOME": str(tmp_path)}
        terminal = Terminal([binary, "sql", "--data", up.data], env)
        raw = b""
        end = time.monotonic() + 10
        while b"ticklake>" not in raw and time.monotonic() < end:
            raw += os.read(terminal.fd, 65536)
        assert (b"\x1b[1mticklake>" in raw) == colours, raw
        terminal.kill()


def test_scripts_run_their_statements_until_one_fails(start_up, run, tmp_path):
    up = start_up()
    script = tmp_path / "report.sql"
    script.write_text("-- two; statements\nSELECT 1 AS a;\nSELECT 'x;y' AS b; -- done\n")
    expected = "a\n1\nb\nx;y\n"
    assert run("sql", "--data", up.data, "-o", "csv", "-f", script).stdout == expected
    assert run("sql", "--data", up.data, "-o", "csv", input=script.read_text()).stdout == expected
    assert run("sql", "--data", up.data, "-o", "csv", script.read_text()).stdout == expected

    script.write_text("SELECT 1 AS a;\n\n  SELECT 2 AS b,\n    nope FROM range(3);\nSELECT 3 AS c;\n")
    failed = run("sql", "--data", up.data, "-o", "csv", "-f", script, check=False)
    assert failed.returncode == 1 and failed.stdout == "a\n1\n"
    assert f"error: {script}: line 4, column 5: " in failed.stderr
    assert "\n      nope FROM range(3);\n      ^\n" in failed.stderr
    up.stop()
    alone = run("sql", "--data", up.data, "-o", "csv", "-f", script, check=False)
    assert (alone.returncode, alone.stdout, alone.stderr) == (failed.returncode, failed.stdout, failed.stderr)
    both = run("sql", "--data", up.data, "-f", script, "SELECT 1", check=False)
    assert both.returncode == 2
    missing = run("sql", "--data", up.data, "-f", tmp_path / "none.sql", check=False)
    assert missing.returncode == 3 and "none.sql" in missing.stderr


def test_a_terminal_that_only_reads_is_no_prompt(start_up, binary):
    """Output that goes to a file is for programs: no prompt is drawn into it."""
    up = start_up()
    up.stop()
    master, slave = pty.openpty()
    done = subprocess.run([binary, "sql", "--data", up.data], stdin=slave, capture_output=True, text=True,
                          timeout=20 * PATIENCE)
    os.close(master), os.close(slave)
    assert done.returncode == 1 and done.stdout == "" and "no SQL given" in done.stderr
