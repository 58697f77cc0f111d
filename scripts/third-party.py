#!/usr/bin/env python3
"""Writes THIRD-PARTY.md anew: everything by others that Perch contains or is built with, and its licence.

Run it after a change of dependencies, anywhere in the repository:
    python3 scripts/third-party.py
Needs Python 3.9 or newer, and cargo. `cargo deny check` (deny.toml) is what judges the licences.
"""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The crates of a Linux box; those for other systems alone are never compiled.
PLATFORM = "x86_64-unknown-linux-gnu"
# Crates that name no licence in their manifest, only a file; as read there.
READ_IN_FILE = {"rsip": "MIT", "rsip-derives": "MIT"}

HEAD = """# Third parties

Perch itself is licensed under MIT or Apache-2.0, as you choose. It contains, or is built with, the work of others named
here; versions stand in `Cargo.lock`, and each crate's source holds the full text of its licence. Whoever passes Perch on in
binary form passes those texts on with it. `scripts/third-party.py` wrote this file.

## Spoken prompts

The texts are Perch's own (`src/media/prompts/texts.toml`). The voices that speak them are those of SVOX Pico
(Apache-2.0, Copyright 2008-2009 SVOX AG), in five languages; Pico itself is only used by the script that makes the
files (`src/media/prompts/make.py`) and is no part of Perch.
"""


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def shipped(meta):
    """The ids of the packages that are linked into the binary: normal dependencies of normal dependencies, no macros."""
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    macros = {
        package["id"]
        for package in meta["packages"]
        if any("proc-macro" in target["kind"] for target in package["targets"])
    }
    found, waiting = set(), [meta["resolve"]["root"]]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_normal and dependency["pkg"] not in found | macros:
                found.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return found


def table(packages):
    rows = set()
    for package in packages:
        licence = package["license"] or READ_IN_FILE[package["name"]]
        licence = " OR ".join(part.strip() for part in licence.split("/"))
        source = (package["repository"] or "").removesuffix("/").removesuffix(".git")
        rows.add(f"| {package['name']} | {licence} | {source} |")
    return "\n".join(["| crate | licence | source |", "|---|---|---|", *sorted(rows)]) + "\n"


def main():
    meta = metadata()
    inside = shipped(meta)
    others = [package for package in meta["packages"] if package["source"]]
    linked = [package for package in others if package["id"] in inside]
    tools = [package for package in others if package["id"] not in inside]
    text = "\n".join([
        HEAD,
        "## Crates linked into the binary\n",
        table(linked),
        "## Crates used to build and test it\n",
        table(tools),
    ])
    (ROOT / "THIRD-PARTY.md").write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
