"""s3: PUT and GET of 1 KiB and 8 MiB by 16 signed clients, against moto, versitygw and MinIO.

Each answer is checked. Ours is durable when it answers; moto keeps objects in memory, versitygw leaves them to the page
cache: with TICKLAKE_BENCH_DIR on a tmpfs, where a flush costs nothing, the policies are alike."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from peers import BINARY, free_port, ratio, spread

LOADS = (("1 KiB", 1024, 4000), ("8 MiB", 8 << 20, 48))
KEY, SECRET = "benchaccess", "benchsecret"


class Server:
    def __init__(self, name, command, port, environment=None):
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.folder = tempfile.mkdtemp(prefix="bench-s3.", dir=os.environ.get("TICKLAKE_BENCH_DIR"))
        words = [str(word).replace("@", self.folder) for word in command]
        with open(f"{self.folder}.log", "wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, **(environment or {})})
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url, timeout=2)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit(f"bench: {name} did not start; see {self.folder}.log")
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.remove(f"{self.folder}.log")


def servers():
    port = free_port()
    yield Server("ticklake", [BINARY, "up", "--data", "@/data", "--sink", "off", "--kafka-listen",
                              f"127.0.0.1:{free_port()}", "--http-listen", f"127.0.0.1:{free_port()}", "--aws-listen",
                              f"127.0.0.1:{port}"], port)
    port = free_port()
    yield Server("moto", [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", port],
                 port)
    port = free_port()
    if shutil.which("versitygw"):
        yield Server("versitygw", ["versitygw", "--access", KEY, "--secret", SECRET, "-p", f"127.0.0.1:{port}", "posix",
                                   "@"], port)
    else:
        print("SKIPPED: no versitygw on PATH: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0")
    port = free_port()
    if shutil.which("minio"):
        yield Server("minio", ["minio", "server", "@", "--address", f"127.0.0.1:{port}"], port,
                     {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET})
    else:
        print("SKIPPED: no minio on PATH")


def measure(server, size, objects):
    done = subprocess.run([BINARY.parent / "bench" / "s3_bench", server.url, "bench-bucket", "--size", str(size),
                           "--objects", str(objects), "--key", KEY, "--secret", SECRET], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {server.name}: {done.stderr}")
    return json.loads(done.stdout)


def run(rounds, _rows):
    running = list(servers())
    results = {}
    try:
        for load, size, objects in LOADS:
            runs = {server.name: [] for server in running}
            for _ in range(rounds):
                for server in running:
                    fewer = objects // 8 if server.name == "moto" else objects
                    runs[server.name].append(measure(server, size, fewer))
            results[load] = runs
            for way in ("put", "get"):
                print(f"{way.upper()} of {load}, 16 clients, signed, interleaved:")
                rates = {name: [one[way]["rate"] for one in all_runs] for name, all_runs in runs.items()}
                for name, rate in rates.items():
                    p99 = [one[way]["p99_ms"] for one in runs[name]]
                    own = "" if name == "ticklake" else f"   ticklake is {ratio(rates['ticklake'], rate):.2f} x"
                    print(f"  {name:<10} requests/s {spread(rate)}   p99 ms {spread(p99)}{own}")
    finally:
        for server in running:
            server.stop()
    return results
