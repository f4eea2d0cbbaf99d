"""A real Spark with Iceberg, whose catalog `lake` knows its tables by Glue and reads and writes them on S3.

Its jars are fetched once, by Maven, into the cache folder (some 0.3 GB); it needs a Java 17.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

from java_peer import Missing, cache_folder, find_java, sha256

HERE = pathlib.Path(__file__).resolve().parent / "clients" / "spark"
DIGEST = "f096a7340ad0739da6c3e7828ca751fb85031b8c707f540fce0d52ac0eed7d23"  # of all jars: their names and sha256
OPENS = ("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util",
         "java.util.concurrent", "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs", "sun.security.action",
         "sun.util.calendar")


def find_jars() -> pathlib.Path:
    """The folder of the pinned jars; fetched on first use."""
    home = cache_folder("spark") / DIGEST[:16]
    if home.exists():
        return home
    if not shutil.which("mvn"):
        raise Missing("Spark comes by Maven, and mvn is not installed")
    fetched = home.parent / f"{os.getpid()}"
    fetched.mkdir(parents=True)
    try:
        subprocess.run(["mvn", "-q", "-f", HERE / "pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime",
                        f"-DoutputDirectory={fetched}"], check=True)
        listed = "".join(f"{jar.name} {sha256(jar)}\n" for jar in sorted(fetched.glob("*.jar")))
        digest = hashlib.sha256(listed.encode()).hexdigest()
        assert digest == DIGEST, f"Spark's jars: digest is {digest}, pinned is {DIGEST}: refusing them\n{listed}"
        fetched.rename(home)
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    return home


def run(statements: list[str], endpoint: str, warehouse: str, timeout: float = 300) -> list[list[dict]]:
    """The rows of each statement; AssertionError with Spark's own message where one fails."""
    java, jars = find_java("Spark", 17, 17), find_jars()
    catalog = {"": "org.apache.iceberg.spark.SparkCatalog", ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
               ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO", ".warehouse": warehouse, ".glue.endpoint": endpoint,
               ".s3.endpoint": endpoint, ".s3.path-style-access": "true"}
    settings = {f"spark.sql.catalog.lake{key}": value for key, value in catalog.items()} | {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1"}
    done = subprocess.run(
        [java / "bin" / "java", "-Xmx1G", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENS), "-cp",
         f"{jars}/*", HERE / "SparkSql.java", *(f"{key}={value}" for key, value in settings.items())],
        input="\n".join(statements) + "\n", capture_output=True, text=True, timeout=timeout,
        env={**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"})
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    why = done.stderr[done.stderr.find("Exception in thread"):][:3000]
    assert done.returncode == 0, f"{statements[len(answers)]}\n{why}"
    return answers
