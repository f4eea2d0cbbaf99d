"""s3fs, as pandas and dask use it: s3fs_scenario.py ENDPOINT. Ends with an assertion if anything is not as on S3."""

import os
import sys
import urllib.request

import s3fs

MIB = 1 << 20

files = s3fs.S3FileSystem(key="test", secret="test", client_kwargs={"endpoint_url": sys.argv[1]}, default_block_size=5 * MIB)
files.mkdir("s3fs")
body = os.urandom(13 * MIB)
with files.open("s3fs/dir/big", "wb") as out:
    for at in range(0, len(body), MIB):
        out.write(body[at:at + MIB])
files.pipe_file("s3fs/dir/small", b"small", ContentType="text/x")
assert files.cat("s3fs/dir/big") == body
with files.open("s3fs/dir/big", "rb") as file:
    file.seek(12 * MIB)
    assert file.read(10) == body[12 * MIB:12 * MIB + 10]
files.copy("s3fs/dir/big", "s3fs/dir/copy=1/b c")
files.mv("s3fs/dir/small", "s3fs/moved é")
assert files.find("s3fs") == ["s3fs/dir/big", "s3fs/dir/copy=1/b c", "s3fs/moved é"]
assert {entry["name"]: entry["type"] for entry in files.ls("s3fs/dir", detail=True)} == {
    "s3fs/dir/big": "file", "s3fs/dir/copy=1": "directory"}
assert files.info("s3fs/moved é")["ContentType"] == "text/x"
files.put_tags("s3fs/moved é", {"k": "v"})
assert files.get_tags("s3fs/moved é") == {"k": "v"}
with files.open("s3fs/moved é", "ab") as out:
    out.write(b" and more")
with urllib.request.urlopen(files.sign("s3fs/moved é")) as answer:
    assert answer.read() == b"small and more"
try:
    files.pipe_file("s3fs/moved é", b"x", mode="create")
    raise AssertionError("replaced what is there")
except FileExistsError:
    pass
files.rm("s3fs", recursive=True)
assert not files.exists("s3fs")
