"""Glue's Data Catalog, killed in the middle of updates: nothing acked is lost, nothing is there by half."""
import json
import os
import random
import time

from until_gone import CONFIG, UntilGone

LONG = os.environ.get("TICKLAKE_LONG") == "1"
BATCH = 7  # partitions of one request


def description(n, columns):
    return {"Name": f"t{n}", "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": "p", "Type": "int"}],
            "StorageDescriptor": {"Columns": [{"Name": f"c{i}", "Type": "int"} for i in range(columns)],
                                  "Location": f"s3://somewhere/t{n}/"}}


class Changer(UntilGone):
    """Changes a table of its own, and its partitions in batches; has Glue make Iceberg tables."""

    def __init__(self, up, number, seed, may_be):
        super().__init__(number, seed)
        self.glue = up.glue(config=CONFIG)
        # How many columns the table may have; a batch's number -> what may be there; likewise an Iceberg table's name.
        self.columns, self.batches, self.iceberg = may_be

    def step(self):
        table = {"DatabaseName": "made", "TableName": f"t{self.number}"}
        kind = self.rng.randrange(3)
        if kind == 2:
            name = f"ice{self.number}_{len(self.iceberg)}"
            there = self.iceberg.setdefault(name, {False, True})
            input = {"Name": name, "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}],
                                                         "Location": f"s3://ice/{name}"}}
            self.glue.create_table(DatabaseName="made", TableInput=input,
                                   OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}})
            there.intersection_update({True})
        elif kind == 1:
            columns = max(self.columns) + 1
            self.columns.add(columns)
            self.glue.update_table(DatabaseName="made", TableInput=description(self.number, columns))
            self.columns.intersection_update({columns})
        else:
            batch = self.rng.randrange(20)
            values = [[str(batch * BATCH + i)] for i in range(BATCH)]
            there = self.batches.setdefault(batch, {False})
            wanted = there == {False}
            there.add(wanted)
            if wanted:
                inputs = [{"Values": value, "StorageDescriptor": {"Columns": []}} for value in values]
                errors = self.glue.batch_create_partition(**table, PartitionInputList=inputs).get("Errors")
            else:
                gone = [{"Values": value} for value in values]
                errors = self.glue.batch_delete_partition(**table, PartitionsToDelete=gone).get("Errors")
            assert not errors, errors
            there.intersection_update({wanted})


def check_iceberg(up, may_be):
    """Each table that is there has its metadata; what was acked is there."""
    there = {t["Name"]: t["Parameters"]["metadata_location"] for page in up.glue().get_paginator("get_tables").paginate(
        DatabaseName="made", Expression="ice*") for t in page["TableList"]}
    for name, known in may_be.items():
        assert (name in there) in known, f"{name} is {'there' if name in there else 'gone'}"
        known.intersection_update({name in there})
        if name in there:
            body = up.s3().get_object(Bucket="ice", Key=there[name].removeprefix("s3://ice/"))["Body"].read()
            assert json.loads(body)["location"] == f"s3://ice/{name}"
    assert set(there) <= set(may_be)


def check(glue, number, columns, batches):
    """What is there is one of the things that may be, and is known for certain from now on."""
    table = glue.get_table(DatabaseName="made", Name=f"t{number}")["Table"]
    found = len(table["StorageDescriptor"]["Columns"])
    assert found in columns, f"t{number} has {found} columns, and may have {columns}"
    columns.intersection_update({found})
    versions = [int(v["VersionId"]) for page in glue.get_paginator("get_table_versions").paginate(
        DatabaseName="made", TableName=f"t{number}") for v in page["TableVersions"]]
    assert sorted(versions, reverse=True)[0] == int(table["VersionId"]) and len(set(versions)) == len(versions)
    partitions = {int(p["Values"][0]) for page in glue.get_paginator("get_partitions").paginate(
        DatabaseName="made", TableName=f"t{number}") for p in page["Partitions"]}
    for batch, there in batches.items():
        own = partitions & set(range(batch * BATCH, (batch + 1) * BATCH))
        assert len(own) in (0, BATCH), f"t{number}: {len(own)} of the {BATCH} partitions of batch {batch}"
        assert bool(own) in there, f"t{number}: batch {batch} is {'there' if own else 'gone'}"
        there.intersection_update({bool(own)})
    assert len(partitions) == BATCH * sum(there == {True} for there in batches.values())


def test_kill_9_leaves_every_update_whole(start_up, report):
    rounds = 20 if LONG else 2
    acked, up = 0, start_up()
    up.glue().create_database(DatabaseInput={"Name": "made"})
    up.s3().create_bucket(Bucket="ice")
    for n in range(4):
        up.glue().create_table(DatabaseName="made", TableInput=description(n, 1))
    may_be = [({1}, {}, {}) for _ in range(4)]
    for number in range(rounds):
        changers = [Changer(up, n, 100 * number + n, may_be[n]) for n in range(4)]
        for changer in changers:
            changer.start()
        time.sleep(random.Random(number).uniform(0.3, 1.0))
        up.kill()
        for changer in changers:
            changer.join()
            acked += changer.acked
        up = start_up(data=up.data)
        for n in range(4):
            check(up.glue(), n, *may_be[n][:2])
        check_iceberg(up, {name: known for _, _, iceberg in may_be for name, known in iceberg.items()})
    report("glue-kills", f"{rounds} kills of a process that took changes of tables and partitions from 4 clients, {acked} acked")
    assert acked > rounds
