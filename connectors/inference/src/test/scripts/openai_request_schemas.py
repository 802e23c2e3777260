#!/usr/bin/env python3
"""Takes the schemas of the requests that Dualtrack sends out of OpenAI's API description.

    openai_request_schemas.py openapi.yaml > resources/openai/requests.schema.json

The description is published at https://github.com/openai/openai-openapi (MIT License). Texts for
people are left out; nothing that validates is.
"""
import json
import sys

import yaml

ROOTS = ["CreateChatCompletionRequest", "CreateEmbeddingRequest", "CreateResponse"]
PROSE = {"description", "title", "example", "examples", "x-oaiMeta", "deprecated", "discriminator"}
COMPONENT = "#/components/schemas/"


def lean(node, names):
    """A schema without prose; `names` tells that the keys are the schema author's."""
    if isinstance(node, dict):
        made = {}
        for key, value in node.items():
            if not names and (key in PROSE or (key == "$recursiveRef")):
                continue
            if key == "$ref" and isinstance(value, str):
                value = value.replace(COMPONENT, "#/$defs/")
            if key == "enum" or key == "const" or key == "default":
                made[key] = value
            else:
                made[key] = lean(value, key in ("properties", "patternProperties") and not names)
        return made
    if isinstance(node, list):
        return [lean(each, False) for each in node]
    return node


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rsplit("/", 1)[1]
            else:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def main(path):
    with open(path, encoding="utf-8") as file:
        description = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = description["components"]["schemas"]
    kept, todo = {}, list(ROOTS)
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = lean(schemas[name], False)
            todo.extend(references(kept[name]))
    json.dump(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": "From OpenAI's API description %s, MIT License; made by openai_request_schemas.py"
            % description["info"]["version"],
            "$defs": dict(sorted(kept.items())),
        },
        sys.stdout,
        separators=(",", ":"),
    )
    print()


main(sys.argv[1])
