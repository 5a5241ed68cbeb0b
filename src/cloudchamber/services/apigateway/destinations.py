"""Where a custom domain leads: the longest of its paths that the request's path begins with, segment by segment.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudchamber.services.apigateway.store import ApiStore


def destination(store: ApiStore, host: str, path: str) -> tuple[str, str, str] | None:
    """API, stage (empty where the rest of the path names it), and what of the path is before what the API sees.

    None for a host that is no custom domain; an empty API for a path that leads nowhere.
    """
    found = store.domain(host)
    if found is None:
        return None
    for mapping in found[1]:  # longer paths first
        base = f"/{mapping.path}" if mapping.path else ""
        if path == base or path.startswith(f"{base}/"):
            return mapping.api_id, mapping.stage, base
    return "", "", ""
