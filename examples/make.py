#!/usr/bin/env python3
"""Makes the example batches from public prompt sets.

    examples/make.py FOLDER

FOLDER holds prompts_gsm8k.jsonl (openai/grade-school-math, MIT) and prompts_humaneval.jsonl
(openai/human-eval, MIT), one {"id", "prompt"} per line. The output depends on nothing else, so
that the committed files can be made again: 1,200 lines of the bank acme and 800 of globex, of
which a quarter asks again what an earlier line asked, as rerun and overlapping batches do.
"""

import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent

# Who sends a line, by share in percent: the attributes that the caller declares for it.
DECLARED = {
    "acme": [
        (50, {}),
        (20, {"dualtrack.regions": "EU", "dualtrack.data_classes": "personal", "dualtrack.country": "DE"}),
        (12, {"dualtrack.regions": "EU", "dualtrack.data_classes": "personal,financial", "dualtrack.country": "FR"}),
        (8, {"dualtrack.data_classes": "public", "dualtrack.country": "DE"}),
        (6, {"dualtrack.regions": "EU", "dualtrack.data_classes": "personal", "dualtrack.processing": "EU"}),
        (4, {"dualtrack.regions": "RU", "dualtrack.data_classes": "personal", "dualtrack.country": "RU"}),
    ],
    "globex": [
        (45, {"dualtrack.country": "US"}),
        (25, {"dualtrack.regions": "US", "dualtrack.data_classes": "health", "dualtrack.country": "US"}),
        (15, {"dualtrack.data_classes": "public", "dualtrack.country": "US"}),
        (8, {"dualtrack.regions": "EU", "dualtrack.data_classes": "personal", "dualtrack.country": "DE"}),
        (4, {"dualtrack.data_classes": "personal"}),
        (3, {"dualtrack.regions": "US", "dualtrack.data_classes": "public", "dualtrack.country": "KP"}),
    ],
}

MODELS = {
    "acme": [(40, "gpt-5.6-sol"), (25, "gpt-5.6-terra"), (20, "mixtral-8x22b"), (15, "claude-opus-4.8")],
    "globex": [(40, "gpt-5.6-luna"), (25, "claude-fable-5"), (20, "llama-3.1-405b"), (15, "gpt-5.6-sol")],
}

SYSTEM = {
    "math": "Solve the problem step by step and end with the answer alone on a line.",
    "software": "Complete the Python function. Answer with code only.",
}


def draw(*seed):
    """A number that looks random and is the same on every machine."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, seed)).encode()).digest()[:8], "big")


def pick(shares, *seed):
    at = draw(*seed) % 100
    for share, value in shares:
        if at < share:
            return value
        at -= share
    raise ValueError("the shares do not add up to 100")


def read(folder, name):
    with open(folder / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def body(tenant, prompt):
    return {
        "model": pick(MODELS[tenant], tenant, "model", prompt["id"]),
        "messages": [
            {"role": "system", "content": SYSTEM[prompt["domain"]]},
            {"role": "user", "content": prompt["prompt"]},
        ],
        "temperature": 0,
        "metadata": pick(DECLARED[tenant], tenant, "declared", prompt["id"]),
    }


def batch(tenant, prompts, repeats):
    bodies = [body(tenant, prompt) for prompt in prompts]
    total = len(bodies) + repeats
    lines, fresh = [], iter(bodies)
    for number in range(total):
        # Repeats stand all over the file, near their first line and far from it.
        repeat = ((number + 1) * repeats) // total > (number * repeats) // total
        chosen = lines[draw(tenant, "repeat", number) % len(lines)]["body"] if repeat else next(fresh)
        chosen = {key: value for key, value in chosen.items() if key != "metadata" or value}
        lines.append({
            "custom_id": f"{tenant}-{number + 1:04d}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": chosen,
        })
    with open(HERE / f"{tenant}.jsonl", "w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    distinct = len({json.dumps(line["body"], sort_keys=True) for line in lines})
    print(f"{tenant}.jsonl: {len(lines)} lines, {distinct} distinct")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    maths = read(folder, "prompts_gsm8k.jsonl")
    code = read(folder, "prompts_humaneval.jsonl")
    batch("acme", maths[:800] + code[:100], 300)
    batch("globex", maths[800:1336] + code[100:], 200)


if __name__ == "__main__":
    main()
