"""A real Trino, whose Hive and Iceberg connectors know their tables by Glue and read and write them on S3.

It is fetched once, by Maven, into the cache folder (some 0.8 GB), and needs a Java 24 or newer on the machine.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.request

from java_peer import Missing, find_java, sha256

VERSION = "476"
SHA256 = "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f"
MIN_JAVA = 24
READY_WITHIN = 180  # seconds


def find_trino(cache: pathlib.Path) -> pathlib.Path:
    """The unpacked server; fetched on first use."""
    home = cache / f"trino-server-{VERSION}"
    if home.exists():
        return home
    if not shutil.which("mvn"):
        raise Missing("Trino comes by Maven, and mvn is not installed")
    fetched = cache / f"trino-{os.getpid()}"
    fetched.mkdir(parents=True)
    try:
        subprocess.run(["mvn", "-q", "dependency:copy", f"-Dartifact=io.trino:trino-server:{VERSION}:tar.gz",
                        f"-DoutputDirectory={fetched}"], check=True)
        archive = fetched / f"trino-server-{VERSION}.tar.gz"
        digest = sha256(archive)
        assert digest == SHA256, f"{archive.name}: sha256 is {digest}, pinned is {SHA256}: refusing it"
        with tarfile.open(archive) as tar:
            tar.extractall(fetched, filter="data")
        (fetched / home.name).rename(home)
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    return home


CATALOG = """\
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url={endpoint}
hive.metastore.glue.aws-access-key={access_key}
hive.metastore.glue.aws-secret-key={secret_key}
hive.metastore.glue.default-warehouse-dir={warehouse}
fs.native-s3.enabled=true
s3.region=us-east-1
s3.endpoint={endpoint}
s3.path-style-access=true
s3.aws-access-key={access_key}
s3.aws-secret-key={secret_key}
"""
KINDS = {
    "hive": "connector.name=hive\nhive.metastore=glue\nhive.non-managed-table-writes-enabled=true\n",
    "iceberg": "connector.name=iceberg\niceberg.catalog.type=glue\n",
}


class Trino:
    """One running server with the catalogs `hive` and `iceberg`."""

    def __init__(self, cache: pathlib.Path, folder: pathlib.Path, port: int, **catalog):
        """catalog: endpoint, access_key, secret_key and warehouse ("s3://bucket/folder")."""
        java = find_java(f"Trino {VERSION}", MIN_JAVA)
        home = find_trino(cache)
        self.url = f"http://127.0.0.1:{port}"
        etc = folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        (etc / "node.properties").write_text(f"node.environment=test\nnode.data-dir={folder}/data\n")
        (etc / "jvm.config").write_text("-server\n-Xmx1G\n--add-modules=jdk.incubator.vector\n"
                                        "-XX:+UnlockDiagnosticVMOptions\n-Djdk.attach.allowAttachSelf=true\n")
        (etc / "config.properties").write_text(
            f"coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port={port}\n"
            f"discovery.uri={self.url}\nquery.max-memory=300MB\nquery.max-memory-per-node=300MB\n"
            "memory.heap-headroom-per-node=200MB\ncatalog.management=static\n")
        for name, kind in KINDS.items():
            (etc / "catalog" / f"{name}.properties").write_text(kind + CATALOG.format(**catalog))
        self.log = folder / "trino.log"
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [home / "bin" / "launcher", "run", f"--etc-dir={etc}", f"--data-dir={folder}/data"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, "JAVA_HOME": str(java), "PATH": f"{java}/bin:{os.environ['PATH']}"})
        self._wait_ready()

    def _wait_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while True:
            assert self.process.poll() is None, f"Trino ended before it was ready\n{self.log.read_text()[-3000:]}"
            assert time.monotonic() < end, f"Trino is not ready after {READY_WITHIN} s\n{self.log.read_text()[-3000:]}"
            try:
                with urllib.request.urlopen(self.url + "/v1/info", timeout=5) as answer:
                    started = not json.load(answer)["starting"]
                if started and self.sql("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'") == [[1]]:
                    return
            except (urllib.error.URLError, OSError, AssertionError):  # starting: not yet a node of its own
                pass
            time.sleep(0.5)

    def sql(self, text: str, timeout: float = 120) -> list[list]:
        """The rows of a statement; AssertionError with Trino's own message where it fails."""
        end = time.monotonic() + timeout
        request = urllib.request.Request(self.url + "/v1/statement", data=text.encode(), method="POST",
                                         headers={"X-Trino-User": "test"})
        rows = []
        while True:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                page = json.load(answer)
            assert "error" not in page, f"{text}\n{page['error']['message']}\n{json.dumps(page['error'])[:3000]}"
            rows += page.get("data", [])
            if "nextUri" not in page:
                return rows
            assert time.monotonic() < end, f"{text}: no end within {timeout} s"
            request = urllib.request.Request(page["nextUri"], headers={"X-Trino-User": "test"})

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
