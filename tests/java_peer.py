"""What peers that run on Java need: a Java of the right age, and a folder in the cache."""
import hashlib
import os
import pathlib
import re
import subprocess


class Missing(Exception):
    """Something that the peer needs is not on this machine; the text says what."""


def find_java(who: str, least: int, most: int = 1000) -> pathlib.Path:
    """The home of a Java of a version between the two; `who` needs it."""
    homes = [pathlib.Path(os.environ[name]) for name in ("TICKLAKE_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    homes += sorted(pathlib.Path("/usr/lib/jvm").glob("*"), reverse=True)
    for home in homes:
        java = home / "bin" / "java"
        if not java.exists():
            continue
        told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
        version = re.search(r'version "(\d+)', told)
        if version and least <= int(version[1]) <= most:
            return home
    wanted = f"{least} or newer" if most == 1000 else f"{least} to {most}"
    raise Missing(f"{who} needs Java {wanted}: set TICKLAKE_JAVA_HOME")


def cache_folder(name: str) -> pathlib.Path:
    return pathlib.Path(os.environ["TICKLAKE_CACHE"]) / name  # tests/run says where that is


def sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
