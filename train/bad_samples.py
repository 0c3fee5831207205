"""Samples that cannot be used: named, counted, left out; too many of them stop the run.

Loader workers and ranks are processes of their own, so what they find goes into one journal beside
the run: JSON Lines of `where` (file and line) and `reason`. A sample counts once, however often it
is met, also after a resume.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)


class TooManyBadSamples(ValueError):
    """More samples are unusable than the recipe allows."""

    def __init__(self, message: str) -> None:
        # A data loader raises a worker's error again with the whole traceback as its message.
        super().__init__(message.rpartition(f"{type(self).__name__}: ")[2].strip())


class BadSamples:
    """The unusable samples of a run; picklable, shared by its processes through `journal`."""

    def __init__(self, journal: Path, *, limit: int) -> None:
        self.journal, self.limit = journal, limit

    def add(self, where: str, reason: str) -> None:
        """Note a sample; raises TooManyBadSamples when there are now more than `limit`."""
        known = self.found()
        if where not in known:
            log.warning("left out: %s: %s", where, reason)
            self.journal.parent.mkdir(parents=True, exist_ok=True)
            with self.journal.open("a", encoding="utf-8") as lines:  # one short write: atomic
                lines.write(json.dumps({"where": where, "reason": reason}) + "\n")
            known = self.found()
        if len(known) > self.limit:
            raise TooManyBadSamples(
                f"{len(known)} samples cannot be used and max_bad_samples allows {self.limit}; the "
                f"last is {where}: {reason}. All are listed in {self.journal}: mend the data "
                "(`python -m train check FILE` finds what is wrong), delete the list, run again"
            )

    def found(self) -> dict[str, str]:
        """Return the reason by sample."""
        if not self.journal.exists():
            return {}
        with self.journal.open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines if line.endswith("\n")]
        return {record["where"]: record["reason"] for record in records}
