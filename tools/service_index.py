"""Writes `src/cloudchamber/protocol/service_index.json`: how the services of botocore are told apart on the wire.

    python tools/service_index.py

Run it after botocore was updated; the file is read at the first request, so that no model has to be.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from cloudchamber.protocol import models

TARGET = Path(__file__).resolve().parents[1] / "src" / "cloudchamber" / "protocol" / "service_index.json"


def build() -> dict[str, dict[str, list[str]]]:
    targets: dict[str, list[str]] = {}
    signing: dict[str, list[str]] = {}
    endpoints: dict[str, list[str]] = {}
    for folder in sorted(models.data_folder().iterdir()):
        if not folder.is_dir():
            continue
        try:
            model = models.load(folder.name)
        except KeyError:
            continue
        if model.target_prefix:
            targets.setdefault(model.target_prefix, []).append(folder.name)
        signing.setdefault(model.signing_name, []).append(folder.name)
        endpoints.setdefault(model.metadata["endpointPrefix"].split(".")[0], []).append(folder.name)
        models.load.cache_clear()
    return {"targets": targets, "signing": signing, "endpoints": endpoints}


def main() -> int:
    TARGET.write_bytes(orjson.dumps(build(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    sys.stdout.write(f"wrote {TARGET}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
