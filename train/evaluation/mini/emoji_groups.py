"""The groups that Unicode sorts emoji into: `animal bird`, `food fruit`.

From `labels.txt` of the Debian package `unicode-cldr-core`; lines are `[set] ; group ; subgroup`.
"""

from __future__ import annotations

import re
from pathlib import Path

LABELS_FILE = Path("/usr/share/unicode/cldr/common/properties/labels.txt")
VAGUE = {"other-object", "other-symbol", "place-other", "skin-tone", "subdivision-flag"}
PLAIN = {"alphanum": "letters and numbers", "av-symbol": "audio video symbol"}


def read_groups(path: Path = LABELS_FILE) -> dict[str, str]:
    """Map every emoji of one code point to its subgroup in plain words."""
    groups: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = [field.strip() for field in line.split(";")]
        if line.startswith("#") or len(fields) != 3 or fields[2] in VAGUE:
            continue
        for character in characters_of(fields[0]):
            groups[character] = PLAIN.get(fields[2], fields[2].replace("-", " "))
    return groups


def characters_of(unicode_set: str) -> list[str]:
    """Return the single characters of a set such as `[a c-e{xy}]`; sequences in braces are not."""
    plain = re.sub(r"\{[^}]*\}|[\[\]\s\ufe0f]", "", unicode_set)
    found = []
    for first, last in re.findall(r"(.)(?:-(.))?", plain):
        found += [chr(code) for code in range(ord(first), ord(last or first) + 1)]
    return found
