"""Glue's own service model, as botocore has it, as the oracle of what our door answers.

`watch(client)` makes a boto3 client check each answer before botocore parses it (which drops what it does not know):
no unknown member, no null, no empty string, the right types, lengths, numbers and patterns within the model's bounds.
"""

import json
import re

TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float),
         "timestamp": (int, float)}


def matches(pattern, text):
    """Whether a text is of a pattern of the model's, in which characters beyond U+FFFF are surrogates."""
    return re.fullmatch(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), text) is not None


def problems(shape, value, path="$"):
    """What is wrong with a JSON value for a shape of botocore's model: a list of texts."""
    if value is None:
        return [f"{path}: null"]
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{path}: no object"]
        found = [f"{path}.{name}: lacks" for name in shape.required_members if name not in value]
        for name, member in value.items():
            if name not in shape.members:
                found.append(f"{path}.{name}: is not in the model")
            else:
                found += problems(shape.members[name], member, f"{path}.{name}")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [text for i, item in enumerate(value) for text in problems(shape.member, item, f"{path}[{i}]")]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{path}: no map"]
        return [text for key, item in value.items() for text in problems(shape.value, item, f"{path}[{key}]")]
    if not isinstance(value, TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        return [f"{path}: {value!r} is no {kind}"]
    limits = shape.metadata
    if kind != "string" and not limits.get("min", value) <= value <= limits.get("max", value):
        return [f"{path}: {value!r} is out of range"]
    if kind == "string":
        if value == "" and shape.name != "ValueString":
            return [f"{path}: an empty string"]
        if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
            return [f"{path}: {len(value)} characters"]
        if "pattern" in limits and not matches(limits["pattern"], value):
            return [f"{path}: {value!r} is not of {limits['pattern']}"]
        if shape.enum and value not in shape.enum:
            return [f"{path}: {value!r} is none of {shape.enum}"]
    return []


def watch(client):
    """Checks each answer to `client` from now on; returns the set of the operations that were answered."""
    answered = set()

    def check(operation_model, response_dict, **_):
        if response_dict["status_code"] != 200:
            body = json.loads(response_dict["body"])
            assert set(body) == {"__type", "Message"} and all(body.values()), body
            return
        answered.add(operation_model.name)
        wrong = problems(operation_model.output_shape, json.loads(response_dict["body"]))
        assert not wrong, f"{operation_model.name}: " + "; ".join(wrong)

    client.meta.events.register("before-parse.glue", check)
    return answered
