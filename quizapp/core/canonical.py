"""One spelling for content, so that equal content has an equal hash whatever its file looks like."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def plain(model: BaseModel) -> dict[str, Any]:
    """JSON-able data that reads back as an equal model.

    Fields at their default are left out: a field added later does not change the hash of content without it.
    Therefore a default, once released, never changes.
    """
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def canonical_json(model: BaseModel) -> str:
    """The content in its one spelling."""
    return json.dumps(plain(model), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(model: BaseModel) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(model).encode()).hexdigest()
